"""What every form does with a message besides taking the value it asked for: leave, digress, switch, explain.

A question in the middle is answered at once and the form asks again, so that nothing already said is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from actions import guide, handoff, offices, talk_over
from actions.form_reasons import reason
from actions.talk import CALL, Events, Talk, asks_something, go_on_with, remember, wants_to_complain
from desk.counter import Counter
from desk.present import button

Fill = Callable[[Talk, Counter], "Events | None"]

_SURE, _SURE_TO_LEAVE = 0.6, 0.75
_CANCEL_WORDS = re.compile(
    r"^(?:取消|退出|算了|不用了)|取消了?[。！!]?$|不(?:用|想|要)?再?(?:查|办|弄|投诉|登记|补充|说|提)了"
)
# Who leaves with a question has it answered. What others have said (不办了，她就这样讲) begins otherwise.
_LEAVES_WITH_MORE = re.compile(
    r"^(?:算了|那|还是)?[，,、\s]?我?不(?:用|想|要)?再?(?:投诉|举报|查)了[，,、。！!；;\s]"
)
_DEFAULTED = "这一项先空着，最后核对的时候还可以改。"
_STAYS = "您刚才写的还在，没有丢。"
_ASKED = "您问的这个我没有把握，不乱答。可以先把这件填完再问我，也可以打 12333。"
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
# What stands beside the news of a ticket, which may come in the middle of any form.
_NEWS = {
    "verdict": "action_ticket_verdict",
    "reopen": "action_ticket_reopen",
}
_SWITCHES = {
    "status": "action_claim_start",
    "complaint": "action_complaint_start",
    "complaint_followup": "action_ticket_status",
}


@dataclass(frozen=True)
class Form:
    """A form's name, the slots it forgets when it is left, and its sentences.

    `expects` is what a message with a value looks like, whatever else it may sound like; `defaults` are
    taken when an answer could not be read twice; `switches` are the wishes for which it makes room, and a
    form that `resumes` keeps what it holds meanwhile.
    """

    name: str
    slots: tuple[str, ...]
    left: str
    unclear: Mapping[str, str]
    expects: re.Pattern[str] = re.compile("(?!)")
    cancels: frozenset[str] = frozenset({"cancel"})
    switches: frozenset[str] = frozenset()
    defaults: Mapping[str, object] = field(default_factory=dict)
    free_text: frozenset[str] = frozenset()
    resumes: bool = False


def validate(talk: Talk, counter: Counter, form: Form, fill: Fill) -> Events:
    """Carry one message into the form. Returns no events while the form is only being opened."""
    slot = talk.requested_slot
    if slot is None:
        return []
    counted = remember(form_turn=int(talk.slot("form_turn") or 0) + 1)
    if why := reason(slot, talk.text):
        talk.say(why)
        return counted
    # A word of cancelling comes before any value, a value before everything else that it may sound like;
    # only free text could be anything, so there another wish is looked for first.
    wishes = "complaint" in form.switches and wants_to_complain(talk.text)
    filled = _make_room(form, _SWITCHES["complaint"]) if wishes else _cancelled(talk, counter, form)
    if filled is None and slot in form.free_text:
        filled = _switched(talk, form)
    if filled is None:
        filled = fill(talk, counter)
    if filled is None:
        filled = _switched(talk, form) or _started_over(talk, counter, form)
    if filled is None:
        filled = _digress(talk, counter)
    if filled is None and asks_something(talk.text):
        talk.say(_ASKED, buttons=[button("取消", "cancel"), CALL])
        return counted
    if filled is None:
        return [*_unclear(talk, form, slot), *counted]
    return [*filled, *remember(form_unclear=None), *counted]


def _unclear(talk: Talk, form: Form, slot: str) -> Events:
    """Explain what is wanted; the second time take the harmless default, so that nobody goes in circles."""
    if talk.slot("form_unclear") == slot and slot in form.defaults:
        talk.say(_DEFAULTED)
        return remember(**{slot: form.defaults[slot], "form_unclear": None})
    again = talk.slot("form_unclear") == slot
    talk.say(form.unclear[slot], buttons=[button("取消", "cancel"), CALL] if again else [])
    return remember(form_unclear=slot)


def leave(form: Form) -> Events:
    """Return the events that end a form and forget what it held."""
    return remember(**dict.fromkeys(form.slots), requested_slot=None)


def _make_room(form: Form, action: str) -> Events:
    """End the form and begin something else; only what can be gone on with later stays."""
    return [*(remember(requested_slot=None) if form.resumes else leave(form)), *go_on_with(action)]


def _cancelled(talk: Talk, counter: Counter, form: Form) -> Events | None:
    if _LEAVES_WITH_MORE.match(talk.text):
        talk.say(form.left)
        return [*(_digress(talk, counter) or []), *leave(form)]
    if form.expects.search(talk.text) or asks_something(talk.text):
        return None
    words = len(talk.text) <= 10 and _CANCEL_WORDS.search(talk.text)
    sure = talk.pressed or talk.likeliest[1] >= _SURE_TO_LEAVE
    if not words and not (sure and _heard(talk, form) in form.cancels):
        return None
    talk.say(form.left)
    return leave(form)


def _switched(talk: Talk, form: Form) -> Events | None:
    """Begin the other flow that was asked for."""
    heard = _heard(talk, form)
    if talk.pressed and heard in _NEWS:
        return _make_room(form, _NEWS[heard])
    if heard not in form.switches or form.expects.search(talk.text):
        return None
    return _make_room(form, _SWITCHES[heard])


def _started_over(talk: Talk, counter: Counter, form: Form) -> Events | None:
    if _heard(talk, form) != "start_over":
        return None
    return [*talk_over.start_over(talk, counter), *leave(form)]


def _heard(talk: Talk, form: Form) -> str:
    """The intent of a message that is surely no account of what happened; empty otherwise."""
    intent, confidence = talk.likeliest
    telling = talk.requested_slot in form.free_text and len(talk.text) > 12
    return intent if talk.pressed or (confidence >= _SURE and not telling) else ""


def _digress(talk: Talk, counter: Counter) -> Events | None:
    intent, confidence = talk.likeliest
    if confidence < _SURE and not talk.pressed:
        return None
    if intent == "human":
        # A way to a person is shown, and what was written stays: nobody has to begin again.
        talk.say(_STAYS)
        return handoff.handoff(talk, counter)
    if intent in counter.guide.topics:
        looked = guide.ours_after_all(talk, counter, intent, confidence)
        return looked if looked is not None else guide.answer_about(talk, counter, intent)
    if intent in _FOLLOW_UPS:
        return guide.follow_up(talk, counter)
    small = _SMALL.get(intent)
    return small(talk, counter) if small else None
