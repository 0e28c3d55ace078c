"""Turns what the desk answers into message bodies: text, a card and buttons, the same for every door.

A body is `{"text": str, "card": dict | None, "buttons": [{"title", "payload"}]}`; a card has the keys that
the README lists under 接口. Payloads are Rasa's: `/intent{"entity": "value"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.buttons import button as button
from desk.claims import Assessment, ClaimStatus
from desk.guide import Answer, NotRecorded
from desk.offices import Ambiguous, Found, NoOffice, Office
from desk.offices import Answer as OfficeAnswer
from desk.regions import Button, Source
from desk.tickets import Advice, State, Ticket
from desk.tickets.triage import DANGER

Body = dict[str, Any]


# The usual first choices, for the beginning and whenever a matter is over.
FIRST = (
    button("要带什么材料", "materials"),
    button("怎么申领", "process"),
    button("找经办机构", "office"),
    button("查我的进度", "status"),
    button("投诉和建议", "complaint"),
)


def card_button(next_question: Button | Answer) -> dict[str, str]:
    """Return the button for a next question; one that asks for the whole topic names no aspect."""
    aspect = {} if next_question.aspect == "overview" else {"aspect": next_question.aspect}
    return button(next_question.title, next_question.topic, **aspect)


def answer_body(answer: Answer, note: str = "") -> Body:
    """Return an answer card; `note` is what else the door has to say about this question."""
    buttons = [
        card_button(b) for b in answer.buttons if not (answer.progress and b.aspect.startswith("step"))
    ]
    if answer.progress:
        buttons = [*_step_buttons(answer.progress.step, answer.progress.of), *buttons]
    card = {
        "kind": answer.kind,
        "title": answer.title,
        "label": answer.label,
        "lines": list(answer.lines),
        "ordered": answer.ordered,
        "note": "".join((answer.note, note)),
        "scope": answer.scope,
        "sources": [_source(source) for source in answer.sources],
        "since": answer.since.isoformat() if answer.since else None,
        "checked": answer.checked.isoformat(),
        "progress": {"step": answer.progress.step, "of": answer.progress.of} if answer.progress else None,
    }
    return {"text": "", "card": card, "buttons": buttons}


def work_named(source: Mapping[str, str]) -> str:
    """Return a source of a card as people name it: 《…》（文号）第三条."""
    title = f"《{source['title'].strip('《》')}》" if source["title"] else ""
    number = f"（{source['number']}）" if source["number"] else ""
    return f"{title}{number}{source['clause']}"


def basis_text(answer: Answer) -> str:
    """Say on what an answer rests, and who can say more."""
    named = "；".join(work_named(_source(source)) for source in answer.sources)
    whom = f"{answer.hotline.phone}（{answer.hotline.name}）"
    return (
        f"{answer.label}“{answer.title}”依据的是：{named}（适用：{answer.scope}）。"
        f"为什么这样定，我这里没有更多记录，不能乱猜；想问清楚，请拨打{whom}。"
    )


def not_recorded_body(found: NotRecorded) -> Body:
    """Say that nothing is recorded, and whom to call."""
    whom = f"{found.hotline.phone}（{found.hotline.name}）"
    text = f"我这里没有记录{found.region}这件事的规定，不能乱说。请拨打{whom}问一下。"
    return {"text": text, "card": None, "buttons": []}


def office_body(found: OfficeAnswer) -> Body:
    """Return the office of a place, a question back, or an honest no."""
    if isinstance(found, Found):
        return {"text": "", "card": office_card(found.office, found.note, found.advice), "buttons": []}
    if isinstance(found, Ambiguous):
        text = f"“{found.place}”可能归不同的经办机构。{found.note}您最后是在哪里参保的？"
        choices = [button(c.title, "office", **_choice(c.row, c.title)) for c in found.candidates]
        return {"text": text, "card": None, "buttons": choices}
    if isinstance(found, NoOffice):
        card = office_card(found.fallback, "", found.advice)
        near = [button(c.title, "office", **_choice(c.row, c.title)) for c in found.near]
        text = f"{found.reason}\n也可以拨打{found.hotline.phone}（{found.hotline.name}），或先问市里的中心："
        return {"text": text, "card": card, "buttons": near}
    return {"text": _WHERE, "card": None, "buttons": []}


_WHERE = "您最后是在昆明哪个区（县）交的社保？告诉我区县、街道或者附近的地名都行。"


def all_offices_body(offices: tuple[Office, ...]) -> Body:
    """Ask where the person was last insured, with every office as a button."""
    buttons = [button(office.district, "office", row=office.row) for office in offices]
    return {"text": _WHERE, "card": None, "buttons": buttons}


def office_card(office: Office, note: str = "", advice: str = "") -> dict[str, Any]:
    """Return the card of one office, with the later dated value beside the guide's where there is one."""
    fields, phones = _office_values(office)
    sources = [office.source, *([office.later.source] if office.later else [])]
    undated = "" if office.source_date else "指南没有写日期。"
    return {
        "kind": "office",
        "title": office.name,
        "fields": [{"name": name, "value": value} for name, value in fields],
        "lines": [line for line in (note, office.note) if line],
        "phones": [{"name": name, "number": number} for name, number in phones],
        "note": f"{advice}{undated}",
        "since": office.source_date.isoformat() if office.source_date else None,
        "scope": "昆明市" if not office.district else office.district,
        "sources": [_source(source) for source in sources],
        "checked": office.checked.isoformat(),
    }


def _office_values(office: Office) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Fields and phones of an office; what was published later, with its date, before what the guide says."""
    fields = [("发放银行", office.bank), ("地址", office.address), ("全称", office.full_name)]
    phones = [(office.name, number) for number in office.dialled]
    later = office.later
    if later:
        day = f"{later.date.isoformat()}公布"
        newer = (("地址", later.address), ("时间", later.hours), ("带什么", later.bring))
        old = [("原来的地址", office.address), ("原来的电话", "、".join(office.phones))]
        fields = [*((name, value) for name, value in newer), fields[0], ("以上地址、电话", day), *old]
        phones = [*((f"{office.name}（{day}）", number) for number in later.phones)]
        phones += [("指南上原来的电话", number) for number in office.dialled]
    return [(name, value) for name, value in fields if value], phones


def office_detail(office: Office, field: str, advice: str) -> Body:
    """Return one thing about an office, `phones`, `bank` or `address`, in a sentence, with its card."""
    newer = office.later if field != "bank" else None
    # What was published later need not tell everything anew.
    value = (getattr(newer, field) if newer else None) or getattr(office, field)
    value = "、".join(value) if field == "phones" else value
    name = {"phones": "电话", "bank": "发放银行", "address": "地址"}[field]
    text = f"{office.name}的{name}：{value}"
    return {"text": text, "card": office_card(office, advice=advice), "buttons": []}


def claim_card(status: ClaimStatus, assessment: Assessment, office: Office) -> dict[str, Any]:
    """Return the card of a claim: stage, working days used, latest date, and what can be done now."""
    estimated = "（预计，当年的放假安排还没有公布）" if assessment.estimated else ""
    late = "，已过最晚日期" if assessment.late else ""
    fields = [
        ("办到哪一步", status.stage.label),
        ("提交日期", status.submitted_on.isoformat()),
        ("审核用了", f"{assessment.used} 个工作日（最多 {assessment.allowed} 个{late}）"),
        ("最晚审完", f"{assessment.latest.isoformat()}{estimated}"),
        ("审核日期", status.decided_on.isoformat() if status.decided_on else ""),
        ("不通过的原因", status.reason),
        ("开始", status.start.isoformat() if status.start else ""),
        ("终止", status.end.isoformat() if status.end else ""),
        ("金额", f"每月 {status.amount} 元" if status.amount else ""),
        ("经办机构", office.name),
        ("登记更新", status.updated_on.isoformat() if status.updated_on else ""),
    ]
    return {
        "kind": "claim",
        "title": "您的失业保险金申请",
        "label": "演示数据，不是真实的申请" if status.demo else "",
        "fields": [{"name": name, "value": value} for name, value in fields if value],
        "lines": [step.text for step in assessment.steps],
        "phones": [{"name": name, "number": number} for name, number in _office_values(office)[1]],
        "note": "以经办机构核定为准。",
        "sources": [{"title": "社会保险经办条例", "clause": "第二十四条", "number": ""}],
        "scope": "全国",
    }


def ticket_card(ticket: Ticket, told: str, category: str, promise: str = "") -> dict[str, Any]:
    """Return the card of a ticket as its own reporter sees it."""
    due = f"{ticket.due.year}年{ticket.due.month}月{ticket.due.day}日" if ticket.due else ""
    waits = ticket.state.open and ticket.state is not State.REPLIED
    estimated = "（预计）" if ticket.due_estimated else ""
    fields = [
        ("编号", ticket.public_no),
        ("进度", ticket.state.label),
        ("答复期限", f"{due}{estimated}" if due and waits else ""),
        ("类别", f"{ticket.kind.label} · {category}"),
        ("反映内容", ticket.narrative),
        ("催办", f"{ticket.urged} 次" if ticket.urged else ""),
    ]
    return {
        "kind": "ticket",
        "title": f"诉求 {ticket.public_no}",
        "fields": [{"name": name, "value": value} for name, value in fields if value],
        "lines": [told],
        "note": promise,
    }


def advice_body(advice: Advice) -> Body:
    """Return what has to be said before anything else, with the numbers to call."""
    card = {
        "kind": "card",
        "title": "先顾好自己，请看这里" if advice.route == DANGER else "请先看这里",
        "lines": list(advice.lines),
        "phones": [{"name": name, "number": number} for name, number in advice.phones],
        "sources": [{"title": "", "clause": advice.source, "number": ""}],
    }
    return {"text": "", "card": card, "buttons": []}


def _choice(row: int | None, title: str) -> dict[str, Any]:
    return {"row": row} if row is not None else {"value": title}


def _step_buttons(step: int, of: int) -> list[dict[str, str]]:
    buttons = []
    if step < of:
        buttons.append(button("下一步", "which_step", step=step + 1))
    if step > 1:
        buttons.append(button("上一步", "which_step", step=step - 1))
    return [*buttons, button("全部步骤", "all_steps")]


def _source(source: Source) -> dict[str, str]:
    return {"title": source.title, "clause": source.clause, "number": source.number}
