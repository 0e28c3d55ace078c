"""What every form does with a message besides taking the value it asked for: leave, digress, switch, explain.

A question in the middle is answered at once and the form asks again, so that nothing already said is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions import guide, handoff, offices, talk_over
from actions.talk import Events, Talk, go_on_with, remember
from desk.counter import Counter

Fill = Callable[[Talk, Counter], "Events | None"]

_SURE = 0.45
_SMALL = {
    "greet": talk_over.greet,
    "thanks": talk_over.thanks,
    "capabilities": talk_over.greet,
    "office": offices.answer,
}
_FOLLOW_UPS = frozenset(
    [
        "next_step",
        "previous_step",
        "all_steps",
        "which_step",
        "stuck",
        "more",
        "repeat",
        "why",
        "office_phone",
        "office_bank",
        "office_address",
    ]
)
_SWITCHES = {
    "status": ("claim_form", "action_claim_start"),
    "complaint": ("complaint_form", "action_complaint_start"),
    "complaint_followup": ("", "action_ticket_status"),
}


@dataclass(frozen=True)
class Form:
    """A form's name, the slots it forgets when it is left, and its sentences."""

    name: str
    slots: tuple[str, ...]
    left: str
    unclear: Mapping[str, str]
    free_text: frozenset[str] = frozenset()


def validate(talk: Talk, counter: Counter, form: Form, fill: Fill) -> Events:
    """Carry one message into the form. Returns no events while the form is only being opened."""
    slot = talk.requested_slot
    if slot is None:
        return []
    counted = remember(form_turn=int(talk.slot("form_turn") or 0) + 1)
    left = _leave_or_switch(talk, counter, form)
    if left is not None:
        return [*left, *counted]
    filled = fill(talk, counter)
    if filled is None:
        filled = _digress(talk, counter)
    if filled is None:
        talk.say(form.unclear[slot])
        filled = []
    return [*filled, *counted]


def leave(form: Form) -> Events:
    """Return the events that end a form and forget what it held."""
    return remember(**dict.fromkeys(form.slots), requested_slot=None)


def asks_something(text: str) -> bool:
    """Whether a short text is a question rather than an account of what happened."""
    marks = (
        "？",
        "?",
        "吗",
        "呢",
        "什么",
        "怎么",
        "咋",
        "多少",
        "哪里",
        "哪点",
        "几个",
        "能不能",
        "是不是",
        "要不要",
    )
    return len(text) <= 30 and any(mark in text for mark in marks)


def _leave_or_switch(talk: Talk, counter: Counter, form: Form) -> Events | None:
    intent, confidence = talk.likeliest
    writing = talk.requested_slot in form.free_text and len(talk.text) > 12
    if not talk.pressed and (confidence < _SURE or writing):
        return None
    if intent == "cancel":
        talk.say(form.left)
        return leave(form)
    if intent == "human":
        return [*handoff.handoff(talk, counter), *leave(form)]
    if intent == "start_over":
        return [*talk_over.start_over(talk, counter), *leave(form)]
    other, action = _SWITCHES.get(intent, (form.name, ""))
    if other != form.name and not _expected(talk):
        return [*leave(form), *go_on_with(action)]
    return None


def _expected(talk: Talk) -> bool:
    """Placeholders and digits are values, whatever the classifier takes the message for."""
    return "〔" in talk.text or talk.text.isdigit()


def _digress(talk: Talk, counter: Counter) -> Events | None:
    intent, confidence = talk.likeliest
    if confidence < _SURE and not talk.pressed:
        return None
    if intent in counter.guide.topics:
        return guide.answer_about(talk, counter, intent)
    if intent in _FOLLOW_UPS:
        return guide.follow_up(talk, counter)
    small = _SMALL.get(intent)
    return small(talk, counter) if small else None
