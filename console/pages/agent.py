"""The agent's desk: a caller's words become cards to read from, the office, and a ticket in one step."""

from __future__ import annotations

import asyncio

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import field, page
from console.suggesting import card, rooms, shown_offer, source_line, suggest
from desk.errors import InvalidInput, NotFound
from desk.learning.feedback import USED, VERDICTS
from desk.offices import Ambiguous, Found, NoOffice
from desk.present import office_card
from desk.privacy import scrub
from desk.staff import Permission
from desk.suggest import Suggestion
from desk.tickets.triage import DANGER

routes = Routes("agent")


@routes.get("/agent", Permission.AGENT_DESK)
def desk_page(request: Request) -> HTTPResponse:
    """Show the box for a caller's words."""
    return page(request, "agent/desk.html")


@routes.post("/agent/look", Permission.AGENT_DESK)
async def look(request: Request) -> HTTPResponse:
    """Show what fits the words so far; nothing of them is kept."""
    words = field(request, "words")
    place = field(request, "place") if words.strip() else ""
    found, understood = await suggest(request, words, place)
    return await asyncio.to_thread(_found, request, found, understood, place)


@routes.get("/agent/card/<topic:str>/<aspect:str>", Permission.AGENT_DESK)
def open_card(request: Request, topic: str, aspect: str) -> HTTPResponse:
    """Show the card that a next question leads to."""
    offer = card(request, topic, aspect, request.args.get("region", ""))
    if offer is None:
        raise NotFound(topic)
    return page(request, "agent/opened.html", offer=shown_offer(offer))


@routes.post("/agent/feedback", Permission.AGENT_DESK)
def mark(request: Request) -> HTTPResponse:
    """Keep 用了 or 不对 for a card and the words that it was shown for."""
    verdict, shown, topic = (field(request, name) for name in ("verdict", "card", "topic"))
    if verdict not in VERDICTS:
        raise InvalidInput("verdict")
    feedback = request.app.ctx.counter.feedback
    keep = feedback.used if verdict == USED else feedback.wrong
    entry = keep(field(request, "words"), shown, topic, who(request).id)
    record(request, f"card_{verdict}", "card", shown)
    return page(request, "agent/marked.html", entry=entry, verdict=verdict, card=shown, topic=topic)


@routes.post("/agent/feedback/<entry:int>/take-back", Permission.AGENT_DESK)
def take_back(request: Request, entry: int) -> HTTPResponse:
    """Let a mark count no more, and offer to mark again."""
    request.app.ctx.counter.feedback.take_back(entry, who(request).id)
    shown = field(request, "card")
    record(request, "card_mark_undone", "card", scrub(shown))
    return page(request, "agent/mark.html", card=shown, topic=field(request, "topic"))


def _found(request: Request, found: Suggestion, understood: bool, place: str) -> HTTPResponse:
    counter = request.app.ctx.counter
    return page(
        request,
        "agent/found.html",
        found=found,
        understood=understood,
        place=place,
        offers=[shown_offer(offer) for offer in found.offers],
        rooms=rooms(counter, found),
        danger=found.advice is not None and found.advice.route == DANGER,
        **_office(found),
    )


def _office(found: Suggestion) -> dict[str, object]:
    """The office as a card with its sources in words, or the places to choose from."""
    place = found.office
    nothing: dict[str, object] = {"office": None, "choices": (), "place_note": ""}
    if isinstance(place, Found):
        shown = office_card(place.office, place.note, place.advice)
        later = [place.office.later.source] if place.office.later else []
        sources = [source_line(source) for source in (place.office.source, *later)]
        return {**nothing, "office": {**shown, "sources": sources}}
    if isinstance(place, Ambiguous):
        note = f"“{place.place}”可能归不同的经办机构。{place.note}请问来电人最后在哪里参保："
        return {**nothing, "choices": place.candidates, "place_note": note}
    if isinstance(place, NoOffice):
        note = f"{place.reason}可以拨打{place.hotline.phone}（{place.hotline.name}）。"
        return {**nothing, "choices": place.near, "place_note": note}
    return nothing
