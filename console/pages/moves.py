"""Making a move: the form becomes what the table of moves asks for; what is refused stays typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.ticket_view import Typed, lines_of, record, show, ticket_for
from console.render import back
from console.ticket_words import FIELDS, MOVES
from console.wording import reason_sentence
from desk.counter import Counter
from desk.errors import Conflict, InvalidInput, NotAllowed
from desk.staff import Permission
from desk.tickets import Ticket, visible
from desk.tickets.workflow import Move, move_named

routes = Routes("moves")

_FASTER = "别人刚刚动过这张工单"
_FALSE_YES = {"yes": True, "no": False}


@routes.post("/tickets/<ticket_id:str>/moves/<name:str>", Permission.MOVE_TICKETS)
def move(request: Request, ticket_id: str, name: str) -> HTTPResponse:
    """Make one move on the version that the page showed."""
    ticket = ticket_for(request, ticket_id)
    row = move_named(name)
    given = given_of(row, ticket, request.form)
    try:
        after = _make(request, ticket, name, given)
    except Conflict:
        record(request, f"ticket_{name}", ticket, "conflict")
        return _faster(request, ticket_for(request, ticket_id), row)
    except (NotAllowed, InvalidInput) as error:
        record(request, f"ticket_{name}", ticket, error.reason)
        return show(request, ticket, _typed(request, row, reason_sentence(error.reason)), 422)
    record(request, f"ticket_{name}", after, version=after.version)
    seen = visible.sees(who(request).actor, after)
    return back(request, f"/tickets/{after.id}" if seen else "/tickets", f"已{MOVES[name]}。")


@routes.post("/tickets/<ticket_id:str>/notes", Permission.NOTE)
def note(request: Request, ticket_id: str) -> HTTPResponse:
    """Add a word among staff."""
    ticket = ticket_for(request, ticket_id)
    counter: Counter = request.app.ctx.counter
    text = _text(request.form, "text")
    try:
        counter.tickets.add_note(ticket, who(request).actor, text, _text(request.form, "request_id"))
    except InvalidInput as error:
        typed = Typed("note", {"text": text}, reason_sentence(error.reason))
        return show(request, ticket, typed, 422)
    record(request, "ticket_note", ticket)
    return back(request, f"/tickets/{ticket.id}", "备注已加上，市民看不到。")


def given_of(row: Move, ticket: Ticket, form: Any) -> dict[str, Any]:
    """Return the fields of `row` that the form fills in, as the table of moves takes them."""
    given: dict[str, Any] = {}
    for name in row.required + row.optional:
        value = _READERS.get(name, _text)(form, name)
        if value not in ("", None, []):
            given[name] = value
    if row.name == "classify":  # only what is put right
        given = {
            name: value
            for name, value in given.items()
            if getattr(ticket, name, None) != value or name == "reason"
        }
    return given


def _make(request: Request, ticket: Ticket, name: str, given: Mapping[str, Any]) -> Ticket:
    counter: Counter = request.app.ctx.counter
    version = _number(request.form, "version")
    return counter.tickets.move(
        ticket.public_no,
        name,
        who(request).actor,
        -1 if version is None else version,
        given,
        _text(request.form, "request_id"),
    )


def _faster(request: Request, ticket: Ticket, row: Move) -> HTTPResponse:
    """Somebody else was faster: what has changed, and what was typed, still there."""
    counter: Counter = request.app.ctx.counter
    version = _number(request.form, "version") or 0
    events = [event for event in counter.tickets.history(ticket) if event.seq > version]
    typed = _typed(request, row, f"{_FASTER}。")
    possible = row.name in {each.name for each in counter.tickets.moves_for(ticket, who(request).actor)}
    kept = () if possible else tuple(_kept(typed.values))
    return show(
        request,
        ticket,
        Typed(typed.move, typed.values, typed.refused, tuple(lines_of(counter, events)), kept),
        409,
    )


def _typed(request: Request, row: Move, refused: str) -> Typed:
    values: dict[str, Any] = {name: _text(request.form, name) for name in (*row.required, *row.optional)}
    values["units_assist"] = request.form.getlist("units_assist") or []
    values["basis_typed"] = _text(request.form, "basis_typed")
    return Typed(row.name, values, refused)


def _kept(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = {name: "、".join(value) if isinstance(value, list) else value for name, value in values.items()}
    return [(FIELDS.get(name, name), value) for name, value in told.items() if value]


def _text(form: Any, name: str) -> str:
    return str(form.get(name) or "").replace("\r\n", "\n").strip()


def _number(form: Any, name: str) -> int | None:
    text = _text(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _basis(form: Any, name: str) -> str:
    return _text(form, "basis_typed") or _text(form, name)


# How the fields that are no texts are read.
_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "units_assist": lambda form, name: [str(unit) for unit in form.getlist(name) or []],
    "days": _number,
    "priority": _number,
    "reached": lambda form, name: _FALSE_YES.get(_text(form, name)),
    "reply_basis": _basis,
}
