"""Many tickets with likely lives, the same for the same seed: made of events by the real fold, added in bulk.

For measuring with a full database, and for holding figures against lists on random data.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Connection, Engine

from desk.tickets import Categories, Clock, Complaint, Kind, load_limits
from desk.tickets.fold import apply, opening
from desk.tickets.limit_table import Limits
from desk.tickets.number import make_number
from desk.tickets.record import Event, Ticket
from desk.tickets.tables import TicketDayRow, TicketEventRow, TicketRow, event_row, to_row
from desk.tickets.terms import State
from desk.workdays import Workdays, china_day

_BATCH = 2000  # tickets of one transaction
_DATA = Path(__file__).parents[2] / "data"
DISTRICTS = (
    *("五华区", "盘龙区", "官渡区", "西山区", "呈贡区", "东川区", "晋宁区", "安宁市", "富民县"),
    *("宜良县", "嵩明县", "石林县", "禄劝县", "寻甸县", "高新区", "经开区", "昆明市本级"),
)
_KINDS = (Kind.COMPLAINT, Kind.HELP, Kind.CONSULT, Kind.ADVICE, Kind.REPORT)
_SAID = (
    "申请提交以后一直显示审核中，到今天还没有结果。",
    "网上申领到人脸识别这一步总是不通过，换了手机也一样。",
    "窗口说材料不齐，让我回去补，回去又说不需要。",
    "上个月的待遇没有到账，银行说没有收到这一笔。",
    "单位把停保原因填成了本人意愿，实际是合同到期不续。",
    "打了几次电话都没有人接，接通了又说不归他们管。",
    "代缴的医保这个月断了，看病不能报销。",
    "建议把办理进度发到手机上，不用天天去问。",
)
_MORE = ("希望尽快给一个说法。", "我已经跑了三趟。", "请告诉我该找谁。", "家里等着这笔钱用。", "谢谢。")


@dataclass
class _Life:
    """One ticket on its way; what would happen after `end` does not."""

    chance: random.Random
    end: datetime
    now: datetime
    ticket: Ticket | None = None
    events: list[Event] = field(default_factory=list)

    def step(self, move: str, to: State | None, role: str, hours: float, **given: Any) -> bool:
        """Let `move` happen about `hours` later; tell whether that was before the end."""
        self.now += timedelta(hours=self.chance.expovariate(1 / hours)) if hours else timedelta()
        if self.now > self.end:
            return False
        before = self.ticket.state if self.ticket else None
        seq = len(self.events) + 1
        state = to or before or State.SUBMITTED
        event = Event(seq, move, before, state, role, f"{role}{self.chance.randrange(9)}", given, self.now)
        self.ticket = apply(self.ticket, event)
        self.events.append(event)
        return True


def lives(count: int, seed: int, end: datetime, days: int) -> Iterator[tuple[Ticket, list[Event]]]:
    """Yield `count` tickets, filed over the `days` before `end`, each with its events."""
    chance = random.Random(seed)  # the same tickets for the same seed
    codes = Categories.load(_DATA / "categories.yml").codes()
    clock = Clock(Workdays(_DATA / "calendar"), Limits(load_limits(_DATA / "limits.yml")))
    places: Counter[date] = Counter()
    ages = sorted((chance.uniform(60, days * 86400) for _ in range(count)), reverse=True)  # in seconds
    for number, age in enumerate(ages):
        life = _Life(chance, end, end - timedelta(seconds=age))
        day = china_day(life.now)
        places[day] += 1
        _open(life, number, make_number(day, places[day]), chance.choice(codes))
        _live(life)
        assert life.ticket is not None
        yield clock.on(life.ticket), life.events


def _open(life: _Life, number: int, public_no: str, code: str) -> None:
    chance = life.chance
    district = chance.choices(DISTRICTS, weights=range(len(DISTRICTS), 0, -1))[0]
    said = chance.choice(_SAID) + "".join(chance.choices(_MORE, k=chance.randrange(5))) * chance.randint(1, 3)
    tags = [
        tag for tag in ("stuck", "late_review", "attitude", "repeat", "sensitive") if chance.random() < 0.03
    ]
    complaint = Complaint(
        chance.choices(_KINDS, weights=(40, 30, 20, 7, 3))[0],
        said,
        category=code,
        district=district if chance.random() < 0.97 else "",
        accused_unit=chance.choice(DISTRICTS) if chance.random() < 0.05 else "",
        accused_person=f"handler{chance.randrange(9)}" if chance.random() < 0.02 else "",
        anonymous=chance.random() < 0.05,
        tags=tuple(tags),
        priority=int(chance.random() < 0.05),
    )
    identity = {
        **{"id": f"{chance.getrandbits(128):032x}", "public_no": public_no, "phone_masked": ""},
        **{
            "sender_id": f"c{chance.randrange(1 + 2 * number)}",
            "channel": "web",
            "source_msg_id": f"m{number}",
        },
    }
    life.step("open", State.SUBMITTED, "citizen", 0, **opening(complaint, **identity))


def _live(life: _Life) -> None:
    """From acceptance to the end, with the detours that tickets take; one in twenty gets stuck somewhere."""
    chance, ticket = life.chance, life.ticket
    assert ticket is not None
    unit = chance.choice([each for each in DISTRICTS if each != ticket.accused_unit])
    if chance.random() < 0.04:
        move, state, role = chance.choice(_ENDS)
        life.step(move, state, role, 8, **_ENDINGS[move])
        return
    steps = [*_accepted(chance, ticket, unit), *_worked(chance, unit), *_ended(chance)]
    if chance.random() < 0.05:
        steps = steps[: chance.randrange(len(steps))]
    for name, to, who, hours, given in steps:
        if not life.step(name, to, who, hours, **given):
            return


_Step = tuple[str, "State | None", str, float, dict[str, Any]]
_ENDS = (
    ("reject", State.REJECTED, "agent"),
    ("withdraw", State.WITHDRAWN, "citizen"),
    ("refer", State.REFERRED, "supervisor"),
)
_ENDINGS: dict[str, dict[str, Any]] = {
    "reject": {"reason": "out_of_scope", "channel_text": "请走劳动监察。"},
    "withdraw": {},
    "refer": {"referred_to": "基金监督", "receipt": "回执"},
}


def _accepted(chance: random.Random, ticket: Ticket, unit: str) -> Iterator[_Step]:
    given = {"category": ticket.category, "district": ticket.district, "unit_main": unit}
    yield "accept", State.ACCEPTED, "agent", 6, given
    assist = [chance.choice(DISTRICTS)] if chance.random() < 0.03 else []
    yield "dispatch", State.DISPATCHED, "agent", 2, {"unit_main": unit, "units_assist": assist}
    if chance.random() < 0.06:
        yield "dispute", State.DISPUTED, "handler", 12, {"reason": "不归我们", "suggested_unit": ""}
        yield "rule", State.DISPATCHED, "supervisor", 12, {"unit_main": unit, "reason": "参保地"}
    yield "sign", State.IN_PROGRESS, "handler", 10, {"assignee": f"handler{chance.randrange(9)}"}


def _worked(chance: random.Random, unit: str) -> Iterator[_Step]:
    for _ in range(chance.randrange(3)):
        yield "contact", None, "handler", 10, {"way": "phone", "reached": chance.random() < 0.8}
    for _ in range(chance.randrange(3)):
        yield "urge", None, "citizen", 8, {"counted": chance.random() < 0.7}
    yield "add_facts", None, "citizen", 8, {"facts": "补充：又等了几天。"}
    if chance.random() < 0.08:
        yield "ask_extension", None, "handler", 6, {"reason": "要等银行回复", "days": chance.randint(1, 10)}
        move = "approve_extension" if chance.random() < 0.7 else "refuse_extension"
        yield move, None, "supervisor", 6, {"reason": "同意" if move[0] == "a" else "可以先答复"}
    resolutions = ("solved", "partly", "explained", "later", "unreachable")
    ended = chance.choices(resolutions, weights=(60, 10, 18, 6, 6))[0]
    reply = {"reply_text": "已核实并补办，款项按月发放。", "reply_basis": "n12", "contact": "电话"}
    yield "reply", State.REPLIED, "handler", 24, {**reply, "resolution": ended}
    yield "ask_verdict", None, "system", 4, {}


def _ended(chance: random.Random) -> Iterator[_Step]:
    answer = chance.choices(("yes", "unrated", "redo"), weights=(60, 25, 15))[0]
    if answer == "redo":
        yield "redo", State.REDO, "citizen", 20, {"reason": "没有解决", "satisfied": "bad"}
        yield "restart", State.IN_PROGRESS, "handler", 10, {"assignee": f"handler{chance.randrange(9)}"}
        yield from _worked(chance, "")
        answer = chance.choice(("yes", "no", "unrated"))
    satisfied = chance.choices(("good", "fair", "bad", ""), weights=(60, 20, 10, 10))[0]
    given = {"solved": answer, "satisfied": "" if answer == "unrated" else satisfied}
    yield "close", State.CLOSED, "citizen", 30, given
    if chance.random() < 0.03:
        yield "reopen", State.REDO, "citizen", 100, {"facts": "又没有到账"}


def fill(engines: Sequence[Engine], count: int, seed: int, end: datetime, days: int) -> int:
    """Add the same `count` tickets to each database and return how many events that made."""
    made, events, numbers = lives(count, seed, end, days), 0, Counter[date]()
    while part := list(islice(made, _BATCH)):
        numbers.update(china_day(history[0].at) for _, history in part)
        events += sum(len(history) for _, history in part)
        for engine in engines:
            with engine.begin() as connection:
                _insert(connection, part)
    given = [{"day": day, "last": last} for day, last in numbers.items()]
    for engine in engines:
        with engine.begin() as connection:
            connection.execute(insert(TicketDayRow), given)
    return events


def _insert(connection: Connection, part: Iterable[tuple[Ticket, list[Event]]]) -> None:
    extra = {"fingerprint": "", "phone_sealed": None}
    connection.execute(insert(TicketRow), [{**to_row(ticket), **extra} for ticket, _ in part])
    rows = [event_row(ticket.id, event) for ticket, history in part for event in history]
    connection.execute(insert(TicketEventRow), rows)
