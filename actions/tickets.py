"""After filing: progress, 催办, added facts, withdrawal, new facts for a closed one, for whoever filed."""

from __future__ import annotations

import re

from actions import forms, guide
from actions.talk import Events, Talk, asks_something, go_on_with, remember
from desk.counter import Counter
from desk.errors import DeskError, InvalidInput, NotAllowed, NotFound
from desk.present import button, ticket_card
from desk.tickets import State, Ticket, along, choices, find_number, refusal
from desk.tickets.verdicts import reopened
from desk.workdays import today

_NONE = "这个对话里没有登记过诉求。为保护隐私，进度只能在登记时的那个对话里看；也可以拨打 12333 报编号查询。"
_WRONG_NUMBER = "这个编号不对，可能有一位写错了。编号的样子是 JS-年月日-六位数-一位数。"
_NOT_HERE = "没有查到这个编号。为保护隐私，只有在登记时的那个对话里才能查；也可以拨打 12333 报编号查询。"
_WHAT_IS_NEW = "{number} 已经办结。有什么新的情况？请写下来，写好就申请重新办理。"
_WHAT_IS_LEFT = "还有什么没有解决？写一句，承办的人看得到；不写就回“跳过”。"
_SOMETHING_NEW = re.compile(r"重新(?:办理|处理|办)|重办|再办|新(?:的)?情况|又(?:没|不|出)")
# What the facts of the form are for, as the slot `ticket_move` holds it: to be added, what a reply has left
# unsolved, or to have a closed ticket opened again.
_ADD, LEFT, _REOPEN = "add", "left", "reopen"
_WHICH = "您登记过几件，是哪一件？"
_FACTS = forms.Form(
    name="facts_form",
    slots=("ticket_facts", "ticket_number", "ticket_move"),
    left="好的，不补充了。",
    unclear={"ticket_facts": "请把要补充的情况写下来，至少写几个字；不补充了就回“取消”。"},
    free_text=frozenset({"ticket_facts"}),
)
_ADD_OPENING = re.compile(
    r"^(我要|我想|我再|想|再|要)*(补充|增加|添加|追加)(一下|一点|点|几句)?(情况|材料|事实|内容|信息)?[：:，,。\s]*"
)
_SHORTEST = 4
_ANOTHER = re.compile(r"(?:还|再|另外|又)(?:想|要)?再?(?:投诉|反映|举报)")
_TICKET_WORDS = re.compile(r"投诉|工单|诉求|编号|举报|JS|反映|催办|撤回")


def status(talk: Talk, counter: Counter) -> Events:
    """Show one ticket by its number, or every ticket of this conversation."""
    if _ANOTHER.search(talk.text):
        return go_on_with("action_complaint_start")
    number, fault = _number(talk)
    if fault:
        talk.say(fault)
        return []
    if number:
        ticket = _found(talk, counter, number)
        if ticket:
            _show(talk, counter, ticket)
        return []
    tickets = counter.tickets.mine(talk.sender_id)
    closed = [ticket for ticket in tickets if ticket.state is State.CLOSED]
    if _SOMETHING_NEW.search(talk.text) and len(closed) == len(tickets) == 1:
        return add_to(talk, counter, closed[0])
    if not tickets and (asked := _something_else(talk, counter)) is not None:
        return asked
    if not tickets:
        talk.say(_NONE, buttons=[button("登记投诉和建议", "complaint")])
    for ticket in tickets[:5]:
        _show(talk, counter, ticket)
    return remember(topic="complaint_followup", misses=0)


def urge(talk: Talk, counter: Counter) -> Events:
    """Keep a 催办."""
    if not counter.tickets.mine(talk.sender_id) and (asked := _something_else(talk, counter)) is not None:
        return asked
    ticket = meant(talk, counter, "urge")
    if ticket is None:
        return []
    try:
        urged = counter.tickets.urge(ticket.public_no, talk.sender_id, talk.message_key)
    except NotAllowed as refused:
        talk.say(refusal(refused.reason))
        return []
    words = (
        f"已经催办（第 {urged.ticket.urged} 次），承办的人看得到。"
        if urged.counted
        else "今天已经催办过一次，这次也记下来了。"
    )
    talk.say(words + counter.tickets.told(urged.ticket))
    return []


def add(talk: Talk, counter: Counter) -> Events:
    """Add facts that stand in this message, or ask for them."""
    if not counter.tickets.mine(talk.sender_id) and (asked := _something_else(talk, counter)) is not None:
        return asked
    ticket = meant(talk, counter, "add_facts")
    if ticket is None:
        return []
    if words := str(talk.entity("words") or ""):  # typed right after the question, as the gateway hands it on
        return _add(talk, counter, ticket.public_no, words, _ADD)
    return add_to(talk, counter, ticket)


def add_to(talk: Talk, counter: Counter, ticket: Ticket) -> Events:
    """Add what this message tells to `ticket`, or ask for it; a closed one is opened again by it."""
    move = _REOPEN if ticket.state is State.CLOSED else _ADD
    if move == _REOPEN and not _in_time(counter, ticket):
        talk.say(refusal("too_late"), buttons=[button("登记投诉和建议", "complaint")])
        return []
    facts = _ADD_OPENING.sub("", talk.whole_text)
    if len(facts) >= _SHORTEST and facts != talk.whole_text and not talk.pressed:
        return _add(talk, counter, ticket.public_no, facts, move)
    return [
        *remember(ticket_number=ticket.public_no, ticket_move=move, ticket_facts=None),
        *go_on_with("facts_form"),
    ]


def validate_facts(talk: Talk, counter: Counter) -> Events:
    """Take what is to be added."""
    return forms.validate(talk, counter, _FACTS, _fill_facts)


def ask_facts(talk: Talk, counter: Counter) -> Events:
    """Ask for what is to be added."""
    number, move = talk.slot("ticket_number"), talk.slot("ticket_move")
    if move == LEFT:
        talk.say(_WHAT_IS_LEFT, buttons=[button("跳过", "cancel")])
        return []
    asked = _WHAT_IS_NEW if move == _REOPEN else "要给 {number} 补充什么？请直接写下来。"
    talk.say(asked.format(number=number), buttons=[button("取消", "cancel")])
    return []


def file_facts(talk: Talk, counter: Counter) -> Events:
    """Add what the form has taken; nothing when it was left."""
    facts, number = talk.slot("ticket_facts"), talk.slot("ticket_number")
    move = str(talk.slot("ticket_move") or _ADD)
    forget = remember(ticket_facts=None, ticket_number=None, ticket_move=None)
    return [*_add(talk, counter, number, facts, move), *forget] if facts and number else forget


def withdraw(talk: Talk, counter: Counter) -> Events:
    """Take a ticket back, after a second word."""
    if not counter.tickets.mine(talk.sender_id) and (asked := _something_else(talk, counter)) is not None:
        return asked
    ticket = meant(talk, counter, "withdraw")
    if ticket is None:
        return []
    if talk.entity("value") != "yes":
        yes = button("确定撤回", "withdraw", number=ticket.public_no, value="yes")
        talk.say(
            f"确定撤回 {ticket.public_no} 吗？撤回以后就不再办理。", buttons=[yes, button("不撤了", "deny")]
        )
        return []
    try:
        counter.tickets.withdraw(ticket.public_no, talk.sender_id, message_key=talk.message_key)
    except NotAllowed as refused:
        talk.say(refusal(refused.reason))
        return []
    talk.say(f"{ticket.public_no} 已经撤回，不再办理。以后想再提，随时说“我要投诉”。")
    return []


def _fill_facts(talk: Talk, counter: Counter) -> Events | None:
    text = talk.whole_text.strip()
    asking = asks_something(text) and talk.likeliest[1] > 0.5
    shortest = 1 if _is_asked(talk, counter) else _SHORTEST
    return None if len(text) < shortest or asking else remember(ticket_facts=text[:2000])


def _is_asked(talk: Talk, counter: Counter) -> bool:
    """Whether the ticket of the form waits for an answer: 有 or 交行 may be all of it."""
    number = str(talk.slot("ticket_number") or "")
    mine = counter.tickets.mine(talk.sender_id)
    return any(each.public_no == number and each.state is State.NEED_INFO for each in mine)


def _add(talk: Talk, counter: Counter, number: str, facts: str, move: str) -> Events:
    try:
        if move == _REOPEN:
            closed = counter.tickets.find(number, talk.sender_id)
            ticket = reopened(counter.tickets, closed, facts[:2000], talk.message_key)
        else:
            ticket = counter.tickets.add_facts(number, talk.sender_id, facts[:2000], talk.message_key)
    except (NotAllowed, NotFound, InvalidInput) as error:
        say_refused(talk, error)
        return []
    done = "新情况已经收到，" if move == _REOPEN else "已经补充到 "
    seen = "" if move == _REOPEN else "，承办的人看得到。"
    talk.say(f"{done}{ticket.public_no}{seen}{counter.tickets.told(ticket)}")
    return []


def say_refused(talk: Talk, error: DeskError) -> None:
    """Say why a ticket was not changed."""
    talk.say(refusal(error.reason) if isinstance(error, NotAllowed) else _NOT_HERE)


def meant(talk: Talk, counter: Counter, intent: str, state: State | None = None) -> Ticket | None:
    """Return the ticket that a message is about, of those in `state` where one is given.

    Says why when there is none, and asks when there are several.
    """
    number, fault = _number(talk)
    if fault:
        talk.say(fault)
        return None
    if number:
        return _found(talk, counter, number)
    every = counter.tickets.mine(talk.sender_id)
    fitting = [t for t in every if (t.state is state if state else t.state.open)]
    tickets = fitting or every
    if not tickets:
        talk.say(_NONE, buttons=[button("登记投诉和建议", "complaint")])
    if len(tickets) > 1:
        buttons = [
            button(f"{t.public_no} {t.narrative[:10]}", intent, number=t.public_no) for t in tickets[:6]
        ]
        talk.say(_WHICH, buttons=buttons)
    return tickets[0] if len(tickets) == 1 else None


def _something_else(talk: Talk, counter: Counter) -> Events | None:
    """Answer 能不能加急 as a question about the claim where there is no ticket to speak of."""
    if talk.pressed or _TICKET_WORDS.search(talk.text):
        return None
    looked = guide.second_look(talk, counter)
    if looked is not None:
        return looked
    topic = talk.next_best(counter.guide.topics)
    return guide.answer_about(talk, counter, topic) if topic else None


def _number(talk: Talk) -> tuple[str | None, str]:
    given = talk.entity("number")
    if given:
        return str(given), ""
    try:
        return find_number(talk.text), ""
    except InvalidInput:
        return None, _WRONG_NUMBER


def _found(talk: Talk, counter: Counter, number: str) -> Ticket | None:
    try:
        return counter.tickets.find(number, talk.sender_id)
    except NotFound:
        talk.say(_NOT_HERE)
    except InvalidInput:
        talk.say(_WRONG_NUMBER)
    return None


def _show(talk: Talk, counter: Counter, ticket: Ticket) -> None:
    buttons = []
    if ticket.state.open:
        names = (("催办", "urge"), ("补充情况", "add_facts"), ("撤回", "withdraw"))
        usual = [button(title, intent, number=ticket.public_no) for title, intent in names]
        first = choices(ticket)
        buttons = [*first, *(each for each in usual if each not in first)]
    elif _in_time(counter, ticket):
        buttons = choices(ticket)
    told = counter.tickets.told(ticket)
    if ticket.merged_into:
        told += along(counter.tickets.read(ticket.merged_into), counter.tickets.clock, today())
    talk.say("", ticket_card(ticket, told, counter.categories.name(ticket.category)), buttons)


def _in_time(counter: Counter, ticket: Ticket) -> bool:
    return today() <= counter.tickets.clock.reopening(ticket).day


ACTIONS = {
    "action_ticket_status": status,
    "action_ticket_urge": urge,
    "action_ticket_add": add,
    "action_ticket_withdraw": withdraw,
    "validate_facts_form": validate_facts,
    "action_ask_facts_form_ticket_facts": ask_facts,
    "action_ticket_file_facts": file_facts,
}
