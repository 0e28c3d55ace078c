from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desk.database import Base, open_database
from desk.errors import Conflict, NotAllowed
from desk.tickets import Kind
from desk.tickets.terms import Actor, Role, State
from desk.tickets.workflow import MOVES, Move
from tests.desk.ticket_room import AGENT, OVERDUE, STRAIGHT, Moment, filed, moved, tickets_in

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
STAYING = [move for move in MOVES if move.to == "same"]
ENDING = [move for move in MOVES if move.name in {"merge", "withdraw", "refer", "reject"}]
LEADING_ON = [move for move in MOVES if move not in STAYING and move not in ENDING]


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
            events = self.tickets.history(ticket)
            assert self.tickets.replay(events) == ticket
            assert [event.seq for event in events] == list(range(1, ticket.version + 1))
            assert all(before.to_state is after.from_state for before, after in pairwise(events))
            assert ticket.state is not State.CLOSED or (ticket.reply_text and ticket.solved)
            assert not ticket.accused_unit or ticket.unit_main != ticket.accused_unit

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()


RandomLives.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestRandomLives = RandomLives.TestCase
