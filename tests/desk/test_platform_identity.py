"""One-time codes over the platform: the whole way, and many at once, with nothing that tells who is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk.errors import Unavailable
from desk.identity import Codes, Sent, Verified, Wrong
from desk.sealing import Keys
from tests.desk.platform_room import Room
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN
from tests.fakes.platform import NEWEST, FakePlatform
from tests.fakes.sms import FakeSms

STRANGER = "539900198501010010"  # an area that was never given out


@pytest.fixture
def room(tmp_path: Path, platform: FakePlatform) -> Room:
    return Room(tmp_path, platform)


@pytest.fixture
def sms() -> FakeSms:
    return FakeSms()


@pytest.fixture
def codes(room: Room, sms: FakeSms) -> Codes:
    return Codes(
        room.engine, Keys.of(bytes(range(32))), sms, room.source, room.day, spawn=lambda send: send()
    )


def test_number_name_and_code_open_the_claim(room: Room, codes: Codes, sms: FakeSms) -> None:
    assert isinstance(codes.begin("web:a", KNOWN, NAME), Sent)
    assert sms.sent[0][0] == PHONE
    assert codes.check("web:a", sms.code) == Verified()
    person = codes.verified("web:a")
    found = person and room.source.status(person)
    assert found and found.number == "YN-1"


def test_somebody_unknown_meets_the_same_answers(codes: Codes, sms: FakeSms) -> None:
    begun = [codes.begin(f"web:{n}", *who) for n, who in enumerate(((KNOWN, NAME), (STRANGER, NAME)))]
    assert begun[0] == begun[1] and len(sms.sent) == 1
    assert [codes.check(f"web:{n}", sms.wrong_code) for n in range(2)] == [Wrong(4)] * 2


def test_a_right_code_is_not_used_up_by_a_platform_that_is_down(
    room: Room, platform: FakePlatform, codes: Codes, sms: FakeSms
) -> None:
    codes.begin("web:a", KNOWN, NAME)
    platform.mode = "status:500"
    assert codes.check("web:a", sms.code) == Verified()
    with pytest.raises(Unavailable):
        codes.verified("web:a")
    platform.mode = ""
    person = codes.verified("web:a")
    assert person and room.source.status(person)


def test_a_platform_that_is_down_costs_nobody_a_code_of_the_day(
    room: Room, platform: FakePlatform, codes: Codes
) -> None:
    platform.mode = "status:500"
    for _ in range(9):
        with pytest.raises(Unavailable):
            codes.begin("web:a", KNOWN, NAME)
    platform.mode = ""
    room.clock.now += 30
    assert isinstance(codes.begin("web:a", KNOWN, NAME), Sent)


def test_another_person_s_record_opens_nothing_and_sends_nothing(
    platform: FakePlatform, codes: Codes, sms: FakeSms
) -> None:
    platform.mode = "wrong_person"
    with pytest.raises(Unavailable):
        codes.begin("web:a", KNOWN, NAME)
    assert not sms.sent
    platform.mode = ""
    codes.begin("web:a", KNOWN, NAME)
    codes.check("web:a", sms.code)
    platform.mode = "wrong_person"
    with pytest.raises(Unavailable):
        codes.verified("web:a")
    assert not platform.calls[NEWEST]


def test_many_conversations_at_once_see_their_own_claim_each(room: Room, codes: Codes, sms: FakeSms) -> None:
    people = {"web:a": (KNOWN, NAME, "YN-1"), "web:b": (UNKNOWN, NOBODY, "YN-2")}
    for sender, (number, name, _) in people.items():
        codes.begin(sender, number, name)
        assert codes.check(sender, sms.code) == Verified()

    def look(sender: str) -> tuple[str, str]:
        person = codes.verified(sender)
        found = person and room.source.status(person)
        return sender, found.number if found else ""

    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(look, ["web:a", "web:b"] * 16))
    assert seen == {(sender, claim) for sender, (_, _, claim) in people.items()}
