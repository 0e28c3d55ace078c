"""The database files a complaint and its answer gets lost: confirming again makes no second ticket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.engine import Engine

from desk.database import Base, open_database
from desk.errors import Unavailable
from desk.tickets import Tickets
from desk.tickets.record import Ticket
from tests.desk.databases import database
from tests.desk.ticket_room import OVERDUE, Moment, tickets_in
from tests.fakes.line import Line
from tests.faults.rounds import rounds


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[tuple[Line, Engine, Engine]]:
    """A line to PostgreSQL, what is reached over it, and the same directly."""
    with database("postgresql", tmp_path) as url:
        line = Line(5432)
        far, near = open_database(url.replace(":5432", f":{line.port}")), open_database(url)
        Base.metadata.create_all(near)
        yield line, far, near
        line.close()
        far.dispose()
        near.dispose()


def confirms(tickets: Tickets, key: str, sender: str) -> Ticket | None:
    """What the end of a complaint does; None when it is told that nobody knows whether it was filed."""
    try:
        return tickets.filed_before(OVERDUE, sender) or tickets.open(OVERDUE, key, sender, "web")
    except Unavailable:
        return None


def test_confirming_again_after_a_lost_answer_finds_the_ticket_that_was_filed(
    cut_off: tuple[Line, Engine, Engine],
) -> None:
    line, far, near = cut_off
    chat, seen = tickets_in(far, Moment()), tickets_in(near, Moment())
    confirms(chat, "warm", "warm")
    for number, chance in enumerate(rounds(short=8)):
        sender = f"c{number}"
        heard = [_cut(line, chat, chance, sender), confirms(chat, f"{sender}-again", sender)]
        (filed,) = seen.mine(sender)
        assert [each.public_no for each in heard if each] == [filed.public_no] * sum(map(bool, heard))
        assert heard[-1], "it is known in the end"


def _cut(line: Line, tickets: Tickets, chance: Random, sender: str) -> Ticket | None:
    """Confirm, with a line that goes silent in the middle of it and then breaks."""
    heard: list[Ticket | None] = []
    confirming = threading.Thread(target=lambda: heard.append(confirms(tickets, f"{sender}-1", sender)))
    confirming.start()
    time.sleep(chance.uniform(0, 0.06))
    with line.silent_then_cut():
        time.sleep(0.15)
    confirming.join()
    return heard[0]


def test_the_same_words_after_a_while_or_from_somebody_else_are_another_matter(
    tickets: Tickets, now: Moment
) -> None:
    first = tickets.open(OVERDUE, "m1", "c1", "web")
    assert tickets.filed_before(OVERDUE, "c1") == first
    assert tickets.filed_before(OVERDUE, "c2") is None
    now.later(minutes=11)
    assert tickets.filed_before(OVERDUE, "c1") is None
