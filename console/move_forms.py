"""Each move of the queue as a small form with exactly its fields, filled in with what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.basis import bases_for
from console.dispatch_units import Units
from console.ticket_words import FIELDS, MOVES
from desk.counter import Counter
from desk.staff import Staff
from desk.tickets import Kind, Ticket
from desk.tickets.tables import longest
from desk.tickets.terms import Refusal, Resolution, Role, Satisfaction, Tag, Verdict, Way
from desk.tickets.workflow import Move

Options = Sequence[Any]  # pairs of code and name; the cards of a basis

# What somebody usually does next stands open; the rest is folded up behind it.
_USUAL = (
    *("accept", "dispatch", "rule", "approve_extension", "refuse_extension", "sign", "restart", "reply"),
    *("close", "redo", "reopen", "resume"),
)
# Hard to take back: asked again, with what happens.
_DANGEROUS: Mapping[str, str] = {
    "reject": "不予受理后这张工单就结束了，市民会收到理由和应走的渠道。确定吗？",
    "merge": "并单后这张工单就结束了，两位市民都会收到通知。确定是同一件事吗？",
    "refer": "转出后这张工单就结束了，市民会收到去向和回执号。确定吗？",
    "close": "办结后市民会收到通知，30天内有新情况还可以重新打开。确定办结吗？",
    "dispute": "派单异议只能提一次，由督办主管裁定。确定要提吗？",
    "refuse_extension": "市民会收到“没有同意延期”的通知。确定吗？",
}
_TOLD: Mapping[str, str] = {
    "accept": "受理后定下分类和承办单位，市民会收到答复期限。",
    "ask": "市民会在聊天里看到这个问题，答复期限不停。",
    "dispatch": "承办单位的期限从派单算起，市民会收到通知。",
    "sign": "签收后由您的单位办理。",
    "reply": "答复内容和依据会原样发给市民，请写完整、写清楚。",
    "contact": "写进联系记录，市民看不到。",
    "add_facts": "写进工单，承办单位看得到。",
    "ask_extension": "只能延一次，在到期前由督办主管审批；同意后理由会告诉市民。",
    "ask_verdict": "在聊天里再问一次市民：解决了吗，满意吗。",
    "tag": "标签可以随时去掉。",
    "close": "照市民说的选。市民没有回音的，满期限后选“未评价”，不能算解决。",
    "redo": "退回原来的承办单位重新办理，市民会收到通知。",
    "assist": "协办单位看得到这张工单，答复仍由承办单位负责。",
    "classify": "派单之前可以改；答复期限不因为改类型而变长。",
    "approve_extension": "同意后市民会收到新的期限和申请延期的理由。",
}
_HINTS: Mapping[str, str] = {
    "contact": "什么时候、怎么联系的市民，市民怎么说。",
    "channel_text": "告诉市民该找哪里：单位、电话、地址。会原样发给市民。",
    "title": "不改就不填。",
    "std_code": "12345 诉求分类代码，没有就不填。",
    "merged_into": "另一张工单的编号。两张要是同一件事。",
    "receipt": "接收单位给的回执号。",
}
_LONG = frozenset({"reply_text", "question", "facts", "channel_text", "reason", "comment", "note", "contact"})


@dataclass(frozen=True)
class Control:
    """One field: `kind` is select, checks, area, text, number, hidden or basis."""

    name: str
    label: str
    kind: str
    value: Any = ""
    options: Options = ()
    required: bool = False
    hint: str = ""
    longest: int = 2000


@dataclass(frozen=True)
class Form:
    """A move that may be made now. `usual` ones stand open; `confirm` is asked before."""

    move: str
    label: str
    controls: tuple[Control, ...]
    usual: bool
    told: str
    confirm: str

    @property
    def stuck(self) -> bool:
        """Whether something has to be chosen and there is nothing to choose from."""
        return any(
            each.required and each.kind in ("select", "checks") and not each.options for each in self.controls
        )


class Forms:
    """The forms of one ticket for one member of staff."""

    def __init__(self, counter: Counter, ticket: Ticket, staff: Staff, units: Units, merge: str = "") -> None:
        """Take the units that the ticket may go to, and the number of a ticket to merge into."""
        self._counter = counter
        self._ticket = ticket
        self._staff = staff
        self._units = units
        self._merge = merge

    def all(self) -> list[Form]:
        """Return the moves that may be made now, the usual ones first."""
        forms = [self.form(move) for move in self._counter.tickets.moves_for(self._ticket, self._staff.actor)]
        places = {name: place for place, name in enumerate(_USUAL)}
        forms = [form for form in forms if not form.stuck]
        return sorted(forms, key=lambda form: places.get(form.move, len(places)))

    def form(self, move: Move) -> Form:
        """Return the form of one move."""
        controls = [
            self._control(move, name, name in move.required) for name in move.required + move.optional
        ]
        return Form(
            move.name,
            MOVES.get(move.name, move.name),
            tuple(controls),
            move.name in _USUAL,
            _TOLD.get(move.name, ""),
            _DANGEROUS.get(move.name, ""),
        )

    def _control(self, move: Move, name: str, required: bool) -> Control:
        special = self._special(move, name)
        if special is None:
            kind = "area" if name in _LONG else "text"
            special = Control(name, FIELDS.get(name, name), kind, hint=_HINTS.get(name, ""))
        known = {"merged_into": self._merge, "referred_to": self._units.refer_to}
        if name in known:
            special = replace(special, value=known[name])
        if name == "channel_text":
            special = replace(special, value=self._channel())
        if move.name == "classify" and name not in ("reason", "title", "accused_unit"):
            special = replace(special, value=str(getattr(self._ticket, name)))
        return replace(special, required=required, longest=longest(name))

    def _special(self, move: Move, name: str) -> Control | None:
        """The fields that are chosen from a list or known already."""
        make = _CHOICES.get(name)
        if name == "reason" and move.name == "reject":
            return _select(name, _options(Refusal))
        if make is None:
            return None
        return make(self, move)

    def _channel(self) -> str:
        """What the triage says about where such a matter belongs, for a refusal to begin with."""
        advice = self._counter.triage.look(self._ticket.narrative)
        if advice is None:
            return ""
        phones = "、".join(f"{name} {number}" for name, number in advice.phones)
        return " ".join((*advice.lines, f"电话：{phones}。" if phones else "")).strip()

    def _category(self, move: Move) -> Control:
        codes = self._counter.categories.codes()
        options = [(code, self._counter.categories.name(code)) for code in codes]
        return _select("category", options, self._ticket.category)

    def _district(self, move: Move) -> Control:
        names = list(dict.fromkeys(office.district for office in self._counter.offices.all()))
        return _select("district", [(name, name) for name in names], self._ticket.district)

    def _unit(self, move: Move) -> Control:
        # What somebody has decided or asked for comes before the catalogue.
        decided = {"rule": self._asked_unit, "dispatch": lambda: self._ticket.unit_main}
        found = decided[move.name]() if move.name in decided else ""
        chosen = found if found in self._units.allowed else self._units.suggested
        hint = " ".join(filter(None, (self._units.why, self._units.barred)))
        return replace(_select("unit_main", self._unit_options(), chosen), hint=hint)

    def _asked_unit(self) -> str:
        events = self._counter.tickets.history(self._ticket)
        asked = [event.given["suggested_unit"] for event in events if event.move == "dispute"]
        return asked[-1] if asked else ""

    def _accused(self, move: Move) -> Control:
        ticket, units = self._ticket, self._counter.catalogue.units
        known = next((unit for unit in units if ticket.accused_unit.startswith(unit)), "")
        control = _select("accused_unit", [(unit, unit) for unit in units], known)
        return replace(
            control, hint="市民反映的就是这个单位时选上，工单不派给它。窗口与电话服务类自动算该区县。"
        )

    def _suggested_unit(self, move: Move) -> Control:
        others = [(unit, label) for unit, label in self._unit_options() if unit != self._staff.unit]
        return replace(_select("suggested_unit", others), hint=self._units.barred)

    def _assisting(self, move: Move) -> Control:
        others = [
            (unit, label)
            for unit, label in self._unit_options()
            if unit not in (self._ticket.unit_main, *self._ticket.units_assist) or move.name == "dispatch"
        ]
        return Control("units_assist", FIELDS["units_assist"], "checks", (), others, hint=self._units.barred)

    def _unit_options(self) -> Options:
        return [(unit, unit) for unit in self._units.allowed]

    def _assignee(self, move: Move) -> Control:
        colleagues = [
            (person.id, f"{person.shown_name}（我）" if person.id == self._staff.id else person.shown_name)
            for person in self._counter.accounts.all()
            if person.role is Role.HANDLER and person.unit == self._staff.unit and not person.disabled
        ]
        return _select("assignee", colleagues, self._staff.id)

    def _resolution(self, move: Move) -> Control:
        ended = {Resolution.WITHDRAWN, Resolution.REPEATED}
        return _select("resolution", [(each.value, each.label) for each in Resolution if each not in ended])

    def _basis(self, move: Move) -> Control:
        found = bases_for(self._counter, self._ticket.narrative)
        return Control("reply_basis", "依据（哪条规定）", "basis", "", found[:3])

    def _days(self, move: Move) -> Control:
        most = self._counter.tickets.clock.limits["extension"].days
        return Control(
            "days", FIELDS["days"], "select", "", [(str(n), f"{n}个工作日") for n in range(1, most + 1)]
        )

    def _tag(self, move: Move) -> Control:
        on = move.name == "untag"
        return _select(
            "tag", [(tag.value, tag.label) for tag in Tag if (tag.value in self._ticket.tags) is on]
        )


def _select(name: str, options: Options, value: str = "") -> Control:
    return Control(name, FIELDS.get(name, name), "select", value, options)


def _options(terms: type[Any]) -> Options:
    return [(term.value, term.label) for term in terms]


_CHOICES: Mapping[str, Callable[[Forms, Move], Control]] = {
    "category": Forms._category,
    "district": Forms._district,
    "unit_main": Forms._unit,
    "suggested_unit": Forms._suggested_unit,
    "units_assist": Forms._assisting,
    "accused_unit": Forms._accused,
    "assignee": Forms._assignee,
    "resolution": Forms._resolution,
    "days": Forms._days,
    "tag": Forms._tag,
    "reply_basis": Forms._basis,
    "kind": lambda forms, move: _select("kind", _options(Kind)),
    "priority": lambda forms, move: _select("priority", [("0", "一般"), ("1", "紧急")]),
    "solved": lambda forms, move: _select("solved", _options(Verdict)),
    "satisfied": lambda forms, move: _select("satisfied", _options(Satisfaction)),
    "way": lambda forms, move: _select("way", _options(Way), Way.PHONE.value),
    "reached": lambda forms, move: _select("reached", [("yes", "联系上了"), ("no", "没有联系上")]),
}
