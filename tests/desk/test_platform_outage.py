"""A platform that is down: it is left alone, probed, found again, and the supervisor's row says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from desk.claims.breaker import FAILURES, REST_SECONDS
from desk.errors import Unavailable
from desk.health import FAILING, OK, OPEN, PLATFORM, Health, Seen
from tests.desk.platform_room import Room
from tests.fakes.people import KNOWN, NAME
from tests.fakes.platform import FIND, FakePlatform


@pytest.fixture
def room(tmp_path: Path, platform: FakePlatform) -> Room:
    return Room(tmp_path, platform)


def asked(room: Room, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Unavailable):
            room.source.find(KNOWN, NAME)


def seen(room: Room) -> Seen:
    found = room.health.read()
    assert found
    return found


def test_after_five_failures_the_platform_is_not_called_any_more(room: Room, platform: FakePlatform) -> None:
    room.claim()
    platform.calls.clear()
    platform.mode = "status:500"
    asked(room, FAILURES + 4)
    assert platform.calls == {FIND: FAILURES}
    assert room.outcomes[2:] == ["status"] * FAILURES + ["open"] * 4


def test_exactly_one_of_twenty_threads_probes_and_a_success_lets_all_in(
    room: Room, platform: FakePlatform
) -> None:
    room.claim()
    platform.mode = "status:500"
    asked(room, FAILURES)
    room.clock.now += REST_SECONDS
    platform.calls.clear()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: asked(room), range(20)))
    assert platform.calls == {FIND: 1}
    room.clock.now += REST_SECONDS
    platform.mode = ""
    assert room.claim().number == "YN-1"
    assert seen(room).state == OK


@pytest.mark.parametrize("mode", ["wrong_person", "page", "status:401"])
def test_a_platform_that_answers_wrongly_is_left_alone_too(
    room: Room, platform: FakePlatform, mode: str
) -> None:
    room.claim()
    platform.mode = mode
    asked(room, FAILURES)
    assert seen(room).state == OPEN


@pytest.mark.parametrize("mode", ["twice", "list"])
def test_one_bad_record_asked_for_again_and_again_shuts_nobody_out(
    room: Room, platform: FakePlatform, mode: str
) -> None:
    room.claim()
    platform.mode = mode
    asked(room, FAILURES + 1)
    assert (seen(room).state, seen(room).failures) == (FAILING, FAILURES + 1)
    platform.mode = ""
    assert room.claim().number == "YN-1"


def test_the_row_tells_state_reason_count_and_since_when(room: Room, platform: FakePlatform) -> None:
    assert room.health.read() is None
    room.claim()
    began = room.day.now
    assert seen(room) == Seen(OK, "", 0, began, began, began)
    room.day.pass_by(seconds=50)
    room.claim()
    platform.mode = "status:500"
    asked(room, 2)
    now = room.day.now
    assert seen(room) == Seen(FAILING, "status", 2, since=now, last_ok_at=now, updated_at=now)
    room.day.pass_by(seconds=5)
    asked(room, FAILURES)
    opened = room.day.now
    assert seen(room) == Seen(OPEN, "status", FAILURES, opened, last_ok_at=now, updated_at=opened)
    room.day.pass_by(seconds=30)
    room.clock.now += REST_SECONDS
    asked(room)
    assert seen(room) == Seen(OPEN, "status", FAILURES + 1, opened, now, updated_at=room.day.now)


def test_what_goes_well_is_written_once_a_minute_at_most(room: Room) -> None:
    room.claim()
    first = seen(room)
    room.day.pass_by(seconds=59)
    room.claim()
    assert seen(room) == first
    room.day.pass_by(seconds=1)
    room.claim()
    assert seen(room) == replace(first, last_ok_at=room.day.now, updated_at=room.day.now)


def test_a_process_that_has_seen_no_success_leaves_the_last_one_in_the_row(room: Room) -> None:
    room.claim()
    began = room.day.now
    room.day.pass_by(hours=1)
    later = Health(room.engine, PLATFORM, room.day)
    later.note("timeout", is_open=False)
    assert later.read() == Seen(
        FAILING, "timeout", 1, room.day.now, last_ok_at=began, updated_at=room.day.now
    )


def test_a_row_that_cannot_be_written_costs_no_citizen_the_answer(room: Room) -> None:
    with room.engine.begin() as connection:
        connection.execute(text("DROP TABLE health"))
    assert room.claim().number == "YN-1"
