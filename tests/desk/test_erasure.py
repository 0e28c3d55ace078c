"""Forgetting a person: nothing of the conversation is left anywhere, and the ticket is still answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database, reading
from desk.erasure import Erased, Erasure
from desk.errors import Conflict, NotAllowed, NotFound, Unavailable
from desk.identity import MAX_WRONG, Locked
from desk.learning import Missed
from desk.tickets import State, Ticket, Tickets, ledger
from desk.tickets.tables import TicketRow
from tests.desk.forgotten import (
    AGENT_ID,
    codes_in,
    contents,
    files_with,
    lives,
    other_process,
    traces,
)
from tests.desk.live_room import live_in, monday_noon
from tests.desk.ticket_room import (
    AGENT,
    PLANTED_PHONE,
    SUPERVISOR,
    Moment,
    filed,
    moved,
    replied,
)
from tests.fakes.people import KNOWN, NAME

GONE, OTHER = "wx5c0fabe1gone", "wx77e0d1f3other"


@pytest.fixture
def now() -> Moment:
    return monday_noon()


@pytest.fixture
def erasure(engine: Engine, tracker: Engine) -> Erasure:
    return Erasure(engine, tracker)


@pytest.fixture
def ticket(engine: Engine, tracker: Engine, tickets: Tickets, now: Moment) -> Ticket:
    """Both people have used everything; this is the ticket of the one who goes."""
    lives(engine, tracker, tickets, now, OTHER)
    now.later(hours=1)
    return lives(engine, tracker, tickets, now, GONE)


def test_no_table_and_no_file_knows_the_person_any_more(
    engine: Engine, tracker: Engine, erasure: Erasure, ticket: Ticket, tmp_path: Path
) -> None:
    left = {"inbox", "message", "vault", "one_time_code", "live", "live_event", "ticket", "ticket_event"}
    learnt = {"card_feedback", "proposal"}
    channel = {"wechat_follower", "wechat_delivery", "wechat_reply"}
    assert traces(engine, GONE) >= left | learnt | channel
    assert traces(tracker, GONE) >= {"events"}
    with other_process(engine), other_process(tracker):
        erased = erasure.forget(GONE)
        files = files_with(tmp_path, GONE), files_with(tmp_path, OTHER)
    assert erased.messages >= 5
    assert erased.tickets_kept == 1
    assert traces(engine, GONE) == traces(tracker, GONE) == set()
    if engine.dialect.name == "sqlite":
        assert files == (set(), {"desk.db", "tracker.db"})


def test_nothing_of_another_person_is_touched(
    engine: Engine, tracker: Engine, erasure: Erasure, ticket: Ticket
) -> None:
    def others() -> list[str]:
        rows = [row for found in (engine, tracker) for kept in contents(found).values() for row in kept]
        return sorted(str(row) for row in rows if OTHER in str(row))

    before = others()
    erasure.forget(GONE)
    assert others() == before


def test_doing_it_again_is_no_fault(erasure: Erasure, ticket: Ticket) -> None:
    erasure.forget(GONE)
    assert erasure.forget(GONE) == Erased(0, 0)
    assert erasure.forget("never-seen") == Erased(0, 0)


def test_the_ticket_stays_with_its_deadline_and_its_phone_and_is_in_no_list_of_a_person(
    tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    erasure.forget(GONE)
    kept = tickets.read(ticket.public_no)
    assert (kept.narrative, kept.due, kept.state) == (ticket.narrative, ticket.due, ticket.state)
    assert kept.detached
    assert tickets.phone_of(kept) == PLANTED_PHONE
    assert tickets.replay(tickets.history(kept)) == kept
    assert tickets.mine(GONE) == []
    with pytest.raises(NotFound):
        tickets.find(ticket.public_no, GONE)


def test_staff_answer_and_close_the_ticket_and_nobody_is_told(
    engine: Engine, tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    assert ticket.state is State.NEED_INFO
    erasure.forget(GONE)
    said = contents(engine)["message"]
    kept = moved(tickets, tickets.read(ticket.public_no), "resume", AGENT, reason="市民退出了")
    kept = moved(tickets, replied(tickets, kept), "close", AGENT, solved="yes")
    assert kept.state is State.CLOSED
    assert contents(engine)["message"] == said


def test_the_phone_is_forgotten_when_nobody_has_to_be_called_any_more(
    tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    erasure.forget(GONE)
    moved(tickets, tickets.read(ticket.public_no), "refer", SUPERVISOR, referred_to="12345", receipt="已接收")
    kept = tickets.read(ticket.public_no)
    assert (tickets.phone_of(kept), kept.phone_masked) == (None, "")
    assert tickets.replay(tickets.history(kept)) == kept


def test_the_phone_of_a_merged_ticket_stays_until_the_main_one_is_over(
    tickets: Tickets, erasure: Erasure, engine: Engine, ticket: Ticket
) -> None:
    main = filed(tickets, "main", OTHER)
    child = moved(tickets, ticket, "merge", SUPERVISOR, merged_into=main.public_no, reason="同一件事")
    erasure.forget(GONE)
    assert tickets.phone_of(child) == PLANTED_PHONE
    main = replied(tickets, tickets.read(main.public_no))
    assert tickets.phone_of(child) == PLANTED_PHONE
    moved(tickets, main, "close", AGENT, solved="yes")
    assert tickets.phone_of(child) is None
    assert traces(engine, GONE) == set()


def test_a_ticket_that_is_over_keeps_no_phone_when_its_person_goes(
    tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    over = tickets.withdraw(ticket.public_no, GONE)
    erasure.forget(GONE)
    kept = tickets.read(over.public_no)
    assert (kept.state, tickets.phone_of(kept), kept.phone_masked) == (State.WITHDRAWN, None, "")
    assert tickets.replay(tickets.history(kept)) == kept


def test_two_tickets_of_one_person_do_not_tell_that_they_belong_together(
    tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    other = filed(tickets, "another", GONE)
    assert erasure.forget(GONE).tickets_kept == 2
    assert tickets.read(other.public_no).sender_id != tickets.read(ticket.public_no).sender_id


def test_a_step_that_began_before_does_not_bring_the_person_back(
    engine: Engine, tickets: Tickets, erasure: Erasure, ticket: Ticket
) -> None:
    with reading(engine) as connection:
        before = ledger.one(connection, TicketRow.public_no == ticket.public_no)
    erasure.forget(GONE)
    event = tickets.history(ticket)[-1]
    with pytest.raises(Conflict), engine.begin() as connection:
        ledger.write(connection, before, before, event)
    assert traces(engine, GONE) == set()


def test_the_agent_who_held_the_conversation_does_not_hold_it_any_more(
    engine: Engine, erasure: Erasure, now: Moment, ticket: Ticket
) -> None:
    room = live_in(engine, now)
    assert {each.sender_id for each in room.held_by(AGENT_ID)} == {GONE, OTHER}
    erasure.forget(GONE)
    assert {each.sender_id for each in room.held_by(AGENT_ID)} == {OTHER}
    with pytest.raises(NotAllowed):
        room.say(GONE, AGENT_ID, "您还在吗")


def test_somebody_who_waits_leaves_the_line(
    engine: Engine, erasure: Erasure, now: Moment, ticket: Ticket
) -> None:
    room = live_in(engine, now)
    room.ask("wx-waiting", "wechat")
    assert len(room.waiting()) == 1
    erasure.forget("wx-waiting")
    assert room.waiting() == []


def test_leaving_and_coming_back_gives_no_new_guesses_at_a_code(
    engine: Engine, erasure: Erasure, now: Moment
) -> None:
    codes = codes_in(engine, now)
    codes.begin("wx-1", KNOWN, NAME)
    for _ in range(MAX_WRONG):
        codes.check("wx-1", "000000")
    erasure.forget("wx-1")
    now.later(minutes=2)
    assert codes.begin("wx-2", KNOWN, NAME) == Locked()


def test_what_agents_marked_with_these_words_is_no_item_any_more(
    engine: Engine, erasure: Erasure, ticket: Ticket
) -> None:
    erasure.forget(GONE)
    items = Missed(engine).items(unlabelled=None)
    assert len(items) == 2
    assert all(OTHER in item.text for item in items)


def test_somebody_who_reads_meanwhile_keeps_nobody_from_being_forgotten(
    engine: Engine, erasure: Erasure, ticket: Ticket, tmp_path: Path
) -> None:
    with reading(engine) as connection:
        ledger.one(connection, TicketRow.public_no == ticket.public_no)
        erasure.forget(GONE)
    assert traces(engine, GONE) == set()
    erasure.forget(GONE)
    assert engine.dialect.name != "sqlite" or files_with(tmp_path, GONE) == set()


def test_nothing_of_ours_goes_while_rasas_database_is_away(
    engine: Engine, ticket: Ticket, tmp_path: Path
) -> None:
    before = traces(engine, GONE)
    away = open_database(f"sqlite:///{tmp_path / 'away' / 'tracker.db'}")
    (tmp_path / "away").rmdir()
    with pytest.raises(Unavailable):
        Erasure(engine, away).forget(GONE)
    assert traces(engine, GONE) == before
