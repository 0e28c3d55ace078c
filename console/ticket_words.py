"""The queue in words for staff: names of moves, of fields, and one sentence for each line of history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.tickets import Categories, Event, Kind
from desk.tickets.terms import Refusal, Resolution, Role, Satisfaction, Tag, Verdict, Way

MOVES: Mapping[str, str] = {
    "open": "提交了诉求",
    "accept": "受理",
    "reject": "不予受理",
    "ask": "请市民补充",
    "answer": "回答了补充的问题",
    "resume": "不再等补充",
    "classify": "更正分类",
    "dispatch": "派单",
    "sign": "签收",
    "dispute": "提派单异议",
    "rule": "裁定承办单位",
    "assist": "增加协办单位",
    "contact": "记录联系",
    "ask_extension": "申请延期",
    "approve_extension": "同意延期",
    "refuse_extension": "不同意延期",
    "reply": "答复市民",
    "ask_verdict": "回访",
    "close": "办结",
    "redo": "退回重办",
    "object": "再次表示没有解决",
    "restart": "开始重新办理",
    "merge": "并入另一张工单",
    "withdraw": "撤回",
    "refer": "转出",
    "reopen": "重新打开",
    "urge": "催办",
    "add_facts": "补充情况",
    "tag": "加标签",
    "untag": "去掉标签",
    "join": "另一张工单并进来",
    "escalate": "提醒期限",
}
FIELDS: Mapping[str, str] = {
    "kind": "诉求类型",
    "category": "分类",
    "district": "区县",
    "title": "标题",
    "std_code": "标准分类代码",
    "priority": "是否紧急",
    "unit_main": "承办单位",
    "accused_unit": "被反映的单位（要回避）",
    "units_assist": "协办单位",
    "reason": "理由",
    "question": "要问市民的问题",
    "facts": "情况",
    "assignee": "经办人",
    "suggested_unit": "建议的承办单位",
    "reply_text": "答复内容",
    "reply_basis": "依据",
    "resolution": "办理结果",
    "contact": "联系情况",
    "contact_tries": "联系了几次",
    "merged_into": "并入的工单编号",
    "referred_to": "转往的单位",
    "receipt": "回执号",
    "channel_text": "应走的渠道",
    "solved": "解决了吗",
    "satisfied": "满意吗",
    "comment": "市民的话",
    "days": "延长几个工作日",
    "tag": "标签",
    "reached": "联系上了吗",
    "level": "程度",
    "text": "内容",
    "note": "备注",
    "way": "怎么联系的",
    "merged_from": "并入的工单",
}
_UNTOLD = {"counted", "narrative", "sender_id", "id", "source_msg_id"}  # said otherwise, or nobody's business
_ESCALATED = {1: "快到期了", 2: "已经超期", 3: "超期多日，提醒上级"}


def label_of(terms: type[Any], code: str) -> str:
    """Return the name of a code; the code itself when there is none."""
    return next((str(term.label) for term in terms if term.value == code), code)


@dataclass(frozen=True)
class Line:
    """One line of history: who did what when, and the fields that were given, each as name and value."""

    who: str
    what: str
    at: datetime
    given: tuple[tuple[str, str], ...]
    to_state: str


_FOR_CITIZEN = "替市民登记了诉求"


def _by_staff(event: Event) -> bool:
    return event.move == "open" and event.actor_role != Role.CITIZEN.value


class History:
    """Words events. `name_of` gives the shown name of a member of staff for an id."""

    def __init__(self, categories: Categories, name_of: Callable[[str], str]) -> None:
        self._categories = categories
        self._name_of = name_of

    def line(self, event: Event) -> Line:
        """Return one event in words."""
        given = () if event.move == "open" else tuple(self._given(event))
        moved = event.from_state is not event.to_state
        return Line(
            self.who(event.actor_role, event.actor_id),
            _FOR_CITIZEN if _by_staff(event) else MOVES.get(event.move, event.move),
            event.at,
            given,
            event.to_state.label if moved else "",
        )

    def who(self, role: str, actor_id: str) -> str:
        """Return `座席07`, `承办02`, 市民 or 系统; the role alone of somebody whose account is gone."""
        label = label_of(Role, role)
        if role in (Role.CITIZEN.value, Role.SYSTEM.value):
            return label
        return self._name_of(actor_id) or label

    def _given(self, event: Event) -> list[tuple[str, str]]:
        told = [
            (name, value)
            for name, value in event.given.items()
            if name not in _UNTOLD and value not in ("", None)
        ]
        return [(FIELDS.get(name, name), self.value(name, value)) for name, value in told]

    def value(self, name: str, value: Any) -> str:
        """Return the value of a field as staff read it."""
        if name == "category":
            return self._categories.name(str(value))
        if name == "assignee":
            return self._name_of(str(value)) or str(value)
        if name in _CODES:
            return _CODES[name](value)
        if isinstance(value, (list, tuple)):
            return "、".join(map(str, value))
        return str(value)


def _reason(code: Any) -> str:
    return label_of(Refusal, str(code))


# How the values of fields that hold codes are read.
_CODES: Mapping[str, Callable[[Any], str]] = {
    "reason": _reason,
    "kind": lambda code: label_of(Kind, str(code)),
    "tag": lambda code: label_of(Tag, str(code)),
    "resolution": lambda code: label_of(Resolution, str(code)),
    "solved": lambda code: label_of(Verdict, str(code)),
    "satisfied": lambda code: label_of(Satisfaction, str(code)),
    "priority": lambda code: "紧急" if code else "一般",
    "reached": lambda code: "联系上了" if code else "没有联系上",
    "way": lambda code: label_of(Way, str(code)),
    "level": lambda code: _ESCALATED.get(code, str(code)),
    "days": lambda code: f"{code}个工作日",
    "contact_tries": lambda code: f"{code}次",
}
