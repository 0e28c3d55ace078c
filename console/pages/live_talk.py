"""One conversation in an agent's hands: what was said, writing, fitting cards, a ticket, giving it back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sanic import Request, response
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.pages.filing import file_it, filed, opened, read_form, shown
from console.pages.live import CHANNELS, line
from console.render import back, field, page
from console.suggesting import card, shown_offer, suggest
from console.wording import reason_sentence
from desk import conversation
from desk.conversation import AGENT, BOT, CITIZEN, NOTICE, Message
from desk.counter import Counter
from desk.errors import InvalidInput, NotAllowed, NotFound
from desk.live import Held
from desk.present import answer_body, ticket_card
from desk.staff import Permission
from desk.suggest import Suggestion
from desk.tickets import Ticket, promise, visible

routes = Routes("live_talk")

_SPEAKERS = {CITIZEN: "市民", BOT: "机器人", NOTICE: "系统"}
_QUOTA = "对方用微信：对方每来一次消息，您最多能连发 5 条，多出来的等对方再来消息时送到。"
_NO_PUSH = "对方用微信，公众号不能主动发消息：您写的话，等对方再来消息时才送到。"
_ENDED = {
    "leave": "市民结束了人工服务，机器人接着服务。",
    "give_back": "您已经交还，机器人接着为市民服务。",
    "returned": "您的连接断过，这段对话已经排给别的座席。",
    "silent": "30 分钟没有新的话，对话已经自动交还给机器人。",
    "nobody": "您的连接断过，又没有别的座席在线，已请市民登记工单。",
}


@dataclass(frozen=True)
class Said:
    """One message for the transcript; `card` as `desk.present` makes it, or None."""

    author: str
    speaker: str
    text: str
    card: dict[str, Any] | None
    at: datetime


@routes.get("/live/<sender_id:str>", Permission.LIVE)
def talk_page(request: Request, sender_id: str) -> HTTPResponse:
    """Show one conversation that is in one's hands."""
    held = _held(request, sender_id)
    if held is None:
        return back(request, "/live", "那段对话已经不在您手里。")
    messages = _heard(request, held)
    return page(
        request,
        "live/talk.html",
        open_id=sender_id,
        held=held,
        channel=CHANNELS.get(held.channel, held.channel),
        reach=_reach(request, held.channel),
        after=messages[-1].seq if messages else 0,
        messages=said(messages),
        request_id=secrets.token_hex(12),
        **line(request, sender_id),
    )


def _reach(request: Request, channel: str) -> str:
    """When what the agent writes arrives, where that is not at once; empty where it is."""
    if channel != "wechat":
        return ""
    wechat = request.app.ctx.counter.settings.wechat
    return _QUOTA if wechat and wechat.customer_service else _NO_PUSH


@routes.get("/live/<sender_id:str>/new", Permission.LIVE, by_itself=True)
def new_part(request: Request, sender_id: str) -> HTTPResponse:
    """What was said since `after`, and whether it is over; 204 when nothing is new."""
    given, held = request.args.get("after", ""), _held(request, sender_id)
    after = int(given) if given.isdecimal() and len(given) < 16 else 0
    messages = [message for message in _heard(request, held) if message.seq > after] if held else []
    if held and not messages:
        return response.empty()
    answer = page(
        request,
        "live/new.html",
        sender_id=sender_id,
        messages=said(messages),
        after=messages[-1].seq if messages else after,
        ended="" if held else _why_ended(request, sender_id),
    )
    if any(message.author == CITIZEN for message in messages):
        answer.headers["hx-trigger"] = "heard"
    return answer


@routes.post("/live/<sender_id:str>/say", Permission.LIVE)
def say(request: Request, sender_id: str) -> HTTPResponse:
    """Say what was typed; the page then asks for what is new, and gets a new key for its next words."""
    text, key = field(request, "text"), field(request, "request_id")
    _counter(request).live.say(sender_id, who(request).id, text=text, request_id=key)
    record(request, "live_said", "conversation", sender_id)
    answer = page(request, "live/request_id.html", request_id=secrets.token_hex(12), swap=True)
    answer.headers["hx-trigger"] = "said"
    return answer


@routes.get("/live/<sender_id:str>/beside", Permission.LIVE, by_itself=True)
async def beside(request: Request, sender_id: str) -> HTTPResponse:
    """The citizen's open tickets, and cards for the last words."""
    told = await asyncio.to_thread(_told, request, sender_id)
    found, understood = await suggest(request, told[-1] if told else "")
    return await asyncio.to_thread(_beside, request, sender_id, found, understood)


@routes.post("/live/<sender_id:str>/card", Permission.LIVE)
def send_card(request: Request, sender_id: str) -> HTTPResponse:
    """Send a card as the citizen's page shows it; that it was used is kept for learning."""
    topic, aspect = field(request, "topic"), field(request, "aspect")
    offer = card(request, topic, aspect, field(request, "region"))
    if offer is None:
        raise NotFound(topic)
    counter, me = _counter(request), who(request)
    key = field(request, "request_id")
    counter.live.say(sender_id, me.id, body=answer_body(offer.answer), request_id=key)
    record(request, "live_card", "conversation", sender_id, card=offer.answer.card)
    if words := field(request, "words"):
        counter.feedback.used(words, offer.answer.card, offer.answer.topic, me.id)
    answer = page(request, "live/sent.html")
    answer.headers["hx-trigger"] = "said"
    return answer


@routes.post("/live/<sender_id:str>/give-back", Permission.LIVE)
def give_back(request: Request, sender_id: str) -> HTTPResponse:
    """Let the bot go on."""
    try:
        _counter(request).live.give_back(sender_id, who(request).id)
    except NotAllowed:
        return back(request, "/live", "那段对话已经不在您手里。")
    record(request, "live_given_back", "conversation", sender_id)
    return back(request, "/live", "已经交还，机器人接着为市民服务。")


@routes.post("/live/<sender_id:str>/form", Permission.FILE_TICKET)
async def form(request: Request, sender_id: str) -> HTTPResponse:
    """Open the form of a ticket, filled in from the citizen's last words."""
    told = await asyncio.to_thread(_told, request, sender_id)
    return await opened(request, "\n".join(told), f"/live/{sender_id}/tickets", sender_id)


@routes.post("/live/<sender_id:str>/tickets", Permission.FILE_TICKET)
def file_for_citizen(request: Request, sender_id: str) -> HTTPResponse:
    """File a ticket of the conversation once and tell the citizen its number there."""
    held = _mine(request, sender_id)
    filled = read_form(request, f"/live/{sender_id}/tickets", sender_id)
    if filled.fault:
        return shown(request, filled)
    try:
        ticket = file_it(request, filled, held.channel)
    except InvalidInput as refusal:
        return shown(request, replace(filled, fault=reason_sentence(refusal.reason)))
    told = {"text": f"已经为您登记，编号 {ticket.public_no}。", "card": _card(request, ticket)}
    _counter(request).live.say(sender_id, who(request).id, body=told, request_id=f"form-{filled.key}")
    answer = filed(request, ticket, told=True)
    answer.headers["hx-trigger"] = "said, filed"
    return answer


def said(messages: Iterable[Message]) -> list[Said]:
    """Return messages for the transcript, each with who speaks."""
    return [
        Said(
            message.author,
            str(message.body.get("name") or "座席") if message.author == AGENT else _SPEAKERS[message.author],
            str(message.body.get("text") or ""),
            message.body.get("card"),
            message.created_at,
        )
        for message in messages
    ]


def _told(request: Request, sender_id: str) -> list[str]:
    """What the citizen told, for whoever holds the conversation."""
    heard = {str(message.body.get("text")) for message in _heard(request, _mine(request, sender_id))}
    return [text for text in _counter(request).live.told(sender_id) if text in heard]


def _heard(request: Request, held: Held) -> list[Message]:
    """The last of what was said, but for what belongs to a ticket that is kept from this agent.

    What is filed meanwhile takes nothing away from who has heard it.
    """
    counter = _counter(request)
    said = conversation.since(counter.engine, held.sender_id, limit=200)
    mine = counter.tickets.mine(held.sender_id)
    before = [each for each in mine if each.created_at and each.created_at < held.taken_at]
    return visible.part_heard(who(request).actor, before, said)


def _beside(request: Request, sender_id: str, found: Suggestion, understood: bool) -> HTTPResponse:
    return page(
        request,
        "live/beside.html",
        sender_id=sender_id,
        tickets=_open_tickets(request, sender_id),
        found=found,
        offers=[shown_offer(offer) for offer in found.offers],
        understood=understood,
        request_id=secrets.token_hex(12),
    )


def _card(request: Request, ticket: Ticket) -> dict[str, Any]:
    counter = _counter(request)
    told, clock = counter.tickets.told(ticket), counter.tickets.clock
    return ticket_card(ticket, told, counter.categories.name(ticket.category), promise(clock, ticket))


def _open_tickets(request: Request, sender_id: str) -> list[tuple[Ticket, str]]:
    counter = _counter(request)
    actor, filed = who(request).actor, counter.tickets.mine(sender_id)
    mine = [ticket for ticket in filed if ticket.state.open and visible.hears(actor, ticket)]
    return [(ticket, counter.categories.name(ticket.category)) for ticket in mine]


def _held(request: Request, sender_id: str) -> Held | None:
    """The conversation if it is in the hands of whoever asks."""
    held = _counter(request).live.holder(sender_id)
    return held if held and held.staff_id == who(request).id else None


def _mine(request: Request, sender_id: str) -> Held:
    held = _held(request, sender_id)
    if held is None:
        raise NotAllowed("not_holder")
    return held


def _why_ended(request: Request, sender_id: str) -> str:
    live = _counter(request).live
    holder = live.holder(sender_id)
    if holder:
        return f"这段对话现在由{holder.shown_name}接待。"
    history = live.history(sender_id)
    if not history:
        return "市民已经退出，按规定删除了这段对话的记录；登记过的工单还在。"
    events = [event.what for event in history if event.what in _ENDED]
    return _ENDED[events[-1]] if events else "这段对话已经不在您手里。"


def _counter(request: Request) -> Counter:
    found: Counter = request.app.ctx.counter
    return found
