"""Guide follow-ups, offices and what is said when nothing was understood."""

from __future__ import annotations

import pytest

from tests.actions.dialogue import Dialogue

GUIDE, FOLLOW, OFFICE, FALLBACK = "action_guide", "action_follow_up", "action_office", "action_fallback"


def step_shown(talk: Dialogue) -> int | None:
    cards = [message["card"] for message in talk.heard if message["card"]]
    progress = cards[-1].get("progress") if cards else None
    return int(progress["step"]) if progress else None


def label(talk: Dialogue) -> str:
    (card,) = [message["card"] for message in talk.heard if message["card"]]
    return str(card["label"])


def test_a_question_is_answered_with_its_card_and_remembered(talk: Dialogue) -> None:
    heard = talk.say("户口簿要哪几页", "materials", to=GUIDE)
    assert "户口" in heard
    assert talk.slots["topic"] == "materials"
    assert talk.slots["region"] == "kunming"


def test_the_steps_are_walked_to_the_end_and_back(talk: Dialogue) -> None:
    talk.say("第一步怎么办", "process", to=GUIDE)
    seen = [step_shown(talk)]
    for _ in range(8):
        talk.say("下一步", "next_step", to=FOLLOW)
        seen.append(step_shown(talk))
    assert seen == list(range(1, 10))
    heard = talk.say("下一步", "next_step", to=FOLLOW)
    assert "九步都讲完了" in heard
    assert step_shown(talk) == 9
    talk.say("上一步", "previous_step", to=FOLLOW)
    assert step_shown(talk) == 8


def test_before_the_first_step_there_is_none(talk: Dialogue) -> None:
    talk.say("第一步", "process", to=GUIDE)
    assert "第一步了" in talk.say("上一步", "previous_step", to=FOLLOW)
    assert step_shown(talk) == 1


def test_next_step_without_any_context_begins_with_the_first(talk: Dialogue) -> None:
    talk.say("下一步", "next_step", to=FOLLOW)
    assert step_shown(talk) == 1


@pytest.mark.parametrize(("said", "step"), [("那第五步呢", 5), ("第9步", 9), ("第十二步呢", 9)])
def test_a_step_is_found_by_its_number_and_one_that_is_not_there_by_the_nearest(
    talk: Dialogue, said: str, step: int
) -> None:
    heard = talk.say(said, "which_step", to=FOLLOW)
    assert step_shown(talk) == step
    assert ("一共 9 步" in heard) == (said == "第十二步呢")


def test_the_buttons_of_a_step_lead_on(talk: Dialogue) -> None:
    talk.say("第三步", "process", to=GUIDE)
    talk.press("下一步", to=FOLLOW)
    assert step_shown(talk) == 4
    talk.press("全部步骤", to=FOLLOW)
    assert talk.slots["aspect"] == "overview"


def test_who_is_stuck_is_asked_where_or_shown_the_step(talk: Dialogue) -> None:
    talk.say("我卡住了", "stuck", to=FOLLOW)
    assert talk.titles == [f"第{n}步" for n in range(1, 10)]
    talk.press("第4步", to=FOLLOW)
    talk.say("卡住了", "stuck", to=FOLLOW)
    assert step_shown(talk) == 4


@pytest.mark.parametrize("intent", ["more", "repeat", "why"])
def test_a_follow_up_without_anything_before_it_asks_what_is_meant(talk: Dialogue, intent: str) -> None:
    assert "您想接着问哪件事" in talk.say("还有呢", intent, to=FOLLOW)


def test_more_offers_the_other_cards_of_the_topic_and_repeat_says_the_same_again(talk: Dialogue) -> None:
    first = talk.say("要带什么材料", "materials", to=GUIDE)
    assert talk.say("再说一遍", "repeat", to=FOLLOW) == first
    assert "还可以看" in talk.say("还有呢", "more", to=FOLLOW)
    assert talk.titles


def test_who_asks_why_hears_whose_rule_it_is_and_whom_to_call_and_can_see_it_again(talk: Dialogue) -> None:
    first = talk.say("要审核多久", "review_time", to=GUIDE)
    heard = talk.say("为什么", "why", to=FOLLOW)
    assert "依据的是：《" in heard and "适用：" in heard and "12333" in heard
    assert not any(message["card"] for message in talk.heard)
    assert talk.press("再看一遍", to=FOLLOW) == first


def test_why_is_no_answer_of_ours_where_the_matter_was_not(talk: Dialogue) -> None:
    first = talk.say("养老金怎么领", "oos_social", to=GUIDE)
    assert talk.say("为什么", "why", to=FOLLOW) == first


def test_the_rule_of_another_province_is_named_as_its_own_when_somebody_asks_why(talk: Dialogue) -> None:
    talk.say("我在内蒙古，怎么申领", "process", to=GUIDE)
    assert talk.say("为什么", "why", to=FOLLOW).startswith("以下是内蒙古自治区的规定，昆明不适用。")


def test_who_speaks_of_inner_mongolia_gets_its_cards_with_the_label_first(talk: Dialogue) -> None:
    talk.say("我在内蒙古，怎么申领", "process", to=GUIDE)
    assert "内蒙古" in label(talk)
    assert talk.slots["region"] == "neimenggu"
    talk.say("审核要多久", "review_time", to=GUIDE)
    assert "内蒙古" in label(talk)


def test_an_office_is_remembered_for_bank_phone_and_address(talk: Dialogue) -> None:
    assert "五华区就业局" in talk.say("五华区在哪里办", "office", to=OFFICE)
    for intent, name in (("office_phone", "电话"), ("office_bank", "发放银行"), ("office_address", "地址")):
        assert f"五华区就业局失业保险科的{name}：" in talk.say("那呢", intent, to=FOLLOW)
    assert "西山区" in talk.say("不是五华，是西山", "correct", to="action_correct")
    assert "西山区" in talk.say("电话多少", "office_phone", to=FOLLOW)


def test_a_word_about_an_office_that_nobody_named_asks_for_the_place(talk: Dialogue) -> None:
    assert "哪个区" in talk.say("电话多少", "office_phone", to=FOLLOW)
    assert "官渡区" in talk.say("官渡区的电话", "office_phone", to=FOLLOW)


def test_an_ambiguous_place_asks_back_and_the_button_settles_it(talk: Dialogue) -> None:
    heard = talk.say("北市区在哪里办", "office", to=OFFICE)
    assert "可能归不同的经办机构" in heard
    assert talk.slots["office_row"] is None
    talk.press(talk.titles[0], to=OFFICE)
    assert talk.slots["office_row"]


def test_without_a_place_every_office_is_offered(talk: Dialogue) -> None:
    talk.say("在哪里办", "office", to=OFFICE)
    assert len(talk.titles) == 17


def test_the_second_time_nothing_was_understood_a_person_is_offered(talk: Dialogue) -> None:
    first = talk.say("嗯嗯啊啊", "nlu_fallback", 0.2, to=FALLBACK)
    assert talk.slots["misses"] == 1
    second = talk.say("呜呜哇哇", "nlu_fallback", 0.2, to=FALLBACK)
    assert "12333" in second
    assert first != second
    talk.say("要带什么材料", "materials", to=GUIDE)
    assert talk.slots["misses"] == 0
    assert talk.say("嗯嗯啊啊", "nlu_fallback", 0.2, to=FALLBACK) == first


def test_words_that_fit_cards_offer_them_when_they_were_not_understood(talk: Dialogue) -> None:
    talk.say("那个就业创业证嘛", "nlu_fallback", 0.2, to=FALLBACK)
    assert any("就业创业证" in title for title in talk.titles) or talk.slots["topic"]


def test_yes_without_an_offer_and_no_and_cancel_are_answered(talk: Dialogue) -> None:
    for action in ("action_affirm", "action_deny", "action_cancel", "action_start_over", "action_form_over"):
        assert talk.say("好", "affirm", to=action)
        assert talk.titles
    assert talk.slots["topic"] is None


def test_a_person_can_be_asked_for_at_any_time(talk: Dialogue) -> None:
    assert "12333" in talk.say("转人工", "human", to="action_handoff")
