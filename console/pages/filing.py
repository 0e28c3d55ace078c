"""The form that files a ticket for a caller or for a citizen in a conversation, and what is said then."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, replace
from datetime import date

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import field, page
from console.suggesting import suggest
from console.wording import reason_sentence
from desk.counter import Counter
from desk.drafts import CHANNEL, Draft, file, keep_phone, shown_phone, spoken
from desk.errors import InvalidInput
from desk.staff import Permission
from desk.tickets import Kind, Ticket, promise
from desk.workdays import today

routes = Routes("filing")
_CALL = "call-"


@dataclass(frozen=True)
class Form:
    """A form as it is shown: where it goes, whose numbers it may use, and the key that files it once."""

    action: str
    call: str
    key: str
    draft: Draft
    fault: str = ""


@routes.post("/agent/form", Permission.FILE_TICKET)
async def form(request: Request) -> HTTPResponse:
    """Open the form for the words in the box, filled in; a number in them goes to the vault of this call.

    The page then shows the words without it, and keeps the call until the next caller.
    """
    call = field(request, "call") or f"{_CALL}{secrets.token_hex(12)}"
    _check_call(call)
    vault = request.app.ctx.counter.vault
    kept = await asyncio.to_thread(vault.redact, call, field(request, "words").strip())
    answer = await opened(request, kept.text, "/agent/tickets", call, field(request, "place"))
    answer.headers["hx-trigger"] = json.dumps({"sealed": {"call": call, "words": kept.text}})
    return answer


@routes.post("/agent/tickets", Permission.FILE_TICKET)
def file_for_caller(request: Request) -> HTTPResponse:
    """File the ticket of a call once and say what to read aloud."""
    call = field(request, "call")
    _check_call(call)
    filled = read_form(request, "/agent/tickets", call)
    if filled.fault:
        return shown(request, filled)
    try:
        return filed(request, file_it(request, filled, CHANNEL))
    except InvalidInput as refusal:
        return shown(request, replace(filled, fault=reason_sentence(refusal.reason)))


async def opened(request: Request, words: str, action: str, call: str, place: str = "") -> HTTPResponse:
    """Return the form filled in from redacted `words`; raise `InvalidInput` (no_words, elsewhere)."""
    found, _ = await suggest(request, words, place)
    if found.draft is None:
        raise InvalidInput("elsewhere" if found.words else "no_words")
    made = Form(action, call, secrets.token_hex(12), found.draft)
    return await asyncio.to_thread(shown, request, made)


def shown(request: Request, form: Form) -> HTTPResponse:
    """Return the form as a part of a page; with what was wrong in it, if anything."""
    counter: Counter = request.app.ctx.counter
    answer = page(
        request,
        "filing/form.html",
        form=form,
        draft=form.draft,
        phone=shown_phone(counter.vault, form.call, form.draft.phone_ref),
        kinds=list(Kind),
        categories=[(code, counter.categories.name(code)) for code in counter.categories.codes()],
        districts=districts(counter),
        units=[office.name for office in counter.offices.all()],
        latest=today().isoformat(),
    )
    answer.status = 422 if form.fault else 200
    return answer


def read_form(request: Request, action: str, call: str) -> Form:
    """Return the form as it was sent; a new phone number is sealed at once, so that it never comes back."""
    counter: Counter = request.app.ctx.counter
    faults: list[str] = []
    draft = Draft(
        kind=_kind(field(request, "kind"), faults),
        category=_one_of(field(request, "category"), counter.categories.codes(), "category", faults),
        narrative=field(request, "narrative").strip(),
        district=_one_of(field(request, "district"), ["", *districts(counter)], "district", faults),
        accused_unit=field(request, "accused_unit").strip(),
        happened=field(request, "happened").strip(),
        happened_on=_day(field(request, "happened_on"), faults),
        phone_ref=field(request, "phone_ref"),
        anonymous=field(request, "anonymous") == "1",
    )
    if typed := field(request, "phone").strip():
        try:
            draft = replace(draft, phone_ref=keep_phone(counter.vault, call, typed))
        except InvalidInput as refusal:
            faults.append(refusal.reason)
    key = field(request, "key") or secrets.token_hex(12)
    return Form(action, call, key, draft, reason_sentence(faults[0]) if faults else "")


def file_it(request: Request, form: Form, channel: str) -> Ticket:
    """File what the form says and put it into the audit; raises as `desk.drafts.file`."""
    counter: Counter = request.app.ctx.counter
    ticket = file(
        counter.tickets, counter.vault, form.call, f"form-{form.key}", form.draft, who(request).actor, channel
    )
    record(request, "ticket_filed", "ticket", ticket.public_no, channel=channel)
    return ticket


def filed(request: Request, ticket: Ticket, told: bool = False) -> HTTPResponse:
    """Return number, date and the sentence to read; `told`: the citizen has it in the conversation."""
    clock = request.app.ctx.counter.tickets.clock
    return page(
        request,
        "filing/filed.html",
        ticket=ticket,
        say=spoken(ticket, clock, today()),
        promise=promise(clock, ticket),
        told=told,
    )


def districts(counter: Counter) -> list[str]:
    """Return the districts that have an office, in the order of the guide."""
    return list(dict.fromkeys(office.district for office in counter.offices.all() if office.district))


def _check_call(call: str) -> None:
    """A call is not a citizen's conversation, and cannot be made to look like one."""
    if not call.startswith(_CALL):
        raise InvalidInput("no_words")


def _kind(code: str, faults: list[str]) -> Kind:
    try:
        return Kind(code)
    except ValueError:
        faults.append("kind")
        return Kind.HELP


def _one_of(value: str, allowed: list[str], name: str, faults: list[str]) -> str:
    if value in allowed:
        return value
    faults.append(name)
    return ""


def _day(text: str, faults: list[str]) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.max
    if day and day > today():
        faults.append("happened_on")
        return None
    return day
