"""A complaint whose answer got lost behind the commit is confirmed once more, under another message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import Engine

from desk.database import utc_now
from desk.inbox import DONE, NEEDS_HUMAN, NEW, InboxRow
from desk.tickets import Tickets
from tests.desk.ticket_room import OVERDUE, filed


def came(engine: Engine, key: str, state: str) -> None:
    """Put a message of c1 into the inbox."""
    row = {"key": key, "channel": "web", "sender_id": "c1", "fingerprint": "f", "text": "确认提交"}
    with engine.begin() as connection:
        values = {**row, "state": state, "attempts": 0, "received_at": utc_now()}
        connection.execute(insert(InboxRow).values(values))


def test_the_ticket_of_a_message_that_was_told_to_have_failed_is_found_again(
    tickets: Tickets, engine: Engine
) -> None:
    came(engine, "m1", NEEDS_HUMAN)
    first = filed(tickets)
    assert [filed(tickets, key=key).public_no for key in ("m2", "m2", "m1")] == [first.public_no] * 3
    assert len(tickets.mine("c1")) == 1


@pytest.mark.parametrize("state", [DONE, NEW])
def test_after_an_answer_the_same_words_are_another_complaint(
    tickets: Tickets, engine: Engine, state: str
) -> None:
    came(engine, "m1", state)
    assert filed(tickets).public_no != filed(tickets, key="m2").public_no


def test_other_words_and_another_person_are_another_complaint(tickets: Tickets, engine: Engine) -> None:
    came(engine, "m1", NEEDS_HUMAN)
    first = filed(tickets)
    others = (
        filed(tickets, key="m2", complaint=replace(OVERDUE, narrative="另一件事")),
        filed(tickets, key="m3", sender="c2"),
    )
    assert len({ticket.public_no for ticket in (first, *others)}) == 3


def test_what_was_withdrawn_meanwhile_may_be_filed_anew(tickets: Tickets, engine: Engine) -> None:
    came(engine, "m1", NEEDS_HUMAN)
    first = filed(tickets)
    tickets.withdraw(first.public_no, "c1")
    assert filed(tickets, key="m2").public_no != first.public_no
