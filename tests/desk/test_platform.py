"""The claim status over HTTP: what is right comes through, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.claims import ClaimStatus, Person, Stage
from desk.errors import Unavailable
from desk.workdays import china_day
from tests.desk.platform_room import MODES, NOW, OTHER_PHONE, Room
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN
from tests.fakes.platform import FakePlatform, claim

YESTERDAY, TOMORROW = (china_day(NOW) + timedelta(days=n) for n in (-1, 1))
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def room(tmp_path: Path, platform: FakePlatform) -> Room:
    return Room(tmp_path, platform)


def test_the_newest_claim_of_the_person_comes_back_with_its_types(room: Room, platform: FakePlatform) -> None:
    paid = {"stage": "paid", "decided_on": YESTERDAY.isoformat(), "amount": "1693.80", "reason": ""}
    months = {"start": "2026-01-01", "end": "2027-06-30"}
    platform.people[0].claims.append(claim(number="YN-9", submitted_on="2099-01-01"))
    platform.people[0].claims[0].update(number="YN-0", submitted_on="2020-01-01")
    platform.people[0].claims[1].update(claim(number="YN-9", **paid, **months))
    assert room.claim() == ClaimStatus(
        number="YN-9",
        stage=Stage.PAID,
        submitted_on=YESTERDAY,
        office=2,
        decided_on=YESTERDAY,
        start=date(2026, 1, 1),
        end=date(2027, 6, 30),
        amount=Decimal("1693.80"),
        updated_on=YESTERDAY,
    )


def test_a_person_is_found_by_number_and_name_with_the_phone_and_a_key_that_is_no_number(room: Room) -> None:
    person = room.source.find(KNOWN.lower(), " 演示 甲 ")
    assert person and person.phone == PHONE
    assert KNOWN not in person.key


@pytest.mark.parametrize(("number", "name"), [(KNOWN, NOBODY), (UNKNOWN, NAME), ("539900198501010010", NAME)])
def test_whoever_is_not_known_by_both_is_nobody(room: Room, number: str, name: str) -> None:
    assert room.source.find(number, name) is None
    assert room.outcomes == ["absent"]


def test_a_person_without_a_claim_has_none(room: Room, platform: FakePlatform) -> None:
    platform.people[0].claims.clear()
    assert room.claim() is None


def test_a_person_without_a_phone_on_record_is_found(room: Room, platform: FakePlatform) -> None:
    platform.people[0].phone = ""
    person = room.source.find(KNOWN, NAME)
    assert person and person.phone == ""


def test_what_the_platform_adds_is_ignored(room: Room, platform: FakePlatform) -> None:
    platform.change = lambda answer: answer | {"trace": 1, **_in_claim(answer, {"colour": None})}
    assert room.claim().number == "YN-1"


def test_a_reason_loses_the_numbers_in_it(room: Room, platform: FakePlatform) -> None:
    refused = {"stage": "refused", "decided_on": YESTERDAY.isoformat(), "reason": f"请联系{PHONE}"}
    platform.people[0].claims[0].update(refused)
    assert room.claim().reason == "请联系〔手机号#1〕"


# --- out of order ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "outcome"), MODES.items())
def test_every_way_of_being_out_of_order_is_unavailable_with_its_reason(
    room: Room, platform: FakePlatform, mode: str, outcome: str
) -> None:
    person = room.source.find(KNOWN, NAME)  # has fetched the token, so that the enquiry itself is met
    assert person
    platform.mode = mode
    for ask in (lambda: room.source.find(KNOWN, NAME), lambda: room.source.status(person)):
        with pytest.raises(Unavailable):
            ask()
    assert room.outcomes == ["ok", outcome, outcome]
    platform.released.set()
    platform.mode = ""
    assert room.claim().number == "YN-1"


def test_a_closed_port_is_unavailable_and_comes_back(room: Room, platform: FakePlatform) -> None:
    platform.stop()
    with pytest.raises(Unavailable):
        room.claim()
    platform.start()
    assert room.claim().number == "YN-1"
    assert room.outcomes == ["connect", "ok", "ok"]


def test_a_slow_drip_is_cut_although_each_byte_comes_in_time(room: Room, platform: FakePlatform) -> None:
    room.claim()
    platform.mode = "drip_headers"
    with pytest.raises(Unavailable, match="timeout"):
        room.claim()
    assert platform.gone_away.wait(30)  # the connection is closed as well: nothing goes on reading


def test_two_records_of_one_person_are_refused_and_none_is_picked(room: Room, platform: FakePlatform) -> None:
    platform.add(KNOWN, NAME, OTHER_PHONE, claim(number="YN-3"))
    with pytest.raises(Unavailable, match="duplicate"):
        room.source.find(KNOWN, NAME)


def test_the_claim_of_another_person_is_dropped(room: Room, platform: FakePlatform) -> None:
    person = room.source.find(KNOWN, NAME)
    assert person
    theirs = Person(f"{person.key.partition(':')[0]}:{platform.people[1].key}", PHONE)
    with pytest.raises(Unavailable, match="wrong_person"):
        room.source.status(theirs)


def _in_claim(answer: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {"claim": answer["claim"] | changes} if "claim" in answer else {}


DECIDED = {"stage": "approved", "decided_on": YESTERDAY.isoformat()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"stage": "lost"},
        {"stage": None},
        {"stage": "已提交"},
        {"submitted_on": "2026-02-30"},
        {"submitted_on": "20260105"},
        {"submitted_on": "1925-01-01"},
        {"submitted_on": TOMORROW.isoformat()},
        {"updated_on": TOMORROW.isoformat()},
        {"office": 99},
        {"office": "2"},
        {"office": True},
        {"number": ""},
        {"number": "YN 1"},
        {"number": "YN-1\n"},
        {"number": 5},
        {"stage": "approved"},
        {"decided_on": YESTERDAY.isoformat()},
        {**DECIDED, "decided_on": TOMORROW.isoformat()},
        {**DECIDED, "decided_on": "2026-01-01"},
        {**DECIDED, "stage": "refused"},
        {**DECIDED, "stage": "refused", "reason": "  "},
        {**DECIDED, "stage": "paid"},
        {"amount": 1693.8},
        {"amount": "1693.8"},
        {"amount": "1e3"},
        {"amount": "-1.00"},
        {"start": "2026-02-01", "end": "2026-01-01"},
    ],
    ids=str,
)
def test_a_claim_that_cannot_be_is_refused_whole(
    room: Room, platform: FakePlatform, wrong: dict[str, object]
) -> None:
    platform.people[0].claims[0].update(submitted_on=YESTERDAY.isoformat())
    platform.change = lambda answer: answer | _in_claim(answer, wrong)
    with pytest.raises(Unavailable, match="schema"):
        room.claim()


@pytest.mark.parametrize("name", ["number", "stage", "submitted_on", "office", "updated_on"])
def test_a_claim_without_what_it_needs_is_refused(room: Room, platform: FakePlatform, name: str) -> None:
    del platform.people[0].claims[0][name]
    platform.people[0].claims[0].setdefault("submitted_on", "2026-01-01")
    if name == "submitted_on":
        platform.change = lambda answer: {k: _without(v, name) for k, v in answer.items()}
    with pytest.raises(Unavailable, match="schema"):
        room.claim()


def _without(value: Any, name: str) -> Any:
    return {k: v for k, v in value.items() if k != name} if isinstance(value, dict) else value
