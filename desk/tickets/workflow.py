"""The one table of moves: from where, to where, who, with what. `check` is pure and knows no database.

Rules behind the rows: the 12345 and 接诉即办 regulations named in each guard; numbers in data/limits.yml.
"""

from __future__ import annotations

from dataclasses import dataclass

from desk.errors import NotAllowed
from desk.tickets import guards
from desk.tickets.guards import Guard, Scene, free, not_accused, own_unit
from desk.tickets.record import Given, Ticket
from desk.tickets.terms import OPEN, Actor, Kind, Refusal, Resolution, Role, State, Verdict

__all__ = [
    "MOVES",
    "Actor",
    "Kind",
    "Move",
    "Refusal",
    "Resolution",
    "Role",
    "Scene",
    "State",
    "Verdict",
    "check",
    "destination",
    "move_named",
    "possible",
]

SAME = "same"  # the ticket stays where it is; the event alone matters
BACK = "back"  # to where it was before the citizen was asked


@dataclass(frozen=True)
class Move:
    """One row: `required` fields must be given and not empty, `optional` ones may be, no others.

    `may` needs no input, so it also tells beforehand what somebody can do; `guard` judges the input.
    """

    name: str
    sources: frozenset[State]
    to: State | str
    who: frozenset[Role]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    may: Guard = guards.free
    guard: Guard = guards.free


def _row(
    name: str,
    sources: str,
    to: str,
    who: str,
    required: str = "",
    optional: str = "",
    may: Guard = guards.free,
    guard: Guard = guards.free,
) -> Move:
    """One row from words; `sources` is state codes or `open`, `to` a state code, `same` or `back`."""
    states = OPEN if sources == "open" else frozenset(State(code) for code in sources.split())
    target = to if to in (SAME, BACK) else State(to)
    roles = frozenset(Role(code) for code in who.split())
    return Move(name, states, target, roles, tuple(required.split()), tuple(optional.split()), may, guard)


# fmt: off
MOVES = (
    _row("accept", "submitted", "accepted", "agent supervisor system",
         "category district unit_main", "accused_unit", free, not_accused),
    _row("reject", "submitted", "rejected", "agent", "reason channel_text", "", free, guards.known_refusal),
    _row("ask", "submitted accepted", "need_info", "agent", "question"),
    _row("answer", "need_info", BACK, "citizen", "facts"),
    _row("resume", "need_info", BACK, "agent system", "reason", "", guards.silent),
    _row("dispatch", "accepted", "dispatched", "agent supervisor system",
         "unit_main", "units_assist", free, not_accused),
    _row("sign", "dispatched", "in_progress", "handler", "assignee", "", own_unit, guards.assignable),
    _row("dispute", "dispatched", "disputed", "handler", "reason suggested_unit", "", guards.dispute_once),
    _row("rule", "disputed", "dispatched", "supervisor",
         "unit_main reason", "units_assist", free, not_accused),
    _row("reply", "in_progress", "replied", "handler",
         "reply_text reply_basis resolution contact", "", own_unit, guards.answered),
    _row("close", "replied", "closed", "citizen agent supervisor system",
         "solved", "satisfied comment reason", free, guards.verdict),
    _row("redo", "replied", "redo", "citizen supervisor",
         "reason", "satisfied comment", guards.redo_once, guards.known_mark),
    _row("object", "replied", SAME, "citizen",
         "reason", "satisfied comment", guards.objects_again, guards.known_mark),
    _row("restart", "redo", "in_progress", "handler", "assignee", "", own_unit, guards.assignable),
    _row("merge", "open", "merged", "supervisor", "merged_into reason", "", guards.alone, guards.mergeable),
    _row("withdraw", "open", "withdrawn", "citizen", "", "reason", guards.withdrawable),
    _row("refer", "open", "referred", "supervisor", "referred_to receipt", "reason"),
    _row("reopen", "closed", "redo", "citizen supervisor", "facts", "", guards.within_month),
    # Not moves between states, but history all the same.
    _row("urge", "open", SAME, "citizen", "counted"),
    _row("add_facts", "open", SAME, "citizen agent handler", "facts", "", own_unit),
    _row("classify", "submitted need_info accepted", SAME, "agent supervisor",
         "reason", "kind category district title std_code priority accused_unit",
         guards.undispatched, guards.classified),
    _row("assist", "dispatched in_progress redo", SAME, "agent supervisor handler",
         "units_assist", "reason", own_unit, not_accused),
    _row("tag", "open", SAME, "agent handler supervisor", "tag", "", own_unit, guards.new_tag),
    _row("untag", "open", SAME, "agent handler supervisor", "tag", "", own_unit, guards.old_tag),
    _row("contact", "open", SAME, "agent handler supervisor", "way reached", "note", own_unit, guards.called),
    _row("ask_extension", "in_progress", SAME, "handler",
         "reason days", "", guards.extension_free, guards.days_allowed),
    _row("approve_extension", "in_progress", SAME, "supervisor", "reason", "", guards.extension_asked),
    _row("refuse_extension", "in_progress", SAME, "supervisor", "reason", "", guards.extension_asked),
    _row("join", "open", SAME, "system", "merged_from"),
    _row("ask_verdict", "replied", SAME, "agent system", "", "", guards.verdict_open),
    _row("escalate", "open", SAME, "system", "level", "", free, guards.later_level),
)
# fmt: on
_BY_NAME = {move.name: move for move in MOVES}


def move_named(name: str) -> Move:
    """Return the row of `name`; raise `NotAllowed` when there is none."""
    if name not in _BY_NAME:
        raise NotAllowed("unknown_move")
    return _BY_NAME[name]


def destination(move: Move, ticket: Ticket) -> State:
    """Return the state in which `move` leaves `ticket`."""
    if isinstance(move.to, State):
        return move.to
    if move.to == BACK and ticket.asked_from is not None:
        return ticket.asked_from
    return ticket.state


def check(move: Move, ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> None:
    """Return when `actor` may make `move` now with `given`; raise `NotAllowed(reason)` otherwise."""
    if ticket.state not in move.sources:
        raise NotAllowed("wrong_state")
    if actor.role not in move.who:
        raise NotAllowed("wrong_role")
    if reason := move.may(ticket, actor, {}, scene):
        raise NotAllowed(reason)
    for name in move.required:
        if _empty(given.get(name)):
            raise NotAllowed(f"missing:{name}")
    for name in given:
        if name not in move.required + move.optional:
            raise NotAllowed(f"unknown:{name}")
    if reason := move.guard(ticket, actor, given, scene):
        raise NotAllowed(reason)


def possible(ticket: Ticket, actor: Actor, scene: Scene) -> list[Move]:
    """Return what `actor` may do with `ticket` now, in the order of the table; input is judged later."""
    here = (move for move in MOVES if ticket.state in move.sources and actor.role in move.who)
    return [move for move in here if not move.may(ticket, actor, {}, scene)]


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple)) and not "".join(value).strip())
