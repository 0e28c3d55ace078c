"""Conditions on a move that its row in the table cannot say. Each returns a reason code, or "" to pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from desk.tickets.record import Given, Ticket
from desk.tickets.terms import Actor, Kind, Refusal, Resolution, Role, Verdict

TRIES = 3  # so often one must have tried to reach a citizen


@dataclass(frozen=True)
class Scene:
    """What a guard may know beside the ticket: today in Kunming, last days of waiting, a merge's target."""

    today: date
    answer_until: date | None = None
    verdict_until: date | None = None
    reopen_until: date | None = None
    target: Ticket | None = None


Guard = Callable[[Ticket, Actor, Given, Scene], str]


def free(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Let everything pass."""
    return ""


def not_accused(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """No ticket goes to the unit that it complains about (济南条例 第三十二条, 信访工作条例 第三十条)."""
    units = (given["unit_main"], *given.get("units_assist", ()))
    return "accused" if ticket.accused_unit and ticket.accused_unit in units else ""


def own_unit(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Only the unit that holds the ticket, and nobody who is complained about."""
    if not actor.unit or actor.unit != ticket.unit_main:
        return "other_unit"
    people = (actor.id, given.get("assignee"))
    return "accused" if ticket.accused_person and ticket.accused_person in people else ""


def dispute_once(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A dispatch is disputed once; after the supervisor's ruling no more (潍坊条例 第二十二条)."""
    if ticket.final_assign or ticket.disputes:
        return "disputed_before"
    return own_unit(ticket, actor, given, scene)


def answered(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A reply names how the matter ended; 联系不上 only after three tries."""
    chosen = {str(each) for each in Resolution} - {"withdrawn", "repeated"}
    if given["resolution"] not in chosen:
        return "unknown_resolution"
    if given["resolution"] == Resolution.UNREACHABLE.value and not _tried(given):
        return "too_few_tries"
    return own_unit(ticket, actor, given, scene)


def verdict(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Closing needs a reply and a verdict: 解决了 from the citizen, or 未评价 after waiting."""
    solved = given["solved"]
    if not ticket.reply_text:
        return "no_reply"
    if solved == Verdict.YES.value:
        return "silence_is_no_verdict" if actor.role is Role.SYSTEM else ""
    if solved == Verdict.NO.value:
        return "" if actor.role is Role.SUPERVISOR and given.get("reason") else "supervisor_decides"
    if solved != Verdict.UNRATED.value or actor.role is Role.CITIZEN:
        return "unknown_verdict"
    if ticket.solved == Verdict.NO.value:
        return "supervisor_decides"
    waited = scene.verdict_until is not None and scene.today > scene.verdict_until
    return "" if waited or _tried(given) else "too_early"


def redo_once(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The citizen's first 没解决 sends the ticket back by itself; after that the supervisor decides."""
    return "supervisor_decides" if actor.role is Role.CITIZEN and ticket.round > 1 else ""


def objects_again(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The second 没解决 is kept for the supervisor; the first one is a `redo`."""
    return "" if ticket.round > 1 else "redo_first"


def silent(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Staff take a question back only when the citizen had time to answer it."""
    return "" if scene.answer_until and scene.today > scene.answer_until else "too_early"


def mergeable(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The other ticket is open and another one. Why it is the same matter stands in `reason`."""
    if scene.target is None or scene.target.id == ticket.id:
        return "no_target"
    return "" if scene.target.state.open else "target_closed"


def not_report(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A 举报 is not withdrawn: it is not only the reporter's matter."""
    return "report_stays" if ticket.kind is Kind.REPORT else ""


def within_month(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A citizen reopens within 30 days (and with new facts); a supervisor at any time."""
    if actor.role is Role.SUPERVISOR:
        return ""
    return "" if scene.reopen_until and scene.today <= scene.reopen_until else "too_late"


def known_refusal(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A refusal has one of the listed reasons."""
    return "" if given["reason"] in {str(each) for each in Refusal} else "unknown_reason"


def _tried(given: Given) -> bool:
    tries = given.get("contact_tries", 0)
    return isinstance(tries, int) and tries >= TRIES
