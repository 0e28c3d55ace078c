"""Conditions on a move that its row in the table cannot say. Each returns a reason code, or "" to pass.

The first part needs no input and so tells beforehand what somebody may do; the second judges what was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from desk.tickets.record import Given, Ticket
from desk.tickets.terms import (
    Actor,
    Extension,
    Kind,
    Refusal,
    Resolution,
    Role,
    Satisfaction,
    Tag,
    Verdict,
    Way,
)

TRIES = 3  # so often one must have tried to reach a citizen


@dataclass(frozen=True)
class Scene:
    """What a guard may know beside the ticket: today in Kunming, last days of waiting, a merge's target.

    `children` are the tickets merged into this one, `level` is how late it is by the clock (an `Escalation`),
    `extension_most` working days, `units` those that there are (empty: not known).
    """

    today: date
    answer_until: date | None = None
    verdict_until: date | None = None
    reopen_until: date | None = None
    target: Ticket | None = None
    children: tuple[Ticket, ...] = ()
    level: int = 0
    extension_most: int = 0
    units: frozenset[str] = frozenset()


Guard = Callable[[Ticket, Actor, Given, Scene], str]


def free(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Let everything pass."""
    return ""


# Without input.


def own_unit(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A handler works on what his unit holds, and only when neither of the two is complained about.

    济南条例 第三十二条, 信访工作条例 第三十条.
    """
    if actor.role is not Role.HANDLER:
        return ""
    if not actor.unit or actor.unit != ticket.unit_main:
        return "other_unit"
    accused = _accused_unit(actor.unit, ticket, scene) or _accused_person(actor.id, ticket, scene)
    return "accused" if accused or _accused_person(actor.name, ticket, scene) else ""


def dispute_once(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A dispatch is disputed once; after the supervisor's ruling no more (潍坊条例 第二十二条)."""
    if ticket.final_assign or ticket.disputes:
        return "disputed_before"
    return own_unit(ticket, actor, given, scene)


def redo_once(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The citizen's first 没解决 sends the ticket back by itself; after that the supervisor decides."""
    return "supervisor_decides" if actor.role is Role.CITIZEN and ticket.round > 1 else ""


def objects_again(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The second 没解决 is kept for the supervisor; the first one is a `redo`."""
    return "" if ticket.round > 1 else "redo_first"


def silent(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A question is taken back only when the citizen had time to answer it, or is gone and never will."""
    if ticket.detached:
        return ""
    return "" if scene.answer_until and scene.today > scene.answer_until else "too_early"


def withdrawable(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A 举报 is not only the reporter's matter; nor is a ticket that others were merged into."""
    if ticket.kind is Kind.REPORT:
        return "report_stays"
    return "others_joined" if scene.children else ""


def within_month(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A citizen reopens within 30 days (and with new facts); a supervisor at any time."""
    if actor.role is Role.SUPERVISOR:
        return ""
    return "" if scene.reopen_until and scene.today <= scene.reopen_until else "too_late"


def alone(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """What others were merged into is not merged further: nobody would find his way back."""
    return "has_children" if scene.children else ""


def undispatched(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The kind and the matter are put right before a unit works on them."""
    return "dispatched_before" if ticket.dispatched_at else ""


def extension_free(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """An extension is asked for once, and before the answer is due (北京条例 第十五条)."""
    if ticket.extension_state:
        return "extended_before"
    return own_unit(ticket, actor, given, scene) or _before_due(ticket, scene)


def extension_asked(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """An extension is decided upon before the answer is due."""
    if ticket.extension_state != Extension.ASKED.value:
        return "not_asked"
    return _before_due(ticket, scene)


def verdict_open(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The citizen is asked for a verdict three times at most, and not after a 没解决."""
    if ticket.solved == Verdict.NO.value:
        return "supervisor_decides"
    return "asked_enough" if ticket.verdict_tries >= TRIES else ""


# With input.


def not_accused(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """No ticket goes to a unit that it, or one merged into it, complains about (济南条例 第三十二条)."""
    main, assisting = given.get("unit_main", ticket.unit_main), given.get("units_assist", ())
    if not isinstance(assisting, (list, tuple)) or not all(isinstance(unit, str) for unit in assisting):
        return "units"
    named = (*((main,) if "unit_main" in given else ()), *assisting)
    if scene.units and not set(named) <= scene.units:
        return "unknown_unit"
    if main in assisting:
        return "main_assists"
    blamed = (str(given.get("accused_unit", "")),)
    accused = any(_accused_unit(unit, ticket, scene) or _named(unit, blamed) for unit in named)
    return "accused" if accused else ""


def assignable(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Nobody who is complained about gets the ticket into his hands."""
    return "accused" if _accused_person(str(given["assignee"]), ticket, scene) else ""


def answered(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A reply names how the matter ended; 联系不上 only after three calls that reached nobody."""
    if given["resolution"] not in {str(each) for each in Resolution} - {"withdrawn", "repeated"}:
        return "unknown_resolution"
    unreachable = given["resolution"] == Resolution.UNREACHABLE.value
    return "too_few_tries" if unreachable and ticket.contact_tries < TRIES else ""


def verdict(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Closing needs a reply and a verdict: 解决了 from the citizen, or 未评价 after waiting."""
    solved = given["solved"]
    if unknown := known_mark(ticket, actor, given, scene):
        return unknown
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
    called = actor.role is not Role.SYSTEM and ticket.contact_tries >= TRIES
    return "" if waited or called else "too_early"


def known_mark(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """How satisfied somebody is, is one of the listed words or not said."""
    known = {"", *(str(each) for each in Satisfaction)}
    return "" if given.get("satisfied", "") in known else "unknown_satisfaction"


def mergeable(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """The other ticket is open, another one, and not in the hands of those whom this one accuses.

    Why it is the same matter stands in `reason`.
    """
    target = scene.target
    if target is None or target.id == ticket.id:
        return "no_target"
    if not target.state.open:
        return "target_closed"
    blamed = any(_accused_unit(unit, ticket, scene) for unit in (target.unit_main, *target.units_assist))
    return "accused" if blamed or _accused_person(target.assignee, ticket, scene) else ""


def known_refusal(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A refusal has one of the listed reasons."""
    return "" if given["reason"] in {str(each) for each in Refusal} else "unknown_reason"


def called(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A line of the call log says how, and whether somebody was reached."""
    if given["way"] not in {str(each) for each in Way}:
        return "unknown_way"
    return "" if isinstance(given["reached"], bool) else "reached"


def new_tag(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """A tag is one of the listed ones and not there yet."""
    if given["tag"] not in {str(each) for each in Tag}:
        return "unknown_tag"
    return "tagged_before" if given["tag"] in ticket.tags else ""


def old_tag(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Only a tag that is there is taken off."""
    return "" if given["tag"] in ticket.tags else "not_tagged"


def classified(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Something is put right, and with known codes."""
    if given.keys() == {"reason"}:
        return "nothing_changed"
    if given.get("kind", Kind.HELP.value) not in {str(each) for each in Kind}:
        return "unknown_kind"
    return "priority" if given.get("priority", 0) not in (0, 1) else ""


def days_allowed(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """An extension has at most the days of the table."""
    days = given["days"]
    return "" if type(days) is int and 1 <= days <= scene.extension_most else "days"


def later_level(ticket: Ticket, actor: Actor, given: Given, scene: Scene) -> str:
    """Attention is called once for each level, and as the clock says."""
    return "" if given["level"] == scene.level > ticket.escalation else "too_early"


def _before_due(ticket: Ticket, scene: Scene) -> str:
    return "" if ticket.due and scene.today <= ticket.due else "past_due"


def _accused_unit(unit: str, ticket: Ticket, scene: Scene) -> bool:
    return _named(unit, (each.accused_unit for each in (ticket, *scene.children)))


def _accused_person(person: str, ticket: Ticket, scene: Scene) -> bool:
    return _named(person, (each.accused_person for each in (ticket, *scene.children)))


def _named(one: str, accused: Iterable[str]) -> bool:
    # 五华区就业局失业保险科 is the unit 五华区: a citizen says the whole name of an office.
    return bool(one) and any(each.startswith(one) for each in accused)
