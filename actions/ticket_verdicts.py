"""After a reply: did it help, how pleased is the citizen, and what is new about a closed ticket."""

from __future__ import annotations

import re

from actions import forms
from actions.talk import Events, Talk, asks_something, go_on_with, remember
from actions.tickets import LEFT, add_to, meant, say_refused
from desk.counter import Counter
from desk.errors import InvalidInput, NotAllowed, NotFound
from desk.present import button
from desk.tickets import Satisfaction, State, Ticket, Verdict
from desk.tickets.verdicts import satisfaction_in, solved, unsolved

_SKIP = "skip"
_LONGEST, _SHORTEST = 500, 2
_SURE = 0.5
_SENT_BACK = "好的，{number} {told}"
_OBJECTED = "您说没有解决，已经记下。再次退回要由督办人员决定，结果会在这里告诉您。"
_HOW_PLEASED = "好的。对这次处理满意吗？"
_ONE_SENTENCE = "还想说什么，可以写一句；不写就回“跳过”。"
_THANKS = "谢谢，已经记下。{told}"
_FORM = forms.Form(
    name="verdict_form",
    slots=(),  # what was said so far is kept also when the rest is left out
    left="好的，不多问了。",
    unclear={
        "verdict_satisfied": "请选一个：满意、基本满意，还是不满意？",
        "verdict_comment": "请写一句话，或者回“跳过”。",
    },
    expects=re.compile("满意"),
    defaults={"verdict_satisfied": _SKIP, "verdict_comment": _SKIP},
    free_text=frozenset({"verdict_comment"}),
)


def verdict(talk: Talk, counter: Counter) -> Events:
    """Take 解决了 or 没有解决: the latter goes back at once, the former is asked how pleased."""
    ticket = meant(talk, counter, "verdict", State.REPLIED)
    if ticket is None:
        return []
    words = str(talk.entity("words") or "")
    if talk.entity("value") == Verdict.NO.value:
        return _sent_back(talk, counter, ticket, words)
    satisfied = satisfaction_in(words)
    known = {"ticket_number": ticket.public_no, "verdict_comment": None}
    return [
        *remember(**known, verdict_satisfied=satisfied.value if satisfied else None),
        *go_on_with("verdict_form"),
    ]


def validate(talk: Talk, counter: Counter) -> Events:
    """Take how pleased the citizen is, then one sentence."""
    return forms.validate(talk, counter, _FORM, _fill)


def ask_satisfied(talk: Talk, counter: Counter) -> Events:
    """Ask how pleased the citizen is; no answer is never 满意."""
    buttons = [button(each.label, "inform", field="satisfied", value=each.value) for each in Satisfaction]
    talk.say(_HOW_PLEASED, buttons=[*buttons, _skip("satisfied", "不评价")])
    return []


def ask_comment(talk: Talk, counter: Counter) -> Events:
    """Ask for one sentence."""
    talk.say(_ONE_SENTENCE, buttons=[_skip("comment", "跳过")])
    return []


def file(talk: Talk, counter: Counter) -> Events:
    """Close the ticket with what was said."""
    number = talk.slot("ticket_number")
    forget = remember(ticket_number=None, verdict_satisfied=None, verdict_comment=None)
    satisfied, comment = (_said(talk, name) for name in ("verdict_satisfied", "verdict_comment"))
    if not number:
        return forget
    try:
        ticket = counter.tickets.find(str(number), talk.sender_id)
        closed = solved(counter.tickets, ticket, satisfied, comment, talk.message_key)
    except (NotAllowed, NotFound, InvalidInput) as error:
        say_refused(talk, error)
        return forget
    talk.say(_THANKS.format(told=f"{closed.public_no} {counter.tickets.told(closed)}"))
    return forget


def reopen(talk: Talk, counter: Counter) -> Events:
    """Ask for what is new about a closed ticket, or take it from the message."""
    ticket = meant(talk, counter, "reopen", State.CLOSED)
    return add_to(talk, counter, ticket) if ticket else []


def _sent_back(talk: Talk, counter: Counter, ticket: Ticket, words: str) -> Events:
    try:
        after = unsolved(counter.tickets, ticket, words, talk.message_key)
    except (NotAllowed, InvalidInput) as error:
        say_refused(talk, error)
        return []
    back = after.state is State.REDO
    told = counter.tickets.told(after)
    talk.say(_SENT_BACK.format(number=after.public_no, told=told) if back else _OBJECTED)
    if len(words) > len(Verdict.NO.label):
        return []  # what is left was said with it
    return [
        *remember(ticket_number=after.public_no, ticket_move=LEFT, ticket_facts=None),
        *go_on_with("facts_form"),
    ]


def _fill(talk: Talk, counter: Counter) -> Events | None:
    slot, field = str(talk.requested_slot), talk.entity("field")
    if field in ("satisfied", "comment"):
        return remember(**{f"verdict_{field}": str(talk.entity("value"))})
    if slot == "verdict_satisfied":
        satisfied = satisfaction_in(talk.text)
        return remember(verdict_satisfied=satisfied.value) if satisfied else None
    intent, confidence = talk.likeliest
    asking = confidence > _SURE and (asks_something(talk.text) or intent == "human")
    words = talk.whole_text.strip()
    return None if asking or len(words) < _SHORTEST else remember(verdict_comment=words[:_LONGEST])


def _said(talk: Talk, slot: str) -> str:
    value = str(talk.slot(slot) or "")
    return "" if value == _SKIP else value


def _skip(field: str, title: str) -> dict[str, str]:
    return button(title, "inform", field=field, value=_SKIP)


ACTIONS = {
    "action_ticket_verdict": verdict,
    "action_ticket_reopen": reopen,
    "validate_verdict_form": validate,
    "action_ask_verdict_form_verdict_satisfied": ask_satisfied,
    "action_ask_verdict_form_verdict_comment": ask_comment,
    "action_ticket_file_verdict": file,
}
