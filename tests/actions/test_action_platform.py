"""The progress of a claim while the provincial platform is out of order: what is said, and what is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from desk.counter import open_counter
from desk.settings import Settings
from tests.actions.dialogue import Dialogue
from tests.desk.databases import migrated
from tests.fakes.people import KNOWN, NAME
from tests.fakes.platform import FakePlatform
from tests.gateway.door import ROOT

START = "action_claim_start"
OUT_OF_ORDER = ("status:500", "page", "wrong_person", "twice", "list")


@pytest.fixture
def talk(tmp_path: Path, platform: FakePlatform) -> Dialogue:
    settings = Settings.from_env({"DESK_VAR": str(tmp_path), "DESK_DATA": str(ROOT / "data")})
    migrated(settings.database_url)
    return Dialogue(open_counter(replace(settings, platform=platform.settings())), "web-a")


def named(talk: Dialogue) -> str:
    talk.say("查进度", "status", to=START)
    talk.say(KNOWN)
    return talk.say(NAME)


def test_the_platform_s_claim_is_shown_without_a_mark_of_demo(talk: Dialogue) -> None:
    named(talk)
    heard = talk.say(talk.code())
    assert "审核中" in heard and "演示数据" not in heard


@pytest.mark.parametrize("mode", OUT_OF_ORDER)
def test_before_the_code_the_citizen_hears_what_happened_what_works_and_whom_to_call(
    talk: Dialogue, platform: FakePlatform, mode: str
) -> None:
    talk.slots["office_row"] = 2
    platform.mode = mode
    heard = named(talk)
    office = talk.counter.offices.by_row(2)
    for told in ("没能从省里", "不是您填错", "投诉都照常", "就业彩云南", "12333", office.dialled[0]):
        assert told in heard
    assert "验证码" not in heard and talk.form is None
    assert talk.titles == ["再试一次", "转人工 / 12333"]


def test_trying_again_needs_neither_number_nor_name_again(talk: Dialogue, platform: FakePlatform) -> None:
    platform.mode = "status:500"
    named(talk)
    assert "没能从省里" in talk.press("再试一次", to=START)
    assert talk.form is None
    platform.mode = ""
    heard = talk.press("再试一次", to=START)
    assert "6 位验证码" in heard and "身份证号：" not in heard
    assert talk.slots["requested_slot"] == "claim_code"
    assert "审核中" in talk.say(talk.code())
    assert talk.slots["claim_id_number"] is talk.slots["claim_name"] is talk.slots["claim_code"] is None


@pytest.mark.parametrize("mode", OUT_OF_ORDER)
def test_a_right_code_is_kept_until_the_platform_is_back(
    talk: Dialogue, platform: FakePlatform, mode: str
) -> None:
    named(talk)
    code = talk.code()
    platform.mode = mode
    assert "没能从省里" in talk.say(code)
    assert talk.form is None and not any(m["card"] for m in talk.heard)
    platform.mode = ""
    assert "审核中" in talk.press("再试一次", to="action_claim_start")


def test_meanwhile_everything_else_can_be_asked_and_trying_again_still_works(
    talk: Dialogue, platform: FakePlatform
) -> None:
    platform.mode = "status:500"
    named(talk)
    again = next(b["payload"] for m in talk.heard for b in m["buttons"] if b["title"] == "再试一次")
    assert "10个工作日" in talk.say("审核要多久啊？", "review_time", 0.95, to="action_guide")
    platform.mode = ""
    assert "6 位验证码" in talk.send(again, to=START)


def test_a_number_that_has_expired_meanwhile_is_asked_for_again(
    talk: Dialogue, platform: FakePlatform
) -> None:
    platform.mode = "status:500"
    named(talk)
    talk.counter.vault.forget("web-a")
    platform.mode = ""
    assert "自动删除" in talk.press("再试一次", to=START)
    assert talk.slots["requested_slot"] == "claim_id_number"


def test_the_button_of_an_old_conversation_begins_anew(talk: Dialogue) -> None:
    assert "核对身份" in talk.send('/status{"value": "retry"}', to=START)
    assert talk.slots["requested_slot"] == "claim_id_number"


def test_asking_for_another_code_while_it_is_down_keeps_what_was_given(
    talk: Dialogue, platform: FakePlatform
) -> None:
    named(talk)
    platform.mode = "status:500"
    assert "没能从省里" in talk.press("重发验证码")
    platform.mode = ""
    talk.press("再试一次", to=START)
    assert talk.slots["requested_slot"] == "claim_code"
    assert "审核中" in talk.say(talk.code())


def test_somebody_without_a_claim_is_told_so_after_the_code(talk: Dialogue, platform: FakePlatform) -> None:
    platform.people[0].claims.clear()
    named(talk)
    assert "没有查到您的申领记录" in talk.say(talk.code())
    assert talk.slots["claim_id_number"] is None


def test_the_words_are_the_same_whoever_was_named(talk: Dialogue, platform: FakePlatform) -> None:
    platform.mode = "status:500"
    known = named(talk)
    other = Dialogue(talk.counter, "web-b")
    other.say("查进度", "status", to=START)
    other.say("539900198501010010")
    assert other.say("无此人") == known
    assert sum(platform.calls.values()) == 2
    assert not re.search(r"\d{15}", known)
