"""The traps of the knowledge: what has ended, what is only said elsewhere, what belongs to another region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from desk.guide import Answer, Guide, Question
from desk.regions import Atlas, load_atlas

DATA = Path(__file__).parents[2] / "data"
DAY, LONG_AGO = date(2026, 11, 21), date(2024, 12, 31)
NOT_OURS = ["自治区", "盟市", "旗县", "综柜", "大额补充", "金保工程", "智慧就业服务云平台"]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas(DATA)


@pytest.fixture(scope="module")
def guide(atlas: Atlas) -> Guide:
    return Guide(atlas)


def ask(guide: Guide, topic: str, text: str, region: str = "kunming", day: date = DAY) -> Answer:
    answer = guide.answer(Question(topic, None, text, region, day))
    assert isinstance(answer, Answer), f"{region} has no card about {topic}"
    return answer


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from strings(item)


def spoken(answer: Answer) -> str:
    """Everything a door could show or read out."""
    return "\n".join(strings(astuple(answer)[3:]))


def reachable(guide: Guide, atlas: Atlas) -> Iterator[Answer]:
    """Every answer that a Kunming citizen can get, while its rule holds and after it has run out."""
    for region in atlas.chain("kunming"):
        for topic, cards in atlas.cards[region.id].items():
            for card in cards:
                for day in {DAY, LONG_AGO, card.until or DAY}:
                    answer = guide.answer(Question(topic, card.aspect, "", "kunming", day))
                    assert isinstance(answer, Answer)
                    yield answer


# Traps of the knowledge: section 1


def test_ten_working_days_come_with_their_national_source(guide: Guide) -> None:
    answer = ask(guide, "review_time", "审核要多久")
    assert "10个工作日" in spoken(answer)
    cited = " ".join(source.title + source.number for source in answer.sources)
    assert "社会保险经办条例" in cited or "〔2024〕60号" in cited


@pytest.mark.parametrize("text", ["超过60天了还能领吗", "听说要在60日内申请", "过了六十天没办"])
def test_the_old_sixty_days_are_corrected(guide: Guide, atlas: Atlas, text: str) -> None:
    found = [answer for answer in guide.search(text, "kunming", DAY) if "60" in spoken(answer)]
    assert found, "no card answers the question about 60 days"
    assert any(re.search("不得以|不能以|不是拒|不再是|不会因", spoken(answer)) for answer in found)


@pytest.mark.parametrize(
    ("topic", "text", "title"),
    [
        ("eligibility", "厂里把我辞退都隔了大半年，这个时候去领来得及没得", "超过60天还能申请吗"),
        ("eligibility", "去年被开除的，现在去领还来得及吗", "超过60天还能申请吗"),
        ("eligibility", "被开除了能领吗", "被辞退、裁员、开除，或公司倒闭"),
        ("dispute_stop_reason", "老板不给我开解除合同的纸，说我欠他工作服", "单位不给证明、不配合"),
        ("dispute_stop_reason", "解除合同的协议能当证据吗", "什么能当证据"),
        ("dispute_stop_reason", "app上总说未查到停保信息，是怎么了", "单位没给我停保（没办减员）"),
        ("eligibility", "上个月自己裸辞的，社保交了五年，能领不", "自己辞职的"),
        ("transfer", "我社保在玉溪交的，如今住昆明，失业保险关系怎么转过来", "在云南省内换城市"),
        ("transfer", "从广东回昆明，失业保险怎么转", "跨省换工作，失业保险怎么转"),
        ("materials", "我去替她办行不行，她腿脚不方便", "别人能代办吗"),
        ("stop_suspend", "领的时候接点私活有影响不", "打零工、兼职、自己交社保"),
    ],
)
def test_what_is_asked_decides_and_not_what_happened_before(
    guide: Guide, topic: str, text: str, title: str
) -> None:
    assert ask(guide, topic, text).title == title


def test_no_card_gives_sixty_days_as_a_rule(guide: Guide, atlas: Atlas) -> None:
    cards = {card.id: card for card in atlas.all_cards()}
    sixty = re.compile("60[日天个]|六十[日天]")
    answers = list(reachable(guide, atlas))
    saying = {answer.card for answer in answers if sixty.search("".join((*answer.lines, answer.say)))}
    assert not [id for id in saying if "N25" not in cards[id].facts]


@pytest.mark.parametrize(
    ("topic", "text", "fact", "said"),
    [
        ("unemployment_subsidy", "失业补助金还能领吗", "N52", "停止|结束|不再"),
        ("unemployment_subsidy", "农民工一次性生活补助怎么领", "Y10", "不再|统一|并入"),
        ("skill_subsidy", "技能提升补贴怎么领", "Y20", "到2025"),
    ],
)
def test_what_has_ended_is_said_to_have_ended(
    guide: Guide, atlas: Atlas, topic: str, text: str, fact: str, said: str
) -> None:
    answer = ask(guide, topic, text)
    facts = next(card.facts for card in atlas.all_cards() if card.id == answer.card)
    assert fact in facts, f"{answer.card} answers instead of the card about {fact}"
    assert re.search(said, answer.say), answer.say
    assert re.search(said, "".join(answer.lines)), answer.lines


def test_the_skill_subsidy_is_spoken_as_lapsed_but_was_valid(guide: Guide) -> None:
    now = ask(guide, "skill_subsidy", "技能提升补贴")
    assert now.note.startswith("这条规定的有效期到2025年12月31日")
    assert ask(guide, "skill_subsidy", "技能提升补贴", day=date(2025, 12, 31)).note == ""


@pytest.mark.parametrize("text", ["到窗口办要带什么", "去大厅现场办带哪些材料"])
def test_materials_at_the_window_are_told_apart_from_the_upload(guide: Guide, text: str) -> None:
    answer = ask(guide, "materials", text)
    said = spoken(answer)
    assert "网上" in said
    assert "身份证或社会保障卡" in said
    assert "以窗口为准" in said


def test_the_whole_list_of_materials_says_where_it_holds(guide: Guide) -> None:
    answer = ask(guide, "materials", "")
    assert answer.kind == "checklist"
    assert len(answer.lines) == 7
    assert "网上" in spoken(answer)
    assert "窗口" in spoken(answer)


def test_a_proof_of_leaving_is_never_required(guide: Guide, atlas: Atlas) -> None:
    proof = re.compile("(解除|终止).{0,12}(劳动|合同|关系).{0,8}证明")
    wrong = {
        f"{answer.card}: {line}"
        for answer in reachable(guide, atlas)
        for line in (*answer.lines, answer.say)
        if answer.topic in {"materials", "process", "registration", "eligibility"} and proof.search(line)
        if not re.search("不再|不用|不需|不要|不得|无需|不必|没有|不能要求|单位", line)
    }
    assert not wrong, "\n".join(wrong)


def test_a_sum_of_money_says_since_when_and_who_decides(guide: Guide, atlas: Atlas) -> None:
    wrong = {
        answer.card
        for answer in reachable(guide, atlas)
        if re.search(r"\d{3,}\s*元", spoken(answer)) and not ("核定为准" in spoken(answer) and answer.since)
    }
    assert not wrong


def test_yunnan_has_one_amount_for_all_its_districts(guide: Guide) -> None:
    said = spoken(ask(guide, "amount_duration", "五华区一个月多少钱"))
    assert "90%" in said
    assert "1863" in said


@pytest.mark.parametrize("words", ["〔2024〕89号", "每满1年领3个月", "70%", "80%", "没有传统意义的县"])
def test_no_card_repeats_a_rule_from_a_poisoned_source(guide: Guide, atlas: Atlas, words: str) -> None:
    believing = {
        answer.card
        for answer in reachable(guide, atlas)
        for line in spoken(answer).splitlines()
        if words in line and not re.search("不符|别信|不对|错|不是", line)
    }
    assert not believing


# Traps of the knowledge: section 2


@pytest.mark.parametrize("term", NOT_OURS)
def test_no_kunming_answer_contains_an_inner_mongolia_term(guide: Guide, atlas: Atlas, term: str) -> None:
    assert not {answer.card for answer in reachable(guide, atlas) if term in spoken(answer)}


def test_the_region_file_guards_every_one_of_those_terms(atlas: Atlas) -> None:
    assert set(NOT_OURS) <= set(atlas.regions["neimenggu"].own_terms)


@pytest.mark.parametrize(
    "rule", ["2270", "95%", "85%", "98%", "88%", "不足3个月", "满洲里", "二连浩特", "证岗相适材料"]
)
def test_no_kunming_answer_contains_an_inner_mongolia_rule(guide: Guide, atlas: Atlas, rule: str) -> None:
    assert not {answer.card for answer in reachable(guide, atlas) if rule in spoken(answer)}


def test_no_kunming_answer_cites_the_inner_mongolia_paper(guide: Guide, atlas: Atlas) -> None:
    cited = {
        (answer.card, source.title) for answer in reachable(guide, atlas)
        for source in answer.sources if "内蒙古" in source.title + source.clause + source.number
    }  # fmt: skip
    assert not cited


def test_kunming_never_gets_a_card_of_inner_mongolia(guide: Guide) -> None:
    questions = ["综柜在哪", "盟市旗县怎么办", "大额补充医疗保险", "内蒙古失业金多少", "自治区网站改停保原因"]
    found = [answer for text in questions for answer in guide.search(text, "kunming", DAY, limit=20)]
    assert not [answer.card for answer in found if answer.label or answer.card.startswith("neimenggu")]


def test_inner_mongolia_gets_its_own_cards_with_the_label_first(guide: Guide, atlas: Atlas) -> None:
    label = "以下是内蒙古自治区的规定，昆明不适用"
    assert atlas.cards["neimenggu"], "no card of Inner Mongolia is written"
    for topic, cards in atlas.cards["neimenggu"].items():
        for card in cards:
            answer = guide.answer(Question(topic, card.aspect, "", "neimenggu", DAY))
            assert isinstance(answer, Answer)
            assert answer.card == card.id
            assert answer.label.startswith(label)
            assert answer.say.startswith(label)
            assert answer.scope == "内蒙古自治区"


@pytest.mark.parametrize(
    ("topic", "text", "term"),
    [
        ("medical_insurance", "内蒙古领金期间医保怎么代缴", "大额补充"),
        ("dispute_stop_reason", "内蒙古停保原因不对怎么改", "自治区"),
        ("amount_duration", "内蒙古失业金一个月多少钱", "2270"),
    ],
)
def test_inner_mongolia_is_told_its_own_rule(guide: Guide, topic: str, text: str, term: str) -> None:
    answer = ask(guide, topic, text, region="neimenggu")
    assert answer.label
    assert term in spoken(answer)


# Questions about one item are answered about that item


@pytest.mark.parametrize(
    ("topic", "text", "part"),
    [
        ("materials", "五华区领失业金要带什么材料", "户口簿"),
        ("materials", "户口簿要哪几页", "发证机关页"),
        ("materials", "戶口本要拍哪幾頁", "发证机关页"),
        ("materials", "就业创业证必须吗", "非必填"),
        ("materials", "照片什么要求", "1寸"),
        ("materials", "身份证正反面都要吗", "国徽面"),
        ("process", "哪些栏不用填", "失业登记日期"),
        ("process", "人脸识别要注意什么", "普通话"),
        ("process", "刷脸老是过不去", "光"),
        ("process", "选代缴医保要填什么", "医保卡号"),
        ("process", "带星号的是哪些", "银行账号"),
        ("rejection", "审核没通过怎么办", "经办"),
    ],
)
def test_a_question_about_one_item_is_answered_so(guide: Guide, topic: str, text: str, part: str) -> None:
    answer = ask(guide, topic, text)
    assert part in spoken(answer), f"{answer.card}: {answer.lines}"


def test_the_nine_steps_can_be_walked_one_by_one(guide: Guide) -> None:
    for n, word in enumerate("一二三四五六七八九", start=1):
        step = guide.step("process", n, "kunming", DAY)
        assert isinstance(step, Answer)
        assert step.progress is not None
        assert (step.progress.step, step.progress.of) == (n, 9)
        assert ask(guide, "process", f"那第{word}步呢").card == step.card
    assert len(ask(guide, "process", "全部步骤").lines) == 9
