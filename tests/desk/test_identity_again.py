"""The same message tried twice: whoever asked first died before the answer was passed on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.engine import Engine

from desk.identity import Codes, Expired, Locked, Verified, Wrong
from desk.sealing import Keys
from tests.fakes.clock import Clock
from tests.fakes.people import KNOWN, NAME, People
from tests.fakes.sms import FakeSms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sms() -> FakeSms:
    return FakeSms()


@pytest.fixture
def codes(engine: Engine, keys: Keys, sms: FakeSms, clock: Clock) -> Codes:
    made = Codes(engine, keys, sms, People(), clock, spawn=lambda send: send())
    made.begin("web:a", KNOWN, NAME)
    return made


def test_a_right_code_is_right_as_often_as_its_message_is_tried(codes: Codes, sms: FakeSms) -> None:
    assert [codes.check("web:a", sms.code, "m1") for _ in range(3)] == [Verified()] * 3
    assert codes.check("web:a", sms.code, "m2") == Expired()
    assert codes.check("web:a", sms.code) == Expired()


def test_a_wrong_code_costs_one_try_however_often_its_message_is_tried(codes: Codes, sms: FakeSms) -> None:
    tried = [codes.check("web:a", sms.wrong_code, key) for key in ("m1", "m1", "m2", "m2", "m2")]
    assert tried == [Wrong(4), Wrong(4), Wrong(3), Wrong(3), Wrong(3)]
    for key in ("m3", "m4"):
        codes.check("web:a", sms.wrong_code, key)
    assert [codes.check("web:a", sms.wrong_code, "m5") for _ in range(2)] == [Locked(), Locked()]


def test_trying_again_keeps_no_proof_alive(codes: Codes, sms: FakeSms, clock: Clock) -> None:
    codes.check("web:a", sms.code, "m1")
    clock.pass_by(minutes=9)
    assert codes.check("web:a", sms.code, "m1") == Verified()
    clock.pass_by(minutes=1)
    assert codes.check("web:a", sms.code, "m1") == Expired()
    assert codes.verified("web:a") is None


def test_after_the_conversation_was_left_its_message_proves_nothing(codes: Codes, sms: FakeSms) -> None:
    codes.check("web:a", sms.code, "m1")
    codes.forget("web:a")
    assert codes.check("web:a", sms.code, "m1") == Expired()


def test_the_same_message_does_not_make_another_code_right(codes: Codes, sms: FakeSms) -> None:
    codes.check("web:a", sms.code, "m1")
    assert codes.check("web:a", sms.wrong_code, "m1") == Wrong(5)


def test_twenty_tries_of_one_message_at_once_are_all_answered_the_same(codes: Codes, sms: FakeSms) -> None:
    start = Barrier(20)

    def try_it(_: int) -> object:
        start.wait()
        return codes.check("web:a", sms.code, "m1")

    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(try_it, range(20))) == {Verified()}
