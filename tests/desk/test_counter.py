from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desk.claims.platform import Platform
from desk.claims.register import Register
from desk.counter import open_counter
from desk.errors import DataFault
from desk.platform_settings import PlatformSettings
from desk.settings import Settings
from tests.desk.databases import migrated

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env({"DESK_VAR": str(tmp_path)}), data=DATA)


def test_every_room_is_opened_and_no_table_is_touched(settings: Settings, tmp_path: Path) -> None:
    counter = open_counter(settings)
    assert counter.settings is settings
    assert all(value is not None for value in vars(counter).values())
    assert not (tmp_path / "desk.db").exists()


def test_rooms_share_one_database(settings: Settings) -> None:
    migrated(settings.database_url)
    counter = open_counter(settings)
    counter.vault.redact("web-a", "我是00000019850101001X")
    assert open_counter(settings).vault.get("web-a", "〔身份证#1〕") == "00000019850101001X"
    assert counter.tickets.mine("web-a") == []


def test_codes_exist_only_where_something_can_send_them(settings: Settings) -> None:
    bare = replace(settings, demo=False)
    assert open_counter(bare).codes is None
    assert open_counter(replace(bare, sms_url="http://127.0.0.1:1/")).codes is not None
    assert open_counter(settings).codes is not None


def test_data_that_is_wrong_is_told_with_its_path(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DataFault) as raised:
        open_counter(replace(settings, data=tmp_path / "nowhere"))
    assert raised.value.faults
    assert all("nowhere" in fault for fault in raised.value.faults)


def test_a_region_without_offices_is_told(settings: Settings) -> None:
    with pytest.raises(DataFault):
        open_counter(replace(settings, region="yunnan"))


def test_where_there_is_a_platform_the_claims_are_its_own(settings: Settings) -> None:
    assert isinstance(open_counter(settings).claims, Register)
    platform = PlatformSettings("https://platform.example", "desk", "control-75310", None)
    assert isinstance(open_counter(replace(settings, platform=platform)).claims, Platform)
