from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from desk.identity import Codes, Expired, Locked, Sent, Verified, Wrong
from desk.sealing import Keys
from tests.desk.databases import migrated
from tests.fakes.clock import Clock
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN, People
from tests.fakes.sms import FakeSms

KEYS = Keys.of(bytes(range(32)))


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
def codes(engine: Engine, sms: FakeSms, clock: Clock) -> Codes:
    return Codes(engine, KEYS, sms, People(), clock, spawn=lambda send: send())


def test_a_stolen_row_is_of_no_use_to_another_conversation(
    codes: Codes, sms: FakeSms, tmp_path: Path
) -> None:
    codes.begin("web:a", KNOWN, NAME)
    with sqlite3.connect(tmp_path / "desk.db") as stolen:
        stolen.execute("UPDATE one_time_code SET sender_id = 'web:b'")
    assert codes.check("web:b", sms.code) == Wrong(4)


# --- an attacker cannot learn whether a person exists -------------------------------------------


def talk(codes: Codes, clock: Clock, sender: str, number: str, name: str) -> list[object]:
    """Everything an attacker sees who types wrong codes and asks for new ones."""
    seen: list[object] = [codes.begin(sender, number, name), codes.resend(sender)]
    seen += [codes.check(sender, "000000"), codes.check(sender, "999999")]
    clock.pass_by(minutes=2)
    seen += [codes.resend(sender), *(codes.check(sender, "123456") for _ in range(4)), codes.resend(sender)]
    seen += [codes.verified(sender), codes.begin(sender, number, name)]
    return seen


@pytest.mark.parametrize(("number", "name"), [(UNKNOWN, NOBODY), (KNOWN, NOBODY), (UNKNOWN, NAME)])
def test_somebody_unknown_meets_the_same_answers(
    tmp_path: Path, sms: FakeSms, number: str, name: str
) -> None:
    seen = []
    for which, (claimed, called) in enumerate(((KNOWN, NAME), (number, name))):
        url = f"sqlite:///{tmp_path / str(which)}.db"
        migrated(url)
        clock = Clock()
        codes = Codes(open_database(url), KEYS, sms, People(), clock, spawn=lambda send: send())
        seen.append(talk(codes, clock, "web:a", claimed, called))
    assert seen[0] == seen[1]
    assert len(sms.sent) == 2  # both for the person who is known


def test_no_six_digits_fit_somebody_unknown(codes: Codes, tmp_path: Path) -> None:
    codes.begin("web:a", UNKNOWN, NOBODY)
    row = _rows(tmp_path)[0]
    told = (json.dumps(["code", "web:a", row["subject"], f"{n:06d}"]) for n in range(0, 10**6, 29))
    macs = {codes._keys.mac(text) for text in told}
    assert row["code_mac"] not in macs


def test_the_rows_of_somebody_unknown_look_the_same(codes: Codes, tmp_path: Path) -> None:
    codes.begin("web:a", KNOWN, NAME)
    codes.begin("web:b", UNKNOWN, NOBODY)
    known, unknown = (_look(row) for row in _rows(tmp_path))
    assert known == unknown


def test_nobody_waits_for_the_sms_service(engine: Engine, clock: Clock) -> None:
    """How long the sending takes would tell who is known: the answer is there while it still goes on."""
    may_go = threading.Event()

    class SlowSms(FakeSms):
        def send(self, phone: str, text: str, sender_id: str) -> None:
            assert may_go.wait(30)
            super().send(phone, text, sender_id)

    sms = SlowSms()
    codes = Codes(engine, KEYS, sms, People(), clock)
    try:
        assert isinstance(codes.begin("web:a", KNOWN, NAME), Sent)
        assert not sms.sent
    finally:
        may_go.set()


def test_a_broken_sms_service_does_not_tell_who_is_known(codes: Codes, sms: FakeSms) -> None:
    sms.down = True
    assert isinstance(codes.begin("web:a", KNOWN, NAME), Sent)
    assert isinstance(codes.begin("web:b", UNKNOWN, NOBODY), Sent)


def _rows(tmp_path: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(tmp_path / "desk.db")
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute("SELECT * FROM one_time_code ORDER BY id")]


def _look(row: dict[str, Any]) -> dict[str, Any]:
    keyed = {"code_mac", "subject", "sealed"}
    same = {key: value for key, value in row.items() if key not in {"id", "sender_id"} | keyed}
    return same | {key: len(row[key]) for key in keyed}


# --- many at once, and what lies in the files ------------------------------------------------------


def test_twenty_at_once_still_have_five_tries(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, NAME)
    guess = sms.wrong_code
    with ThreadPoolExecutor(20) as pool:
        seen = Counter(pool.map(lambda _: codes.check("web:a", guess), range(20)))
    assert seen == Counter({Wrong(4): 1, Wrong(3): 1, Wrong(2): 1, Wrong(1): 1, Locked(): 16})
    assert codes.check("web:a", sms.code) == Locked()


def test_a_right_code_typed_twenty_times_at_once_proves_it_once(codes: Codes, sms: FakeSms) -> None:
    codes.begin("web:a", KNOWN, NAME)
    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(lambda _: codes.check("web:a", sms.code), range(20)))
    assert sum(isinstance(one, Verified) for one in seen) == 1
    assert seen.count(Expired()) == 19


def test_neither_the_code_nor_the_person_lies_in_the_files(
    codes: Codes, sms: FakeSms, tmp_path: Path
) -> None:
    codes.begin("control-75310", KNOWN, NAME)
    planted = [KNOWN.encode(), PHONE.encode(), sms.code.encode(), NAME.encode()]
    planted += [json.dumps(NAME).encode()]
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert any(b"control-75310" in data for data in files)
    assert not [one for one in planted for data in files if one in data]
