"""What operators proposed: the exact change, who may decide, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import back, field, page
from desk.errors import NotFound
from desk.learning import Clash, Forbidden, Proposal, Proposals, Unfit
from desk.learning.ledger import (
    APPROVE,
    APPROVED,
    DOWNLOADED,
    DRAFT,
    KIND_NAMES,
    REJECT,
    REJECTED,
    STATE_NAMES,
    WITHDRAW,
    WITHDRAWN,
)
from desk.staff import Permission

routes = Routes("learning_proposals")

_OPEN, _PAST = (DRAFT, APPROVED), (DOWNLOADED, REJECTED, WITHDRAWN)
_MOST = 100


@routes.get("/learning/proposals", Permission.SEE_LEARNING)
def proposals_page(request: Request) -> HTTPResponse:
    """Show what waits for a decision or a download, or with `past` what is over."""
    return _list(request)


@routes.post("/learning/proposals/<proposal_id:str>/approve", Permission.APPROVE_LEARNING)
def approve(request: Request, proposal_id: str) -> HTTPResponse:
    """Approve somebody else's draft."""
    made = _proposals(request)
    return _move(
        request,
        proposal_id,
        "change_approved",
        lambda number: made.approve(number, who(request).id),
        "已批准，运维导出后生效。",
    )


@routes.post("/learning/proposals/<proposal_id:str>/reject", Permission.APPROVE_LEARNING)
def reject(request: Request, proposal_id: str) -> HTTPResponse:
    """Send somebody else's proposal back with a reason."""
    made, reason = _proposals(request), field(request, "reason")
    return _move(
        request,
        proposal_id,
        "change_rejected",
        lambda number: made.reject(number, who(request).id, reason),
        "已退回，提出人会看到原因。",
    )


@routes.post("/learning/proposals/<proposal_id:str>/withdraw", Permission.LEARN)
def withdraw(request: Request, proposal_id: str) -> HTTPResponse:
    """Take one's own draft back."""
    made = _proposals(request)
    return _move(
        request,
        proposal_id,
        "change_withdrawn",
        lambda number: made.withdraw(number, who(request).id),
        "已撤回。需要时可以从“已标注”里重新提出。",
    )


def _move(
    request: Request, proposal_id: str, action: str, act: Callable[[int], Proposal], told: str
) -> HTTPResponse:
    try:
        moved = act(_number(proposal_id))
    except (Forbidden, Unfit) as refusal:
        record(request, action, "proposal", proposal_id, refusal.reason)
        return _list(request, refusal.sentence)
    record(request, action, "proposal", proposal_id)
    return back(request, "/learning/proposals", f"第 {moved.id} 条{told}")


def _list(request: Request, fault: str = "") -> HTTPResponse:
    past = "past" in request.args
    found = _proposals(request).all(_PAST if past else _OPEN)
    # What waits for a decision stands first; what is over, newest first.
    ordered = found[::-1] if past else sorted(found, key=lambda one: one.state != DRAFT)
    shown = ordered[:_MOST]
    answer = page(
        request,
        "learning/proposals.html",
        rows=_rows(request, shown),
        hidden=len(found) - len(shown),
        past=past,
        fault=fault,
        topics=request.app.ctx.counter.topic_names,
        kind_names=KIND_NAMES,
        state_names=STATE_NAMES,
    )
    answer.status = 422 if fault else 200
    return answer


def _rows(request: Request, shown: list[Proposal]) -> list[dict[str, Any]]:
    counter, rooms = request.app.ctx.counter, _proposals(request)
    names = counter.accounts.shown_names()
    said = counter.missed.known([one.item for one in shown])
    return [
        {
            "one": one,
            "author": names.get(one.author, one.author),
            "decided_by": names.get(one.decided_by, one.decided_by),
            "own": one.author == who(request).id,
            "said": said[one.item].text if one.item in said else "",
            "diff": _diff(rooms, one),
            **{
                f"{move}_not": rooms.why_not(one, move, who(request).id)
                for move in (APPROVE, REJECT, WITHDRAW)
            },
        }
        for one in shown
    ]


def _diff(rooms: Proposals, one: Proposal) -> str:
    """What it would change; what is over changes nothing any more."""
    try:
        return rooms.diff(one) if one.state in _OPEN else ""
    except Clash as clash:
        return "".join(clash.sentences)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise NotFound("proposal")
    return int(text)


def _proposals(request: Request) -> Proposals:
    found: Proposals = request.app.ctx.counter.proposals
    return found
