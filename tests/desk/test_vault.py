from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from desk.database import open_database
from desk.privacy import MOBILE, Found
from desk.sealing import Keys
from desk.vault import LIFETIME, Vault
from tests.desk.databases import migrated
from tests.fakes.clock import Clock

PERSON = "00000019850101001X"  # nobody lives in area 000000
PHONE = "13800000000"
CARD = "6222000000000000"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    return open_database(url)


@pytest.fixture
def vault(engine: Engine, keys: Keys, clock: Clock) -> Vault:
    return Vault(engine, keys, clock)


def test_a_value_comes_back_to_the_conversation_it_was_said_in_only(vault: Vault) -> None:
    assert vault.redact("web:a", f"我是{PERSON}").text == "我是〔身份证#1〕"
    assert vault.get("web:a", "〔身份证#1〕") == PERSON
    assert vault.get("web:b", "〔身份证#1〕") is None
    assert vault.get("web:a", "〔身份证#2〕") is None
    assert vault.get("web:a", "身份证") is None


def test_numbers_go_on_over_the_messages_of_one_conversation(vault: Vault) -> None:
    vault.redact("web:a", PHONE)
    assert vault.redact("web:a", "13900000000").text == "〔手机号#2〕"
    assert vault.redact("web:b", "13700000000").text == "〔手机号#1〕"
    assert vault.get("web:a", "〔手机号#1〕") == PHONE
    assert vault.get("web:a", "〔手机号#2〕") == "13900000000"


def test_a_placeholder_kept_again_has_the_newest_value(vault: Vault) -> None:
    refs = vault.put("web:a", [Found(MOBILE, PHONE, "〔手机号#1〕")])
    vault.put("web:a", [Found(MOBILE, "13900000000", "〔手机号#1〕")])
    assert vault.get("web:a", refs[0]) == "13900000000"


def test_nothing_is_given_back_after_half_an_hour(vault: Vault, clock: Clock) -> None:
    vault.redact("web:a", PHONE)
    clock.now += LIFETIME - timedelta(seconds=1)
    assert vault.get("web:a", "〔手机号#1〕") == PHONE
    clock.now += timedelta(seconds=1)
    assert vault.get("web:a", "〔手机号#1〕") is None


def test_an_old_placeholder_never_comes_to_mean_a_new_value(vault: Vault, clock: Clock) -> None:
    vault.redact("web:a", PHONE)
    clock.now += timedelta(hours=1)
    assert vault.purge() == 1
    assert vault.purge(clock.now) == 0
    assert vault.redact("web:a", "13900000000").text == "〔手机号#2〕"
    assert vault.get("web:a", "〔手机号#1〕") is None


def test_a_conversation_that_is_ended_is_wiped_at_once(vault: Vault) -> None:
    vault.redact("web:a", PHONE)
    vault.forget("web:a")
    assert vault.get("web:a", "〔手机号#1〕") is None


def test_a_row_moved_to_another_conversation_or_another_key_does_not_open(
    vault: Vault, engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    vault.redact("web:a", PHONE)
    with sqlite3.connect(tmp_path / "desk.db") as stolen:
        stolen.execute("UPDATE vault SET sender_id = 'web:b'")
    assert vault.get("web:b", "〔手机号#1〕") is None
    with sqlite3.connect(tmp_path / "desk.db") as stolen:
        stolen.execute("UPDATE vault SET sender_id = 'web:a'")
    assert vault.get("web:a", "〔手机号#1〕") == PHONE
    assert Vault(engine, Keys.of(bytes(32)), clock).get("web:a", "〔手机号#1〕") is None


def test_no_planted_number_is_in_the_database_files_but_the_control_is(vault: Vault, tmp_path: Path) -> None:
    for number in (PERSON, PHONE, CARD, "087163000000"):
        vault.redact("control-75310", f"我的号码 {number}")
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        for number in (PERSON, PHONE, CARD, "087163000000"):
            assert number.encode() not in data, path
    assert any(b"control-75310" in path.read_bytes() for path in tmp_path.iterdir())
