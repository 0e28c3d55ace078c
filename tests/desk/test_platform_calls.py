"""How the platform is called: tokens, retries, the request's id, many at once, and nothing told."""

from __future__ import annotations

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.contextvars import bound_contextvars

from desk.claims.wire import LIMITS
from desk.errors import Unavailable
from tests.desk.platform_room import MODES, OTHER_PHONE, Room
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN
from tests.fakes.platform import FIND, NEWEST, SECRET, TOKEN, FakePlatform


@pytest.fixture
def room(tmp_path: Path, platform: FakePlatform) -> Room:
    return Room(tmp_path, platform)


def test_an_expired_token_is_exchanged_once_and_the_citizen_notices_nothing(
    room: Room, platform: FakePlatform
) -> None:
    room.claim()
    platform.tokens.clear()
    assert room.claim().number == "YN-1"
    assert platform.calls[TOKEN] == 2


def test_twenty_threads_share_one_token(tmp_path: Path, platform: FakePlatform) -> None:
    room = Room(tmp_path, platform, limits=LIMITS)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: room.source.find(KNOWN, NAME), range(20)))
    assert all(found) and platform.calls[TOKEN] == 1


def test_a_platform_that_accepts_no_token_is_asked_twice_and_no_more(
    room: Room, platform: FakePlatform
) -> None:
    room.claim()
    platform.calls.clear()
    platform.mode = "status:401"
    with pytest.raises(Unavailable, match="token"):
        room.claim()
    assert sum(platform.calls.values()) == 2  # the enquiry, and then the token, which is refused itself


def test_wrong_credentials_are_unavailable(tmp_path: Path, platform: FakePlatform) -> None:
    room = Room(tmp_path, platform, platform.settings(secret="another"))
    with pytest.raises(Unavailable, match="token"):
        room.claim()


@pytest.mark.parametrize(("mode", "tries"), [("status:503", 3), ("status:500", 1), ("page", 1), ("half", 1)])
def test_only_what_may_pass_by_itself_is_tried_again(
    room: Room, platform: FakePlatform, mode: str, tries: int
) -> None:
    room.claim()
    platform.calls.clear()
    platform.mode = mode
    with pytest.raises(Unavailable):
        room.claim()
    assert platform.calls == {FIND: tries}


def test_an_answer_that_does_not_come_is_waited_for_twice(room: Room, platform: FakePlatform) -> None:
    room.claim()
    platform.calls.clear()
    platform.mode = "hang"
    with pytest.raises(Unavailable):
        room.claim()
    assert platform.calls == {FIND: 2}
    platform.released.set()


def test_the_request_s_id_is_sent_on_and_made_where_there_is_none(room: Room, platform: FakePlatform) -> None:
    with bound_contextvars(request="0123456789abcdef"):
        room.claim()
    room.claim()
    assert platform.requests[:2] == ["0123456789abcdef"] * 2
    assert len({*platform.requests}) == 3


@pytest.mark.parametrize("mode", ["", "refused", *MODES, "status:401"])
def test_no_log_and_no_error_holds_a_person_or_a_secret(
    room: Room,
    platform: FakePlatform,
    mode: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    person = room.source.find(KNOWN, NAME)
    assert person
    planted = {KNOWN, NAME, PHONE, UNKNOWN, NOBODY, OTHER_PHONE, SECRET, *platform.tokens}
    planted |= {someone.key for someone in platform.people}
    told = [repr(person), repr(room.source), repr(platform.settings())]
    platform.mode = mode
    if mode == "refused":
        platform.stop()
    for ask in (lambda: room.source.find(KNOWN, NAME), lambda: room.source.status(person)):
        try:
            ask()
        except Unavailable as error:
            told += _everything_of(error)
    if mode != "refused":
        platform.released.set()
    told += [capsys.readouterr().out, caplog.text]
    assert "platform" in told[-2]  # what is searched is really what was written
    assert not [one for one in planted for text in told if one in text]


def _everything_of(error: BaseException | None) -> list[str]:
    """Words, attributes (also those of a request it carries) and traceback of an error and all behind it."""
    told = []
    while error is not None:
        held = [vars(value) for value in vars(error).values() if hasattr(value, "__dict__")]
        told += [repr(error), str(error), repr(vars(error)), repr(held), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    return told


def test_calls_from_many_threads_do_not_mix_up_whom_they_are_about(
    room: Room, platform: FakePlatform
) -> None:
    gate = threading.Barrier(16)

    def ask(number: int) -> tuple[int, str]:
        gate.wait(10)
        person = room.source.find(*((KNOWN, NAME), (UNKNOWN, NOBODY))[number % 2])
        found = room.source.status(person) if person else None
        return number % 2, found.number if found else ""

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {(0, "YN-1"), (1, "YN-2")}
    assert platform.calls[NEWEST] == 16
