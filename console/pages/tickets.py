"""The page of one ticket, the conversation it came from, and the cards that an answer may rest on."""

from __future__ import annotations

import asyncio

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.basis import bases_for
from console.pages.ticket_view import record, show, ticket_for
from console.render import page
from console.suggesting import suggest
from desk import conversation
from desk.counter import Counter
from desk.doubt import OUTSIDE
from desk.errors import InvalidInput, NotFound
from desk.staff import Permission
from desk.tickets import find_number, visible
from desk.tickets.categories import OTHER

routes = Routes("tickets")

_MESSAGES = 60
_SPEAKERS = {
    conversation.CITIZEN: "市民",
    conversation.BOT: "机器人",
    conversation.AGENT: "座席",
    conversation.NOTICE: "系统通知",
}


@routes.get("/tickets/<ticket_id:str>", Permission.SEE_TICKETS)
def ticket(request: Request, ticket_id: str) -> HTTPResponse:
    """Show a ticket."""
    found = ticket_for(request, ticket_id)
    record(request, "ticket_opened", found)
    return show(request, found, merge=_number(request.args.get("merge", "")))


@routes.get("/tickets/<ticket_id:str>/conversation", Permission.SEE_TICKETS)
def talk(request: Request, ticket_id: str) -> HTTPResponse:
    """Show what was said before the ticket was filed, personal numbers already taken out at the door."""
    counter: Counter = request.app.ctx.counter
    found = ticket_for(request, ticket_id)
    if found.created_at is None or not visible.hears(who(request).actor, found):
        raise NotFound(ticket_id)
    record(request, "conversation_opened", found)
    said = conversation.since(counter.engine, found.sender_id)
    before = [message for message in said if message.created_at <= found.created_at]
    mine = counter.tickets.mine(found.sender_id)
    earlier = [each for each in mine if each.created_at and each.created_at < found.created_at]
    heard = visible.part_heard(who(request).actor, earlier, before)
    messages = [
        {
            "author": message.author,
            "speaker": message.body.get("name") or _SPEAKERS.get(message.author, message.author),
            "text": message.body.get("text") or "（卡片）",
            "at": message.created_at,
        }
        for message in heard[-_MESSAGES:]
    ]
    whole = "hx-request" not in request.headers
    template = "tickets/conversation.html" if whole else "tickets/talk.html"
    return page(request, template, ticket=found, messages=messages)


@routes.get("/tickets/<ticket_id:str>/cards", Permission.MOVE_TICKETS)
async def cards(request: Request, ticket_id: str) -> HTTPResponse:
    """Return the knowledge cards that fit the words, to choose the basis of an answer from.

    Without words, those that fit the matter: what a citizen tells is often about how it went.
    """
    counter: Counter = request.app.ctx.counter
    ticket = await asyncio.to_thread(ticket_for, request, ticket_id)
    matter = ticket.narrative if ticket.category in ("", OTHER) else counter.categories.name(ticket.category)
    words = request.args.get("words", "")[:80].strip() or matter
    found, _ = await suggest(request, words, ticket.district)
    likely = [offer.answer for offer in found.offers if offer.answer.topic not in OUTSIDE]
    bases = await asyncio.to_thread(bases_for, counter, words, likely)
    return page(request, "tickets/bases.html", bases=bases, words=words, chosen="")


def _number(text: str) -> str:
    try:
        return find_number(text) or ""
    except InvalidInput:
        return ""
