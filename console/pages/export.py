"""Tickets as a file: what will be in it, why it is wanted, and the file itself, sent while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from urllib.parse import quote

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.pages.queue import asked, path_of
from console.query_words import conditions, without_search
from console.render import page
from console.staff_wording import REFUSALS
from desk.counter import Counter
from desk.errors import InvalidInput
from desk.privacy import scrub
from desk.staff import Permission
from desk.tickets.export import LIMIT, Export
from desk.tickets.query import Query, from_params, to_params
from desk.tickets.terms import Actor
from desk.workdays import today

routes = Routes("export")

_LONGEST = 200  # characters of a reason
_PIECE = 64 * 1024  # bytes


@dataclass(frozen=True)
class _Format:
    """One kind of file. `begin` counts, raises what `Export` raises, and gives the pieces."""

    name: str
    media: str
    begin: Callable[[Export, Actor, Query], Iterator[bytes]]


def _csv(export: Export, actor: Actor, query: Query) -> Iterator[bytes]:
    return export.csv(actor, query)


def _xlsx(export: Export, actor: Actor, query: Query) -> Iterator[bytes]:
    """Take the name of the file away at once: whatever happens to the download, nothing is left behind."""
    path = export.xlsx(actor, query)
    file = path.open("rb")
    path.unlink()
    return _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, _PIECE), b"")


_FORMATS: Mapping[str, _Format] = {
    "xlsx": _Format(
        "XLSX（Excel、WPS）", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx
    ),
    "csv": _Format("CSV（给其他程序用）", "text/csv; charset=utf-8", _csv),
}


@routes.get("/export", Permission.EXPORT)
def export_page(request: Request) -> HTTPResponse:
    """Say what will be in the file, and ask why it is wanted."""
    return _show(request, asked(request))


@routes.post("/export", Permission.EXPORT)
async def export(request: Request) -> HTTPResponse | None:
    """Send the file; it stands in the audit log before its first byte is sent."""
    form = request.form or {}
    query = from_params({name: str(form.get(name, "")) for name in form})
    code, reason = str(form.get("format", "")), str(form.get("reason", "")).strip()
    try:
        pieces = await asyncio.to_thread(_begin, request, query, code, reason)
    except InvalidInput as refusal:
        return await asyncio.to_thread(_show, request, query, refusal.reason, code, reason)
    answer = await request.respond(content_type=_FORMATS[code].media, headers=_attachment(code))
    try:
        # A piece at a time: the next is read when the browser has taken the last.
        while piece := await asyncio.to_thread(next, pieces, b""):
            await answer.send(piece)
    except Exception:
        # Sanic would end the answer in good order, and half a file would pass for the whole.
        request.transport.abort()  # type: ignore[attr-defined]
        raise
    await answer.eof()
    return None


def _begin(request: Request, query: Query, code: str, reason: str) -> Iterator[bytes]:
    """Check what was given, begin the file and write it down."""
    counter: Counter = request.app.ctx.counter
    if code not in _FORMATS:
        raise InvalidInput("format")
    if not reason or len(reason) > _LONGEST or scrub(reason) != reason:
        raise InvalidInput("export_reason")
    actor = who(request).actor
    told = {"format": code, "filter": without_search(conditions(counter, query)), "reason": reason}
    rows = counter.search.count(actor, query)
    try:
        pieces = _FORMATS[code].begin(counter.export, actor, query)
    except InvalidInput as refusal:
        record(request, "tickets_exported", "tickets", "", refusal.reason, rows=rows, **told)
        raise
    record(request, "tickets_exported", "tickets", "", rows=rows, **told)
    return pieces


def _attachment(code: str) -> dict[str, str]:
    name = f"{today().isoformat()}.{code}"
    return {
        "content-disposition": f"attachment; filename=tickets-{name}; filename*=UTF-8''{quote('工单')}-{name}"
    }


def _show(
    request: Request, query: Query, refused: str = "", code: str = "", reason: str = ""
) -> HTTPResponse:
    counter: Counter = request.app.ctx.counter
    found = counter.search.count(who(request).actor, query)
    too_many = REFUSALS["too_many_rows"] if found > LIMIT else ""
    answer = page(
        request,
        "export.html",
        found=found,
        limit=LIMIT,
        conditions=conditions(counter, query),
        params=to_params(query).items(),
        queue_path=path_of(query),
        columns=counter.export.columns,
        formats=[(name, each.name) for name, each in _FORMATS.items()],
        chosen=code if code in _FORMATS else next(iter(_FORMATS)),
        reason=reason,
        longest=_LONGEST,
        fault=too_many or REFUSALS.get(refused, ""),
        possible=bool(found) and not too_many,
    )
    answer.status = 422 if refused else 200
    return answer
