"""What a message tells beside its question: the line that begins the answer."""

from __future__ import annotations

from datetime import date

import pytest

import actions.claims
import actions.complaint
import actions.guide
from tests.actions.dialogue import Dialogue

GUIDE = "action_guide"
DAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _on_one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (actions.guide, actions.claims, actions.complaint):
        monkeypatch.setattr(room, "today", lambda: DAY)


def first(talk: Dialogue) -> str:
    return str(talk.heard[0]["text"])


def test_years_paid_begin_the_answer_and_the_card_follows(talk: Dialogue) -> None:
    talk.say("我交了八年半，能领几个月", "amount_duration", to=GUIDE)
    assert first(talk) == "您说交了8年半：满8年，在云南可以领17个月，以经办机构核定为准。"
    assert [m["card"]["title"] for m in talk.heard if m["card"]] == ["能领几个月"]
    assert talk.slots["aspect"] == "months"


def test_in_the_middle_of_a_form_years_paid_lead_to_our_card_though_it_sounds_like_pensions(
    talk: Dialogue,
) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say("我交了六年半社保能拿几个月", "oos_social", confidence=0.7)
    assert "在云南可以领15个月" in first(talk)
    assert talk.form == "complaint_form"


def test_a_length_of_which_the_months_are_asked_is_a_length_of_paying(talk: Dialogue) -> None:
    talk.say("三年零四个月能领几个月", "amount_duration", to=GUIDE)
    assert first(talk).startswith("您说交了3年4个月：满3年，在云南可以领7个月")


def test_the_same_question_without_years_gets_the_card_only(talk: Dialogue) -> None:
    assert "您说" not in talk.say("能领几个月", "amount_duration", to=GUIDE)


@pytest.mark.parametrize("said", ["我在内蒙古交了8年能领几个月", "成都交了8年能领几个月"])
def test_who_paid_elsewhere_hears_no_months_of_yunnan(talk: Dialogue, said: str) -> None:
    assert "在云南可以领" not in talk.say(said, "amount_duration", to=GUIDE)


def test_who_asked_about_inner_mongolia_before_hears_no_months_of_yunnan(talk: Dialogue) -> None:
    talk.say("内蒙古怎么领", "process", to=GUIDE)
    assert "在云南可以领" not in talk.say("交了8年能领几个月", "amount_duration", to=GUIDE)


def test_a_day_of_handing_in_begins_the_answer_about_the_review(talk: Dialogue) -> None:
    talk.say("11月10号交的，审核要多久", "review_time", to=GUIDE)
    assert first(talk).startswith("您说11月10日交的：最晚到11月24日（10个工作日")
    assert "我要投诉" not in talk.titles


def test_a_day_that_has_passed_offers_the_complaint_and_it_begins(talk: Dialogue) -> None:
    talk.say("10月8号交的，审核要多久", "review_time", to=GUIDE)
    assert first(talk).endswith("这一天已经过了。")
    assert talk.titles.count("我要投诉") == talk.titles.count("超过10个工作日怎么办") == 1
    talk.press("我要投诉", to="action_complaint_start")
    assert talk.form == "complaint_form"


def test_who_asks_for_the_status_hears_the_last_day_before_the_form(talk: Dialogue) -> None:
    heard = talk.say("十月八号交的，帮我查进度", "status", to="action_claim_start")
    assert first(talk).startswith("您说10月8日交的：最晚到10月21日")
    assert "核对身份" in heard
    assert talk.form == "claim_form"
    talk.press("我要投诉")
    assert talk.form == "complaint_form"


def test_who_complains_of_a_late_review_hears_the_last_day(talk: Dialogue) -> None:
    talk.say("我要投诉审核太慢，10月8号交的到现在没消息", "complaint", to="action_complaint_start")
    assert first(talk).startswith("您说10月8日交的：最晚到10月21日")
    assert talk.form == "complaint_form"


def test_who_complains_of_something_else_does_not(talk: Dialogue) -> None:
    heard = talk.say("我要投诉，10月8号窗口的人骂我", "complaint", to="action_complaint_start")
    assert "最晚到" not in heard


def test_a_story_that_is_sent_again_because_no_answer_came_is_told_once(talk: Dialogue) -> None:
    story = "窗口没有收我的材料，也没有说明理由，希望尽快给我办"
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say(story)
    talk.say(story)
    assert talk.slots["complaint_story"] == story
    talk.say("还有一件事，补材料的清单他们也不肯给我写下来")
    assert talk.slots["complaint_story"].startswith(f"{story}；还有一件事")


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("投诉先放一边，谁来帮我交医保", "medical_insurance"),
        ("等哈，我妹子在安宁，她要克哪家银行开卡", "payment_bank"),
    ],
)
def test_a_sure_question_in_the_middle_changes_nothing_that_was_told(
    talk: Dialogue, said: str, topic: str
) -> None:
    story = "经开区的窗口没有收我的材料，也没有说明理由，希望尽快给我办"
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say(story)
    office = talk.slots["complaint_office"]
    talk.say(said, topic)
    assert office and (talk.slots["complaint_story"], talk.slots["complaint_office"]) == (story, office)
    assert talk.form == "complaint_form"


def test_who_does_not_know_the_district_is_not_asked_about_his_insurance(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say("窗口的人骂我还不收材料，喊我滚出去")
    talk.say("不晓得是哪个区", "office", 0.9)
    assert (talk.slots["complaint_office"], talk.slots["requested_slot"]) == ("不清楚", "complaint_when")


def test_who_says_again_that_he_complains_hears_that_it_goes_on(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say("窗口的人态度很差，交了三次材料都不收", "complaint")
    heard = talk.say("我要投诉", "complaint")
    assert "正在登记" in heard
    assert "哪个区" in heard
    assert "没有看出" not in heard
    heard = talk.say("那就登记嘛", "registration")
    assert "正在登记" in heard
    assert "失业登记" not in heard
    assert "正在登记" in talk.say("行，接着投诉", "complaint")
    heard = talk.say("我要投诉五华区的", "complaint")
    assert "什么时候" in heard


def test_who_asks_for_a_phone_number_has_not_chosen_how_to_be_answered(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say("五华区窗口的人骂我还不收材料，喊我滚出去")
    talk.say("上个月15号去的，她叫我回去打印社保记录，打了又说不要")
    assert talk.slots["complaint_when"] == "上个月15号"
    assert "打了又说不要" in talk.slots["complaint_story"]
    assert "12333" in talk.say("有没有电话可以打")
    assert talk.slots["complaint_reply_by"] is None
    talk.say("没有电话")
    assert talk.slots["complaint_reply_by"] == "here"
