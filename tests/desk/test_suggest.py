from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desk.counter import open_counter
from desk.doubt import Guess
from desk.offices import Ambiguous, Found, NoOffice
from desk.settings import Settings
from desk.suggest import Suggester, Suggestion, Understood
from desk.tickets import Kind

DATA = Path(__file__).parents[2] / "data"
DAY = date(2026, 11, 21)
PLANTED_PHONE = "13" + "800138000"
PLANTED_ID = "530102" + "19850101" + "0015"


@pytest.fixture(scope="module")
def suggester(tmp_path_factory: pytest.TempPathFactory) -> Suggester:
    settings = Settings.from_env({"DESK_VAR": str(tmp_path_factory.mktemp("var"))})
    return Suggester(open_counter(replace(settings, data=DATA)))


def heard(*asks: Guess, **labels: float) -> Understood:
    guesses = sorted((Guess(*pair) for pair in labels.items()), key=lambda guess: -guess.confidence)
    return Understood(tuple(guesses), asks)


def topics(found: Suggestion) -> list[str]:
    return [offer.answer.topic for offer in found.offers]


def cards(found: Suggestion) -> list[str]:
    return [offer.answer.card for offer in found.offers]


def test_the_model_names_the_topic_and_the_words_choose_the_card(suggester: Suggester) -> None:
    found = suggester.suggest("照片要几寸的", heard(materials=0.95, process=0.02), "kunming", DAY)
    first = found.offers[0]
    assert (first.answer.card, first.possible) == ("kunming.materials.photo", False)
    assert first.answer.say
    assert first.answer.sources
    assert (first.answer.scope, first.answer.checked.year) == ("昆明市", 2026)


def test_at_most_three_cards_are_offered_and_no_card_twice(suggester: Suggester) -> None:
    labels = heard(materials=0.3, process=0.25, registration=0.2, eligibility=0.15)
    found = suggester.suggest("要带什么材料，怎么申领", labels, "kunming", DAY)
    assert topics(found) == ["materials", "process", "registration"]
    assert len(set(cards(found))) == 3


def test_where_the_model_doubts_every_card_is_only_possible(suggester: Suggester) -> None:
    found = suggester.suggest("那个要咋个整", heard(process=0.4, materials=0.3), "kunming", DAY)
    assert topics(found) == ["process", "materials"]
    assert all(offer.possible for offer in found.offers)


def test_of_a_sure_topic_the_card_is_certain_and_the_others_are_possible(suggester: Suggester) -> None:
    found = suggester.suggest("要带什么，怎么弄", heard(materials=0.85, process=0.1), "kunming", DAY)
    assert [offer.possible for offer in found.offers][:2] == [False, True]


def test_a_second_clear_ask_gets_a_certain_card_too(suggester: Suggester) -> None:
    asks = (Guess("materials", 0.97), Guess("review_time", 0.9))
    found = suggester.suggest(
        "要带什么材料？审核要多久？", heard(*asks, materials=0.6, review_time=0.35), "kunming", DAY
    )
    assert {offer.answer.topic for offer in found.offers if not offer.possible} == {
        "materials",
        "review_time",
    }


def test_without_the_model_the_words_alone_find_the_card(suggester: Suggester) -> None:
    found = suggester.suggest("照片要什么底色", None, "kunming", DAY)
    assert found.offers[0].answer.card == "kunming.materials.photo"


def test_without_the_model_misheard_words_are_put_right(suggester: Suggester) -> None:
    found = suggester.suggest("就业创业正必须要吗", None, "kunming", DAY)
    assert found.offers[0].answer.card == "kunming.materials.jobless_card"


def test_a_topic_without_cards_is_named_as_a_room(suggester: Suggester) -> None:
    found = suggester.suggest("我的申请办到哪一步了", heard(status=0.95), "kunming", DAY)
    assert (found.rooms, found.nothing) == (("status",), "")


@pytest.mark.parametrize(
    ("words", "understood"),
    [("阿巴阿巴", None), ("你好呀", heard(chitchat=0.9)), ("阿巴", Understood(()))],
)
def test_where_nothing_fits_that_is_said_and_no_card_is_offered(
    suggester: Suggester, words: str, understood: Understood | None
) -> None:
    found = suggester.suggest(words, understood, "kunming", DAY)
    assert found.offers == ()
    assert "没有找到对得上的记录" in found.nothing
    assert "12333" in found.nothing


@pytest.mark.parametrize("words", ["", " \n "])
def test_no_words_suggest_nothing_at_all(suggester: Suggester, words: str) -> None:
    assert suggester.suggest(words, None, "kunming", DAY) == Suggestion("")


def test_another_region_is_answered_from_its_own_cards_with_its_label_first(suggester: Suggester) -> None:
    found = suggester.suggest("内蒙古怎么做失业登记", heard(registration=0.95), "kunming", DAY)
    answer = found.offers[0].answer
    assert answer.card.startswith("neimenggu.registration.")
    assert answer.say.startswith(answer.label)
    assert answer.label
    assert not any(card.startswith("kunming.") for card in cards(found))


def test_kunming_never_gets_a_card_of_another_region(suggester: Suggester) -> None:
    for label in ("registration", "process", "rejection", "review_time"):
        found = suggester.suggest("怎么弄", heard(**{label: 0.9}), "kunming", DAY)
        assert not any(card.startswith("neimenggu.") for card in cards(found))


def test_words_that_name_a_place_without_cards_get_the_general_rules_and_a_note(suggester: Suggester) -> None:
    found = suggester.suggest("成都怎么领失业金", heard(process=0.95), "kunming", DAY)
    assert {offer.answer.scope for offer in found.offers} == {"全国"}
    assert "成都" in found.note


def test_the_office_of_a_place_in_the_words_is_found(suggester: Suggester) -> None:
    office = suggester.suggest("我在五华区交的社保去哪里办", None, "kunming", DAY).office
    assert isinstance(office, Found)
    assert office.office.district == "五华区"
    assert office.office.address
    assert office.office.bank
    assert office.office.phones


def test_several_offices_are_a_question_and_another_city_is_a_no(suggester: Suggester) -> None:
    assert isinstance(suggester.suggest("五华还是盘龙", None, "kunming", DAY).office, Ambiguous)
    assert isinstance(suggester.suggest("我在成都参保", None, "kunming", DAY).office, NoOffice)
    assert suggester.suggest("要带什么材料", None, "kunming", DAY).office is None


def test_a_place_that_the_agent_knows_goes_before_the_words(suggester: Suggester) -> None:
    found = suggester.suggest("我住盘龙区，去哪里办", None, "kunming", DAY, place="官渡区")
    assert isinstance(found.office, Found)
    assert found.office.office.district == "官渡区"
    assert found.draft is not None
    assert found.draft.district == found.office.office.district


def test_years_and_days_in_the_words_are_reckoned(suggester: Suggester) -> None:
    words = "我交了5年，11月16日交的申请，能领几个月，审核要多久"
    found = suggester.suggest(words, heard(amount_duration=0.5, review_time=0.4), "kunming", DAY)
    lines = "\n".join(line.text for line in found.reckoned)
    assert "可以领13个月" in lines
    assert "最晚到11月30日" in lines


def test_a_status_question_is_reckoned_although_it_has_no_card(suggester: Suggester) -> None:
    found = suggester.suggest("11月2日交的申请办到哪了", heard(status=0.95), "kunming", DAY)
    assert "最晚到11月16日" in found.reckoned[0].text


def test_what_callers_ask_next_is_not_what_is_shown_already(suggester: Suggester) -> None:
    found = suggester.suggest("要带什么材料", heard(materials=0.95), "kunming", DAY)
    asked = [(button.topic, button.aspect) for button in found.next]
    shown = [(offer.answer.topic, offer.answer.aspect) for offer in found.offers]
    assert asked
    assert len(asked) == len(set(asked)) <= 6
    assert not set(asked) & set(shown)


def test_a_next_question_leads_to_its_card(suggester: Suggester) -> None:
    button = suggester.suggest("要带什么材料", heard(materials=0.95), "kunming", DAY).next[0]
    offer = suggester.card(button.topic, button.aspect, "kunming", DAY)
    assert offer is not None
    assert (offer.answer.topic, offer.answer.aspect) == (button.topic, button.aspect)
    assert suggester.card("status", "overview", "kunming", DAY) is None


def test_danger_is_told_with_whom_to_call(suggester: Suggester) -> None:
    advice = suggester.suggest("不想活了", None, "kunming", DAY).advice
    assert advice is not None
    assert advice.route == "danger"
    assert ("急救", "120") in advice.phones
    assert advice.lines


def test_another_offices_matter_is_told_and_no_ticket_is_drafted(suggester: Suggester) -> None:
    found = suggester.suggest("有人冒领失业金我要举报", heard(fraud_risk=0.9), "kunming", DAY)
    assert found.advice is not None
    assert found.advice.route == "fund_fraud"
    assert found.draft is None


def test_personal_numbers_are_nowhere_in_a_suggestion(suggester: Suggester) -> None:
    words = f"我叫张三{PLANTED_ID}，投诉五华区审核慢，回我电话{PLANTED_PHONE}"
    found = suggester.suggest(words, heard(complaint=0.9), "kunming", DAY, place=PLANTED_PHONE)
    assert "〔手机号#1〕" in found.words
    assert PLANTED_PHONE not in repr(found)
    assert PLANTED_ID not in repr(found)


def test_only_the_first_part_of_a_very_long_text_is_looked_at(suggester: Suggester) -> None:
    found = suggester.suggest("好" * 3000 + "要带什么材料", None, "kunming", DAY)
    assert len(found.words) == 2000
    assert found.offers == ()


def test_the_draft_knows_what_the_words_tell(suggester: Suggester) -> None:
    words = f"投诉五华区窗口态度差，11月16日去的，电话{PLANTED_PHONE}"
    found = suggester.suggest(words, heard(complaint=0.9), "kunming", DAY)
    draft = found.draft
    assert draft is not None
    assert (draft.kind, draft.category, draft.district) == (Kind.COMPLAINT, "service", "五华区")
    assert (draft.happened_on, draft.happened) == (date(2026, 11, 16), "11月16日")
    assert (draft.phone_ref, draft.narrative) == ("〔手机号#1〕", found.words)
    assert draft.accused_unit.startswith("五华区")
