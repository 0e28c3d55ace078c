"""One labelled sentence becomes a proposal: a training line, or a test of the conversation."""

from __future__ import annotations

from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import back, field, page
from desk.learning import Clash, Item, Proposal, Proposals, Story, Unfit
from desk.learning.ledger import KIND_NAMES
from desk.staff import Permission

routes = Routes("learning_propose")

_FIELDS = ("text", "title", "say", "hear", "never", "if_asked")


@routes.get("/learning/propose/<item_id:str>", Permission.LEARN)
def propose_page(request: Request, item_id: str) -> HTTPResponse:
    """Show the sentence with both forms."""
    return _show(request, item_id)


@routes.post("/learning/propose/<item_id:str>/preview", Permission.LEARN)
def preview(request: Request, item_id: str) -> HTTPResponse:
    """Show where a line would go, or why it would not."""
    return page(request, "learning/preview.html", **_preview(request, item_id, field(request, "text")))


@routes.post("/learning/propose/<item_id:str>/line", Permission.LEARN)
def propose_line(request: Request, item_id: str) -> HTTPResponse:
    """Propose a training line."""
    try:
        made = _proposals(request).propose_line(item_id, who(request).id, field(request, "text"))
    except Unfit as refusal:
        return _show(request, item_id, line_fault=refusal.sentence)
    return _done(request, made)


@routes.post("/learning/propose/<item_id:str>/story", Permission.LEARN)
def propose_story(request: Request, item_id: str) -> HTTPResponse:
    """Propose a test; every line of the two boxes is one piece of the answer."""
    story = Story(
        title=field(request, "title"),
        say=field(request, "say"),
        hear=_pieces(request, "hear"),
        never=_pieces(request, "never"),
        if_asked=field(request, "if_asked"),
    )
    try:
        made = _proposals(request).propose_story(item_id, who(request).id, story)
    except Unfit as refusal:
        return _show(request, item_id, story_fault=refusal.sentence)
    return _done(request, made)


def _show(request: Request, item_id: str, line_fault: str = "", story_fault: str = "") -> HTTPResponse:
    counter = request.app.ctx.counter
    item: Item = counter.missed.item(item_id)
    given = {name: field(request, name) for name in _FIELDS}
    if not request.form:
        given |= {"text": item.text, "say": item.text}
    answer = page(
        request,
        "learning/propose.html",
        item=item,
        topic=counter.topic_names.get(item.label, ""),
        given=given,
        line_fault=line_fault,
        story_fault=story_fault,
        cards=[card for card in counter.atlas.all_cards() if card.topic == item.label],
        **_preview(request, item_id, given["text"] or item.text),
    )
    answer.status = 422 if line_fault or story_fault else 200
    return answer


def _preview(request: Request, item_id: str, text: str) -> dict[str, Any]:
    try:
        return {"diff": _proposals(request).preview_line(item_id, text), "why_not": ""}
    except Unfit as refusal:
        return {"diff": "", "why_not": refusal.sentence}
    except Clash as clash:
        return {"diff": "", "why_not": "".join(clash.sentences)}


def _done(request: Request, made: Proposal) -> HTTPResponse:
    record(request, "change_proposed", "proposal", str(made.id), kind=KIND_NAMES[made.kind])
    return back(
        request,
        f"/learning/proposals#p{made.id}",
        f"第 {made.id} 条已经提出，等另一个人批准；批准前可以撤回。",
    )


def _pieces(request: Request, name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in field(request, name).splitlines() if line.strip())


def _proposals(request: Request) -> Proposals:
    found: Proposals = request.app.ctx.counter.proposals
    return found
