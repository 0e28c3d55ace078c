"""Everything approved as one file for the repository, and the files that were made before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sanic import Request, response
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import back, page
from desk.errors import NotFound
from desk.learning import Clash, Proposal, Proposals, Unfit
from desk.learning.ledger import APPROVED, DOWNLOAD, DOWNLOADED
from desk.staff import Permission

routes = Routes("learning_changes")

_BATCHES = 20


@dataclass(frozen=True)
class _Batch:
    """One file that was made: when, by whom, of what."""

    number: int
    at: datetime
    by: str
    proposals: tuple[Proposal, ...]


@routes.get("/learning/changes", Permission.LEARN)
def changes_page(request: Request) -> HTTPResponse:
    """Show the change that is ready, and the files that were made."""
    return _show(request)


@routes.post("/learning/changes", Permission.LEARN)
def make(request: Request) -> HTTPResponse:
    """Make a file of everything approved; it is downloaded by its own address, as often as needed."""
    try:
        batch, _ = _proposals(request).download(who(request).id)
    except (Unfit, Clash):
        return _show(request, 422)
    record(request, "changes_made", "batch", str(batch))
    return back(request, "/learning/changes", f"第 {batch} 批已经生成，请在下面下载。")


@routes.get("/learning/changes/<batch:str>", Permission.LEARN)
def download(request: Request, batch: str) -> HTTPResponse:
    """Send one file; where its change is in the files already, the refusal says so."""
    number = int(batch) if batch.isdecimal() and len(batch) < 10 else 0
    try:
        made = _proposals(request).again(number)
    except Unfit as refusal:
        raise NotFound("batch") from refusal
    record(request, "changes_downloaded", "batch", batch)
    disposition = f'attachment; filename="learning-{number}.diff"'
    return response.raw(
        made, content_type="text/x-diff; charset=utf-8", headers={"content-disposition": disposition}
    )


def _show(request: Request, status: int = 200) -> HTTPResponse:
    ready, diff, faults = _proposals(request).all([APPROVED]), "", []
    try:
        diff = _proposals(request).changes().decode() if ready else ""
    except Clash as clash:
        faults = clash.sentences
    answer = page(
        request,
        "learning/changes.html",
        ready=ready,
        diff=diff,
        faults=faults,
        batches=_batches(request),
        topics=request.app.ctx.counter.topic_names,
    )
    answer.status = status
    return answer


def _batches(request: Request) -> list[_Batch]:
    rooms, names = _proposals(request), request.app.ctx.counter.accounts.shown_names()
    by_number: dict[int, list[Proposal]] = {}
    for one in rooms.all([DOWNLOADED]):
        by_number.setdefault(one.batch or 0, []).append(one)
    newest = sorted(by_number.items(), reverse=True)[:_BATCHES]
    return [_batch(rooms, names, number, tuple(of_it)) for number, of_it in newest]


def _batch(rooms: Proposals, names: dict[str, str], number: int, of_it: tuple[Proposal, ...]) -> _Batch:
    made = next(step for step in reversed(rooms.history(of_it[0].id)) if step.move == DOWNLOAD)
    return _Batch(number, made.at, names.get(made.staff_id, made.staff_id), of_it)


def _proposals(request: Request) -> Proposals:
    found: Proposals = request.app.ctx.counter.proposals
    return found
