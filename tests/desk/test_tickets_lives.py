from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desk.database import Base, open_database
from desk.errors import Conflict, NotAllowed
from desk.tickets import Kind, Tickets
from desk.tickets.record import Ticket
from desk.tickets.terms import Actor, Role, State
from desk.tickets.worker import Worker
from desk.tickets.workflow import MOVES, Move
from desk.workdays import Workdays, china_day
from tests.desk.ticket_room import (
    AGENT,
    DATA,
    LIMITS,
    OVERDUE,
    SEAL,
    STRAIGHT,
    WORKDAYS,
    Moment,
    filed,
    moved,
    tickets_in,
)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "unit_main": st.sampled_from(["五华区", "西山区", "盘龙区"]),
    "units_assist": st.lists(st.sampled_from(["官渡区", "盘龙区"]), max_size=2),
    "resolution": st.sampled_from(["solved", "explained", "unreachable"]),
    "solved": st.sampled_from(["yes", "no", "unrated"]),
    "reason": st.sampled_from(["out_of_scope", "没有办"]),
    "way": st.sampled_from(["phone", "visit"]),
    "reached": st.booleans(),
    "days": st.integers(0, 12),
    "tag": st.sampled_from(["stuck", "repeat", "vip"]),
    "kind": st.sampled_from(["report", "consult"]),
    "priority": st.integers(0, 1),
    "level": st.integers(1, 3),
    "counted": st.booleans(),
}
HOLIDAYS = (date(2026, 11, 24), date(2026, 12, 2))  # in no calendar: somebody finds out later
STAYING = [move for move in MOVES if move.to == "same"]
ENDING = [move for move in MOVES if move.name in {"merge", "withdraw", "refer", "reject"}]
LEADING_ON = [move for move in MOVES if move not in STAYING and move not in ENDING]


@dataclass
class Model:
    """What must be true of a ticket, kept by the simplest means: no fold, no clock, no table."""

    due: date
    tags: list[str]
    round: int = 1
    first_unit: str = ""
    asked_days: int = 0
    children: int = 0

    def moved(self, name: str, given: dict[str, Any], before: Ticket, today: date) -> None:
        if name in {"redo", "reopen"}:
            self.round, self.due = self.round + 1, WORKDAYS.add(today, 5).day
        elif name == "ask_extension":
            self.asked_days = given["days"]
        elif name == "approve_extension":
            self.due = WORKDAYS.add(self.due, self.asked_days).day
        elif name == "sign":
            self.first_unit = self.first_unit or before.unit_main
        elif name == "tag":
            self.tags.append(given["tag"])
        elif name == "untag":
            self.tags.remove(given["tag"])

    def fits(self, ticket: Ticket) -> bool:
        seen = ticket.due, list(ticket.tags), ticket.round, ticket.first_unit
        return seen == (self.due, self.tags, self.round, self.first_unit)


@lru_cache(maxsize=1)
def corrected_calendar() -> Workdays:
    """The calendar with two more holidays."""
    folder = Path(tempfile.mkdtemp())
    for path in (DATA / "calendar").glob("*.yml"):
        said = path.read_text(encoding="utf-8")
        for day in HOLIDAYS if path.stem == "2026" else ():
            said = said.replace("holidays:", f"holidays:\n  - {day}", 1)
        (folder / path.name).write_text(said, encoding="utf-8")
    return Workdays(folder)


class RandomLives(RuleBasedStateMachine):
    """Random people move two tickets at random; whatever is let through, the history adds up to the row."""

    @initialize(depths=st.lists(st.integers(0, len(STRAIGHT)), min_size=2, max_size=2))
    def file_two(self, depths: list[int]) -> None:
        self.engine = open_database("sqlite://")  # in memory: hundreds of lives without waiting for a disk
        Base.metadata.create_all(self.engine)
        self.now = Moment()
        self.tickets = tickets_in(self.engine, self.now)
        second = replace(OVERDUE, kind=Kind.REPORT, accused_unit="盘龙区")
        two = [filed(self.tickets), filed(self.tickets, "m2", complaint=second)]
        for ticket, depth in zip(two, depths, strict=True):
            for name, actor, given in STRAIGHT[:depth]:
                ticket = moved(self.tickets, ticket, name, actor, **given)
        self.numbers = [ticket.public_no for ticket in two]
        self.models = [model_of(ticket) for ticket in map(self.tickets.read, self.numbers)]
        self.worker = Worker(self.tickets, self.engine, WORKDAYS, self.now)

    def try_one(self, which: int, moves: list[Move], data: st.DataObject) -> None:
        ticket = self.tickets.read(self.numbers[which])
        possible = [move for move in moves if ticket.state in move.sources]
        move = data.draw(st.sampled_from(possible or moves))
        role = data.draw(st.sampled_from(sorted(move.who)))
        actor = Actor(role, "c1" if role is Role.CITIZEN else "h1", ticket.unit_main)
        given = data.draw(
            st.fixed_dictionaries({name: FIELDS.get(name, st.just("文字")) for name in move.required})
        )
        for name in move.optional:
            if data.draw(st.booleans()):
                given[name] = data.draw(FIELDS.get(name, st.just("文字")))
        if "merged_into" in given:
            given["merged_into"] = self.numbers[1 - which]
        try:
            self.tickets.move(ticket.public_no, move.name, actor, ticket.version, given)
        except NotAllowed:
            assert self.tickets.read(ticket.public_no) == ticket
        else:
            self.models[which].moved(move.name, given, ticket, china_day(self.now.at))
            self.models[1 - which].children += move.name == "merge"

    @rule(which=st.integers(0, 1), data=st.data())
    def lead_on(self, which: int, data: st.DataObject) -> None:
        self.try_one(which, LEADING_ON, data)

    @rule(which=st.integers(0, 1), data=st.data())
    def lead_further(self, which: int, data: st.DataObject) -> None:
        self.try_one(which, LEADING_ON, data)

    @rule(which=st.integers(0, 1), hours=st.integers(1, 300))
    def wait_and_urge(self, which: int, hours: int) -> None:
        self.now.later(hours=hours)
        try:
            self.tickets.urge(self.numbers[which], "c1")
        except NotAllowed:
            assert not self.tickets.read(self.numbers[which]).state.open

    @rule(hours=st.integers(1, 100))
    def let_the_worker_go_round(self, hours: int) -> None:
        self.now.later(hours=hours)
        # One step may make another one due, as an old deadline after a question; then it is quiet.
        assert [self.worker.round() for _ in range(3)][-1] == 0

    @rule()
    def correct_the_calendar(self) -> None:
        fixed = Tickets(self.engine, corrected_calendar(), LIMITS, SEAL, self.now)
        for number in self.numbers:
            assert fixed.replay(fixed.history(fixed.read(number))) == fixed.read(number)
            assert fixed.read(number).due >= self.tickets.read(number).due

    @rule(which=st.integers(0, 1), what=st.integers(0, 5), data=st.data())
    def do_something_else(self, which: int, what: int, data: st.DataObject) -> None:
        if what == 0:
            self.try_one(which, ENDING, data)
        elif what == 1:
            self.try_one(which, STAYING, data)
        elif what == 2:
            self.try_an_old_version(which, data.draw(st.sampled_from(MOVES)))
        else:
            self.try_one(which, LEADING_ON, data)

    def try_an_old_version(self, which: int, move: Move) -> None:
        ticket = self.tickets.read(self.numbers[which])
        with pytest.raises(Conflict):
            self.tickets.move(ticket.public_no, move.name, AGENT, ticket.version - 1)

    @invariant()
    def the_history_adds_up_to_the_row(self) -> None:
        for number in getattr(self, "numbers", []):
            ticket = self.tickets.read(number)
            assert self.models[self.numbers.index(number)].fits(ticket)
            events = self.tickets.history(ticket)
            assert self.tickets.replay(events) == ticket
            assert [event.seq for event in events] == list(range(1, ticket.version + 1))
            assert all(before.to_state is after.from_state for before, after in pairwise(events))
            assert ticket.state is not State.CLOSED or (ticket.reply_text and ticket.solved)
            holders = {ticket.unit_main, *ticket.units_assist} if ticket.state.open else set()
            joined = self.tickets.children(ticket)
            assert not holders & {each.accused_unit for each in (ticket, *joined) if each.accused_unit}
            assert not joined or not ticket.merged_into
            assert len(joined) == self.models[self.numbers.index(number)].children

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()


def model_of(ticket: Ticket) -> Model:
    return Model(ticket.due or date.max, list(ticket.tags), ticket.round, ticket.first_unit)


RandomLives.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestRandomLives = RandomLives.TestCase
