"""Where a claim stands: every way through the form, for who is known and who is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.counter import open_counter
from desk.settings import Settings
from tests.actions.conftest import NewDialogue, counter_in
from tests.actions.dialogue import Dialogue
from tests.desk.databases import migrated
from tests.gateway.door import ROOT

START = "action_claim_start"
REVIEWING = ("00000019850101001X", "演示甲")
LATE = ("999999196805200049", "演示丁")
REFUSED = ("000000197511110060", "演示己")
NOBODY = ("539900198501010010", "无此人")  # an area that was never given out


@pytest.fixture
def talk(tmp_path: Path) -> Dialogue:
    """A conversation with a desk of its own, because codes are counted for each person and day."""
    return Dialogue(counter_in(tmp_path), "web-a")


def named(talk: Dialogue, person: tuple[str, str]) -> str:
    """Begin and name somebody in two messages."""
    talk.say("查进度", "status", to=START)
    talk.say(person[0])
    return talk.say(person[1])


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def fields(talk: Dialogue) -> dict[str, str]:
    (card,) = [m["card"] for m in talk.heard if m["card"]]
    return {field["name"]: field["value"] for field in card["fields"]}


def test_the_owner_sees_the_claim_after_number_name_and_code(talk: Dialogue) -> None:
    assert "身份证号" in talk.say("查进度", "status", to=START)
    assert talk.slots["requested_slot"] == "claim_id_number"
    talk.say(REVIEWING[0])
    assert talk.slots["requested_slot"] == "claim_name"
    assert "6 位验证码" in talk.say(REVIEWING[1])
    heard = talk.say(talk.code())
    assert fields(talk)["办到哪一步"] == "已提交"
    assert "演示数据" in heard
    assert REVIEWING[0] not in heard
    assert talk.form is None


def test_after_the_claim_was_shown_nothing_of_the_person_is_left(talk: Dialogue) -> None:
    named(talk, REVIEWING)
    talk.say(talk.code())
    assert talk.slots["claim_id_number"] is talk.slots["claim_name"] is talk.slots["claim_code"] is None
    assert talk.counter.vault.get("web-a", "〔身份证#1〕") is None


def test_number_and_name_may_come_in_one_message_with_the_question(talk: Dialogue) -> None:
    talk.say(f"查进度，身份证{REVIEWING[0]}，姓名{REVIEWING[1]}", "status", to=START)
    if talk.slots["requested_slot"] == "claim_name":  # the name is only sure where it was asked for
        talk.say(REVIEWING[1])
    assert talk.slots["requested_slot"] == "claim_code"


def test_the_name_may_come_before_the_number(talk: Dialogue) -> None:
    talk.say("查进度", "status", to=START)
    talk.say(f"我叫{REVIEWING[1]}", "inform", 0.2)
    talk.say(REVIEWING[0])
    assert talk.slots["requested_slot"] == "claim_code"


def test_a_question_about_the_name_is_no_name(talk: Dialogue) -> None:
    talk.say("查进度", "status", to=START)
    assert "姓名记下了" not in talk.say("姓名要写曾用名还是现在的", "inform", 0.2)
    assert talk.slots["claim_name"] is None
    assert talk.slots["requested_slot"] == "claim_id_number"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("000000198501010011", "对不上"),
        ("000000850101001", "15 位"),
    ],
)
def test_a_number_that_cannot_be_is_named_kindly_and_asked_again(
    talk: Dialogue, number: str, told: str
) -> None:
    talk.say("查进度", "status", to=START)
    first = talk.say(number)
    heard = first if told in first else talk.say(REVIEWING[1])
    assert told in heard
    assert talk.slots["requested_slot"] == "claim_id_number"
    talk.say(REVIEWING[0])
    if talk.slots["requested_slot"] == "claim_name":
        talk.say(REVIEWING[1])
    assert talk.slots["requested_slot"] == "claim_code"


def test_words_that_are_no_number_are_explained(talk: Dialogue) -> None:
    talk.say("查进度", "status", to=START)
    assert "18 位" in talk.say("嗯嗯那个", "inform", 0.1)
    assert talk.form == "claim_form"


def test_somebody_unknown_hears_the_same_words_as_somebody_known(somebody: NewDialogue) -> None:
    heard = []
    known = somebody()
    for talk, person in ((known, REVIEWING), (somebody(), NOBODY)):
        sent = named(talk, person)
        refused = talk.say(wrong(known.code()))
        words = f"{sent}{refused}{talk.titles}{talk.slots['requested_slot']}"
        heard.append(words.replace(person[1], "某人"))
    assert heard[0] == heard[1]
    assert "claim_code" in heard[0]


def test_after_five_wrong_codes_it_stops_for_the_day(talk: Dialogue) -> None:
    named(talk, REVIEWING)
    code = talk.code()
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in talk.say(wrong(code))
    assert "今天不能再查" in talk.say(wrong(code))
    assert talk.form is None
    named(talk, REVIEWING)
    assert talk.form is None
    assert not any(m["card"] for m in talk.heard)


def test_a_new_code_so_soon_is_refused_with_the_seconds_to_wait(talk: Dialogue) -> None:
    named(talk, REVIEWING)
    code = talk.code()
    assert "秒后" in talk.press("重发验证码")
    assert talk.slots["requested_slot"] == "claim_code"
    talk.say(code)
    assert fields(talk)


def test_words_instead_of_a_code_are_explained_and_cost_no_try(talk: Dialogue) -> None:
    named(talk, REVIEWING)
    assert "6 位" in talk.say("什么码", "inform", 0.1)
    assert "还可以试 4 次" in talk.say(wrong(talk.code()))


def test_the_form_can_be_left_and_nothing_is_kept(talk: Dialogue) -> None:
    named(talk, REVIEWING)
    assert "不查了" in talk.press("不查了")
    assert talk.form is None
    assert talk.slots["claim_id_number"] is None
    assert not any(m["card"] for m in talk.heard)


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(talk: Dialogue) -> None:
    talk.say("查进度", "status", to=START)
    talk.say(REVIEWING[0])
    heard = talk.say("审核要多久啊？", "review_time", 0.95)
    assert "10个工作日" in heard
    assert "姓名" in heard
    talk.say(REVIEWING[1])
    assert talk.slots["requested_slot"] == "claim_code"


def test_a_number_that_has_expired_is_asked_for_again(talk: Dialogue) -> None:
    talk.say("查进度", "status", to=START)
    talk.say(REVIEWING[0])
    talk.counter.vault.forget("web-a")
    assert "自动删除" in talk.say(REVIEWING[1])
    talk.say(REVIEWING[0])
    assert talk.slots["requested_slot"] == "claim_code"


def test_a_late_claim_offers_the_complaint_already_filled_in(talk: Dialogue) -> None:
    named(talk, LATE)
    talk.say(talk.code())
    talk.press("帮我登记投诉", to="action_complaint_start")
    assert talk.form == "complaint_form"
    assert "审核超期" in talk.slots["complaint_story"]
    assert talk.slots["complaint_when"]
    assert talk.slots["requested_slot"] == "complaint_reply_by"


def test_a_refused_claim_tells_the_reason_and_how_to_apply_again(talk: Dialogue) -> None:
    named(talk, REFUSED)
    talk.say(talk.code())
    assert "银行卡不是申领人本人的" in fields(talk)["不通过的原因"]
    assert any("重新申请" in title for title in talk.titles)


def test_where_no_code_can_be_sent_it_says_where_to_look(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"DESK_VAR": str(tmp_path), "DESK_DATA": str(ROOT / "data"), "DESK_DEMO": "0"}
    )
    migrated(settings.database_url)
    talk = Dialogue(open_counter(settings), "web-a")
    assert "还没有开通" in talk.say("查进度", "status", to=START)
    assert talk.form is None
