"""What a citizen is told about a ticket: one place for the sentences, filled in from the ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from desk.tickets.clock import Clock, due_text
from desk.tickets.record import Ticket
from desk.tickets.terms import Refusal, Resolution, State, Verdict

# What a citizen hears when a move is not possible; the keys are the reasons of `NotAllowed`.
REFUSALS: Mapping[str, str] = {
    "wrong_state": "这张工单现在的进度做不了这个操作。",
    "report_stays": "举报不能撤回：它关系到的不只是您一个人。有新的情况可以继续补充。",
    "others_joined": "别人反映的同一件事已经并到这张工单里，它要继续办理，不能撤回。",
    "too_late": "办结已经超过30天，不能再申请重新办理。您可以把新情况作为一件新的事情提交。",
    "too_early": "还没有到可以这样处理的时候。",
    "supervisor_decides": "您的意见已经收到。第二次退回要由督办人员决定。",
    "missing:facts": "请写明新的情况是什么，这样才能重新办理。",
}
_DISAGREED = "答复：{reply_text}{basis} 您说没有解决，督办人员正在看，结果会在这里告诉您。"
# The name of the card at the end of a basis is for staff: `…第二十四条（china.review_time.working_days）`.
_CARD = re.compile(r"（[a-z_]+(?:\.[a-z0-9_]+)+）$")
REFUSED = "这个操作现在做不了。可以拨打 12333 询问。"


def refusal(reason: str) -> str:
    """Return the sentence for a reason of `NotAllowed`."""
    return REFUSALS.get(reason, REFUSED)


def told(ticket: Ticket, clock: Clock, today: date) -> str:
    """Return what the citizen reads about the state of `ticket` today."""
    disagreed = ticket.state is State.REPLIED and ticket.solved == Verdict.NO.value
    return (_DISAGREED if disagreed else ticket.state.told).format(
        accept=due_text(clock.acceptance(ticket), today),
        due=due_text(clock.citizen(ticket), today),
        reopen=due_text(clock.reopening(ticket), today),
        unit=ticket.unit_main or "承办单位",
        question=ticket.question,
        reply_text=ticket.reply_text,
        basis=_basis(ticket),
        resolution=_label(Resolution, ticket.resolution),
        reason=_label(Refusal, ticket.reason),
        channel_text=ticket.channel_text,
        referred_to=ticket.referred_to,
        receipt=ticket.receipt,
    )


def _basis(ticket: Ticket) -> str:
    """Return `（依据：社会保险经办条例 第二十四条）`, empty when none was named."""
    named = _CARD.sub("", ticket.reply_basis.strip())
    return f"（依据：{named}）" if named else ""


def along(main: Ticket, clock: Clock, today: date) -> str:
    """Return what the reporter of a merged ticket reads about the main one: never a question."""
    if main.state is State.REPLIED:
        return f"合并办理的事项有了答复：{main.reply_text}{_basis(main)}"
    if main.state is State.CLOSED:
        ended = f"合并办理的事项已办结（{_label(Resolution, main.resolution)}）。{main.reply_text}"
        return f"{ended} 如果您的情况还没有解决，可以重新提交一件。"
    if main.state is State.NEED_INFO:
        return "合并办理的事项正在等补充情况。"
    return f"合并办理的事项：{told(main, clock, today)}"


def promise(clock: Clock, ticket: Ticket) -> str:
    """Return the sentence that says whose promise the time limit is."""
    limit = clock.promise(ticket)
    days = f"{limit.days}个{limit.unit}内答复"
    return f"{days}是本服务自己的承诺，不是法律规定的期限。" if limit.own else f"{days}：{limit.source}。"


def _label(terms: type[Resolution] | type[Refusal], code: str) -> str:
    return next((term.label for term in terms if term.value == code), code)
