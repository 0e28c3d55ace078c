"""What is done where the classifier is in doubt: answer, ask which of two, offer what is near, or say no."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from desk.tickets.number import make_number
from tests.actions.conftest import NewDialogue
from tests.actions.dialogue import Dialogue

GUIDE, FALLBACK, OFFICE = "action_guide", "action_fallback", "action_office"
STORY = "他们窗口的人态度差得很钱也不发"


def card(talk: Dialogue) -> dict[str, Any]:
    (found,) = [message["card"] for message in talk.heard if message["card"]]
    return dict(found)


def payloads(talk: Dialogue) -> list[str]:
    return [button["payload"] for message in talk.heard for button in message["buttons"]]


def test_two_close_topics_are_asked_about_with_a_way_out(talk: Dialogue) -> None:
    heard = talk.doubt("照片要交几张嘛那个", materials=0.5, process=0.35)
    assert "您是想问“要带什么材料”，还是“怎么申领、每一步怎么弄”？" in heard
    assert talk.titles == ["要带什么材料", "怎么申领、每一步怎么弄", "都不是", "转人工 / 12333"]


def test_the_button_shows_the_card_that_fits_the_words_first_said(talk: Dialogue) -> None:
    talk.doubt("照片要交几张嘛那个", materials=0.5, process=0.35)
    talk.press("要带什么材料", to=GUIDE)
    assert card(talk)["title"].startswith("照片")
    assert (talk.slots["aspect"], talk.slots["misses"]) == ("photo", 0)


@pytest.mark.parametrize(
    "said", ["我那个社保卡咋个整", "我那个社保咔咋个整", "我那個社保卡咋個整", "我那个设保卡咋个整"]
)
def test_the_words_fit_their_card_however_they_are_spelt(talk: Dialogue, said: str) -> None:
    talk.doubt(said, materials=0.5, registration=0.3)
    talk.press("要带什么材料", to=GUIDE)
    assert talk.slots["aspect"] == "social_card"


def test_neither_of_the_two_offers_a_person(talk: Dialogue) -> None:
    talk.doubt("照片要交几张嘛那个", materials=0.5, process=0.35)
    assert "12333" in talk.press("都不是", to=FALLBACK)
    assert talk.titles[0] == "转人工 / 12333"
    assert talk.slots["misses"] == 1
    talk.doubt("照片要交几张嘛那个", materials=0.5, process=0.35)
    assert talk.titles[0] == "转人工 / 12333"


def test_a_person_among_the_two_is_offered_once(talk: Dialogue) -> None:
    talk.doubt("他们态度差得很", complaint=0.5, human=0.3)
    assert payloads(talk).count("/human") == 1


def test_a_possible_complaint_keeps_its_story(talk: Dialogue) -> None:
    talk.doubt(STORY, complaint=0.5, payment_bank=0.3)
    assert talk.slots["complaint_story"] == STORY
    heard = talk.press("投诉、提意见", to="action_complaint_start")
    assert "接着刚才" in heard
    assert talk.form == "complaint_form"
    # Not asked for again: the next question is where it was.
    assert talk.slots["requested_slot"] == "complaint_office"
    assert (talk.slots["complaint_story"], talk.slots["misses"]) == (STORY, 0)


def test_a_complaint_that_may_be_a_question_keeps_its_story_beside_the_answer(talk: Dialogue) -> None:
    told = "我在办理的时候单位把停保原因写错了窗口喊我自己去找单位，这种事情我认为很不合理"
    talk.doubt(told, dispute_stop_reason=0.5, complaint=0.3)
    assert talk.slots["topic"] == "dispute_stop_reason"
    talk.press("投诉、提意见", to="action_complaint_start")
    assert talk.slots["complaint_story"] == told
    assert talk.slots["requested_slot"] == "complaint_office"


def test_what_is_no_complaint_keeps_nothing(talk: Dialogue) -> None:
    talk.doubt(STORY, payment_bank=0.5, review_time=0.3)
    assert talk.slots.get("complaint_story") is None


@pytest.mark.parametrize("said", ["我要投诉你们窗口的人", "想投诉", "还要投诉"])
def test_who_says_in_so_many_words_that_it_is_a_complaint_gets_the_form(talk: Dialogue, said: str) -> None:
    talk.doubt(said, payment_bank=0.4, complaint=0.3)
    assert talk.form == "complaint_form"


def test_the_number_of_a_ticket_leads_to_the_ticket(talk: Dialogue) -> None:
    number = make_number(date(2026, 11, 20), 990_001)
    heard = talk.doubt(f"{number}咋个样了", number=number, materials=0.4)
    assert "没有查到这个编号" in heard
    assert "编号不对" in talk.doubt("JS-20261120-000001-1咋个样了", number="JS-20261120-000001-1")


def test_the_words_of_a_card_settle_a_close_case(talk: Dialogue) -> None:
    talk.doubt("单位把停保原因写错了，喊我去整个手续", dispute_stop_reason=0.5, process=0.3)
    assert "停保原因" in " ".join(card(talk)["lines"])
    assert talk.titles[0] == "怎么申领、每一步怎么弄"
    talk.press("怎么申领", to=GUIDE)
    assert talk.slots["topic"] == "process"


def test_where_to_go_is_never_settled_by_the_words_of_cards(talk: Dialogue) -> None:
    talk.doubt("经办机构的电话地址我认不得", office=0.5, process=0.3)
    assert talk.titles[:2] == ["去哪个机构办、电话地址", "怎么申领、每一步怎么弄"]


def test_a_choice_of_the_office_keeps_the_place_that_was_named(talk: Dialogue) -> None:
    talk.doubt("我以前是在五华区那边上班的现在要整哪样", process=0.5, office=0.35)
    talk.press("去哪个机构办", to=OFFICE)
    assert "五华区" in card(talk)["title"]


def test_a_bare_place_is_answered_with_its_office(talk: Dialogue) -> None:
    talk.doubt("呈贡", transfer=0.4, process=0.3)
    assert "呈贡区" in card(talk)["title"]


@pytest.mark.parametrize(
    "chances", [{}, {"chitchat": 0.3, "oos_other": 0.1}, {"materials": 0.2, "process": 0.2}]
)
def test_far_away_the_doors_for_other_matters_are_named(talk: Dialogue, chances: dict[str, float]) -> None:
    heard = talk.doubt("阿巴阿巴", **chances)
    assert all(number in heard for number in ("12333", "12393", "12329", "12345"))
    assert talk.titles[-1] == "转人工 / 12333"
    assert talk.slots["misses"] == 1


def test_what_is_near_is_offered_by_its_cards_and_at_most_three(talk: Dialogue) -> None:
    talk.doubt("那个要咋个整", materials=0.35, process=0.2, office=0.15, status=0.13)
    topics = [payload.split("{")[0] for payload in payloads(talk)]
    assert topics == ["/materials", "/process", "/office", "/human"]


@pytest.mark.parametrize("chances", [{}, {"materials": 0.5, "process": 0.35}, {"materials": 0.3}])
def test_the_second_miss_offers_a_person_however_near_something_is(
    talk: Dialogue, chances: dict[str, float]
) -> None:
    talk.doubt("阿巴阿巴")
    heard = talk.doubt("那个照片嘛", **chances)
    assert "12333" in heard
    assert (talk.titles[0], talk.slots["misses"]) == ("转人工 / 12333", 2)


@pytest.mark.parametrize("said", ["什么破玩意儿气死老子了", "你们就会糊弄人！！", "滚 别烦我"])
def test_anger_without_a_matter_is_met_with_what_can_be_done(talk: Dialogue, said: str) -> None:
    for _ in range(2):
        assert "听得出您心里有气" in talk.say(said, "chitchat", to="action_chitchat")
        assert talk.titles == ["查我的进度", "投诉和建议", "转人工 / 12333"]
    assert "听得出您心里有气" in talk.doubt(said)


def test_an_answer_forgets_the_misses(talk: Dialogue) -> None:
    talk.doubt("阿巴阿巴")
    talk.say("要带什么材料", "materials", to=GUIDE)
    talk.doubt("照片要交几张嘛那个", materials=0.5, process=0.35)
    assert "都不是" in talk.titles


def test_of_two_asks_the_first_is_answered_and_the_other_is_a_button(talk: Dialogue) -> None:
    said = "户口簿要哪几页？怎么申领？"
    heard = talk.say(said, "materials", to=GUIDE, asks=["materials", "process"])
    assert "户口簿" in heard
    assert talk.titles[0] == "您还问了：怎么申领、每一步怎么弄"
    talk.press("您还问了", to=GUIDE)
    assert talk.slots["topic"] == "process"
    assert not any(title.startswith("您还问了") for title in talk.titles)


@pytest.mark.parametrize("said", ["去哪点办？要带什么材料？", "五华区去哪点办？要带什么材料？"])
def test_who_asks_where_and_what_else_gets_both(talk: Dialogue, said: str) -> None:
    talk.say(said, "office", to=OFFICE, asks=["office", "materials"])
    assert talk.slots["topic"] == "office"
    assert talk.titles[0] == "您还问了：要带什么材料"


@pytest.mark.parametrize("second", ["materials", "chitchat", "oos_social", "oos_other"])
def test_small_talk_other_matters_and_the_same_again_are_no_second_ask(talk: Dialogue, second: str) -> None:
    talk.say("户口簿要哪几页？还有一个呢？", "materials", to=GUIDE, asks=["materials", second])
    assert not any(title.startswith("您还问了") for title in talk.titles)


def test_a_long_letter_is_answered_by_its_ask(talk: Dialogue) -> None:
    letter = (
        "您好！我在西山区一家印刷厂干了十一年，上个月厂子搬走了，老板喊我们签字走人。身份证、社保卡、银行卡我都有，"
        "离职证明厂里也开了，失业登记也去办过了。我就想问一下照片要几寸的？谢谢！"
    )
    talk.say(letter, "materials", to=GUIDE)
    assert talk.slots["aspect"] == "photo"


def test_a_button_names_its_card_whatever_is_said_around_it(talk: Dialogue) -> None:
    talk.send("/materials" + json.dumps({"aspect": "hukou"}), to=GUIDE)
    assert talk.slots["aspect"] == "hukou"


def test_words_of_one_card_are_answered_though_nothing_was_recognised(talk: Dialogue) -> None:
    talk.doubt("就业创业证丢了")
    assert talk.slots["topic"] == "registration"


def test_between_two_only_a_card_of_the_likelier_answers_by_its_words_alone(talk: Dialogue) -> None:
    talk.doubt("就业创业证丢了", registration=0.5, materials=0.4)
    assert talk.slots["topic"] == "registration"


def test_a_card_of_a_third_topic_does_not_answer_between_two(talk: Dialogue) -> None:
    talk.doubt("就业创业证丢了", office=0.5, status=0.4)
    assert talk.slots.get("topic") is None
    assert talk.titles[:2] == ["去哪个机构办、电话地址", "我的申请办到哪了"]


def test_a_matter_of_others_is_looked_at_twice_unless_it_surely_is_one(somebody: NewDialogue) -> None:
    doubtful, sure = somebody(), somebody()
    doubtful.say("就业创业证丢了", "oos_other", 0.84, to=GUIDE)
    sure.say("就业创业证丢了", "oos_other", 0.85, to=GUIDE)
    assert (doubtful.slots["topic"], sure.slots["topic"]) == ("registration", "oos_other")
