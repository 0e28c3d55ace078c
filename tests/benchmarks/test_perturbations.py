from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import perturbations as p

_SENTENCES = [
    "失业金怎么领，食叶今金，十夜斤，申请身份证，深情伸亲，银行卡航咖，社保设宝，缴费脚飞，材料才聊，办理半里"
] * 5
COMMON = p.common_characters(_SENTENCES, ["失页金", "食业金"])
KINDS = p.perturbations(COMMON)
QUESTION = "没有银行卡，能不能去社保局问失业金怎么领？"


def spoil(kind: str, text: str, seed: int = 1) -> str:
    return KINDS[kind](text, Random(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_spoils_a_text_in_the_same_way(kind: str) -> None:
    assert spoil(kind, QUESTION) == spoil(kind, QUESTION) != QUESTION


@pytest.mark.parametrize("kind", ["homophone", "dictation", "dropped", "keyboard", "mixed"])
def test_another_seed_spoils_it_in_another_way(kind: str) -> None:
    assert len({spoil(kind, QUESTION, seed) for seed in range(10)}) > 1


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(st.sampled_from("失业金吗去ab ，。1没有么什〔〕"), min_size=1), seed=st.integers(0, 99))
def test_no_text_is_emptied(kind: str, text: str, seed: int) -> None:
    assert spoil(kind, text, seed)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 300))
def test_placeholders_stay_whole(kind: str, seed: int) -> None:
    text = "我的〔身份证#1〕和〔手机号#2〕没有银行卡吗〔身份证#1〕"
    spoilt = spoil(kind, text, seed)
    assert spoilt.count("〔身份证#1〕") == 2
    assert spoilt.count("〔手机号#2〕") == 1


@given(seed=st.integers(0, 99))
def test_homophones_are_one_or_two_common_characters_of_the_same_sound(seed: int) -> None:
    spoilt = spoil("homophone", QUESTION, seed)
    changed = [(a, b) for a, b in zip(QUESTION, spoilt, strict=True) if a != b]
    assert len(changed) in {1, 2}
    for before, after in changed:
        assert any(before in group and after in group for group in (*COMMON.same.values(), "行航"))


def test_a_sound_is_read_in_its_word() -> None:
    heard = {p.homophone("银行", Random(seed), COMMON) for seed in range(20)}
    assert "银航" in heard


def test_rare_characters_take_no_part() -> None:
    assert p.common_characters(["失十"] * 4, []).same == {}


@given(seed=st.integers(0, 99))
def test_dictation_loses_the_stops_and_keeps_a_filler(seed: int) -> None:
    spoilt = spoil("dictation", "失业金，怎么领？", seed)
    assert not set("，？") & set(spoilt)
    assert any(filler in spoilt for filler in ("嗯", "那个", "就是说"))


@given(seed=st.integers(0, 99))
def test_dictation_mishears_a_word_in_no_way_that_is_listed(seed: int) -> None:
    spoilt = spoil("dictation", "失业金", seed)
    assert "失业金" not in spoilt and not COMMON.listed.search(spoilt)


@given(text=st.text(st.sampled_from("一二三四五"), min_size=2, max_size=60), seed=st.integers(0, 99))
def test_one_character_in_twelve_is_dropped(text: str, seed: int) -> None:
    spoilt = spoil("dropped", text, seed)
    assert len(text) - len(spoilt) == max(1, round(len(text) / 12))
    rest = iter(text)
    assert all(char in rest for char in spoilt)


def test_the_last_character_is_not_dropped() -> None:
    assert spoil("dropped", "钱") == "钱"


@given(seed=st.integers(0, 99))
def test_a_keyboard_loses_no_character(seed: int) -> None:
    spoilt = spoil("keyboard", QUESTION, seed)
    assert spoilt != QUESTION
    assert all(spoilt.count(char) >= QUESTION.count(char) for char in QUESTION)


@pytest.mark.parametrize(
    ("standard", "local"),
    [
        ("怎么办什么证", "咋个办哪样证"),
        ("能不能去", "给能克"),
        ("不要去哪里", "莫克哪点"),
        ("知道吗", "晓得噶"),
        ("没有", "没得"),
        ("有没有要不要", "有没有要不要"),
        ("去年过去失去", "去年过去失去"),
    ],
)
def test_turns_of_phrase_of_kunming(standard: str, local: str) -> None:
    assert p.dialect(standard) == local


def test_traditional_script() -> None:
    assert p.traditional("失业金怎么领〔身份证#1〕") == "失業金怎麼領〔身份证#1〕"


def test_mixed_is_every_kind() -> None:
    spoilt = spoil("mixed", "不知道能不能去办理就业登记，没有时间，怎么办理登记手续呢")
    assert any(char in spoilt for char in "業辦記時麼續")
    assert any(word in spoilt for word in ("給能", "咋", "曉", "沒得"))
    assert "，" not in spoilt
