from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.claims import Person
from desk.database import open_database
from desk.errors import InvalidInput
from desk.identity import LIFETIME, Codes, Expired, Locked, Sent, TooMany, TooSoon, Verified, Wrong
from desk.sealing import Keys
from tests.desk.databases import migrated
from tests.fakes.clock import Clock
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN, People
from tests.fakes.sms import FakeSms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sms() -> FakeSms:
    return FakeSms()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    return open_database(url)


@pytest.fixture
def codes(engine: Engine, keys: Keys, sms: FakeSms, clock: Clock) -> Codes:
    return Codes(engine, keys, sms, People(), clock, spawn=lambda send: send())


def test_the_right_code_proves_who_somebody_is(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    assert codes.begin("web:a", KNOWN, NAME) == Sent(clock.now + LIFETIME)
    assert sms.sent[0][0] == PHONE
    assert codes.check("web:a", sms.code) == Verified()
    assert codes.verified("web:a") == Person("key", PHONE)


def test_a_code_may_be_typed_with_full_width_digits_and_spaces(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, " 演示 甲 ")
    typed = " ".join(sms.code).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert isinstance(codes.check("web:a", typed), Verified)


def test_a_code_serves_once(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, NAME)
    codes.check("web:a", sms.code)
    assert codes.check("web:a", sms.code) == Expired()


def test_what_is_no_code_costs_no_try(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, NAME)
    for typed in ("", "12345", "1234567", "没收到", "12345a"):
        with pytest.raises(InvalidInput):
            codes.check("web:a", typed)
    assert codes.check("web:a", sms.wrong_code) == Wrong(4)


def test_five_wrong_codes_end_it_for_the_day(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.begin("web:a", KNOWN, NAME)
    seen = [codes.check("web:a", sms.wrong_code) for _ in range(6)]
    assert seen == [Wrong(4), Wrong(3), Wrong(2), Wrong(1), Locked(), Locked()]
    assert codes.check("web:a", sms.code) == Locked()
    clock.pass_by(hours=2)
    assert codes.begin("web:a", KNOWN, NAME) == Locked()
    assert codes.begin("web:b", KNOWN, NAME) == Locked()
    clock.pass_by(hours=24)
    assert isinstance(codes.begin("web:a", KNOWN, NAME), Sent)
    assert isinstance(codes.check("web:a", sms.code), Verified)


def test_wrong_codes_count_over_all_codes_and_conversations(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    for sender in ("web:a", "web:b"):
        codes.begin(sender, KNOWN, NAME)
        codes.check(sender, sms.wrong_code)
        codes.check(sender, sms.wrong_code)
        clock.pass_by(minutes=2)
    codes.begin("web:c", KNOWN, NAME)
    assert codes.check("web:c", sms.wrong_code) == Locked()


def test_a_code_ends_after_ten_minutes(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.begin("web:a", KNOWN, NAME)
    clock.pass_by(minutes=10)
    assert codes.check("web:a", sms.code) == Expired()


def test_a_proof_ends_after_ten_minutes_or_with_the_conversation(
    codes: Codes, sms: FakeSms, clock: Clock
) -> None:
    codes.begin("web:a", KNOWN, NAME)
    codes.check("web:a", sms.code)
    clock.pass_by(minutes=9)
    assert codes.verified("web:a")
    assert codes.verified("web:b") is None
    clock.pass_by(minutes=1)
    assert codes.verified("web:a") is None
    codes.begin("web:a", KNOWN, NAME)
    codes.check("web:a", sms.code)
    codes.forget("web:a")
    assert codes.verified("web:a") is None


def test_another_conversation_cannot_use_the_code(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, NAME)
    code = sms.code
    assert codes.check("web:b", code) == Expired()
    codes.begin("web:b", UNKNOWN, NOBODY)
    assert codes.check("web:b", code) == Wrong(4)
    assert isinstance(codes.check("web:a", code), Verified)


def test_only_the_newest_code_of_a_conversation_is_open(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.begin("web:a", KNOWN, NAME)
    first = sms.code
    clock.pass_by(seconds=61)
    assert isinstance(codes.resend("web:a"), Sent)
    if sms.code != first:
        assert codes.check("web:a", first) == Wrong(4)
    assert isinstance(codes.check("web:a", sms.code), Verified)


def test_the_next_code_has_to_wait_a_minute(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.begin("web:a", KNOWN, NAME)
    clock.pass_by(seconds=20)
    assert codes.resend("web:a") == TooSoon(40)
    assert codes.begin("web:b", KNOWN, NAME) == TooSoon(40)
    assert isinstance(codes.check("web:a", sms.code), Verified)


def test_nobody_gets_more_than_five_codes_a_day(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    for sender in "abcde":
        assert isinstance(codes.begin(sender, KNOWN, NAME), Sent)
        clock.pass_by(minutes=2)
    assert codes.begin("f", KNOWN, NAME) == TooMany()
    assert len(sms.sent) == 5


def test_no_conversation_asks_for_more_than_five_codes_a_day(codes: Codes, clock: Clock) -> None:
    for name in ("子", "丑", "寅", "卯", "辰"):
        assert isinstance(codes.begin("web:a", UNKNOWN, name), Sent)
    assert codes.begin("web:a", UNKNOWN, "巳") == TooMany()


def test_resending_without_a_person_asks_for_one(codes: Codes, clock: Clock) -> None:
    assert codes.resend("web:a") == Expired()
    codes.begin("web:a", KNOWN, NAME)
    clock.pass_by(minutes=11)
    codes.purge()
    assert codes.resend("web:a") == Expired()


def test_purging_keeps_the_counts_of_the_day(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.begin("web:a", KNOWN, NAME)
    for _ in range(5):
        codes.check("web:a", sms.wrong_code)
    clock.pass_by(hours=5)
    codes.purge()
    assert codes.begin("web:a", KNOWN, NAME) == Locked()


def test_a_number_that_cannot_be_one_is_refused_before_anybody_is_looked_up(codes: Codes) -> None:
    for number, name, reason in (
        ("000000198501010018", NAME, "check_digit"),
        ("000000850101001", NAME, "old_form"),
        (KNOWN, "  ", "name"),
    ):
        with pytest.raises(InvalidInput) as refused:
            codes.begin("web:a", number, name)
        assert refused.value.reason == reason
