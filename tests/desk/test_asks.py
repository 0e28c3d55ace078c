from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.asks import asks, is_ask, sentences, the_ask

STORY = "我在西山区一家印刷厂干了十一年，上个月厂子搬到外地去了，老板说愿去的去，不愿去的签字走人。"
MORE = "我爱人身体也不好，家里两个娃娃还在读书，就靠我一个人。"


def test_a_text_falls_into_its_sentences_with_their_marks() -> None:
    assert sentences("您好。怎么领？！谢谢\n再见") == ["您好。", "怎么领？！", "谢谢", "再见"]
    assert sentences(" \n ") == []


@pytest.mark.parametrize(
    "text",
    [
        "怎么领",
        "领多少？",
        "给我讲哈得不得",
        "要带哪样",
        "能领几个月",
        "哪点办",
        "我想问一下",
        "这样可以不",
        "几号发",
        "是不是要去窗口",
    ],
)
def test_a_sentence_that_asks_is_an_ask(text: str) -> None:
    assert is_ask(text)


@pytest.mark.parametrize("text", ["我被裁员了。", "谢谢您", "材料交上去了", "厂子搬走了", STORY])
def test_a_sentence_that_tells_is_none(text: str) -> None:
    assert not is_ask(text)


def test_a_long_letter_is_cut_down_to_what_it_asks() -> None:
    letter = f"您好！{STORY}{MORE}我这种情况能不能领失业金？要带什么材料？谢谢您！"
    assert the_ask(letter) == "我这种情况能不能领失业金？要带什么材料？"


def test_only_the_last_two_asks_of_a_letter_count() -> None:
    letter = f"厂子怎么能这样？{STORY}能不能领？{MORE}领多少钱？"
    assert the_ask(letter) == "能不能领？领多少钱？"


def test_a_greeting_with_a_question_mark_is_no_ask() -> None:
    assert the_ask(f"您好？{STORY}{MORE}该带什么证件？您好？") == "该带什么证件？"


@pytest.mark.parametrize("length", [59, 60])
def test_only_from_sixty_characters_on_a_message_is_a_letter(length: int) -> None:
    text = "我被裁员了。".ljust(length - 5, "厂") + "怎么领钱？"
    assert len(text) == length
    assert bool(the_ask(text)) == (length >= 60)


def test_a_letter_without_an_ask_is_judged_by_its_end() -> None:
    text = f"{STORY}{MORE}"
    assert the_ask(text) == text[-60:]


def test_the_ask_is_at_most_120_characters_long() -> None:
    letter = f"您好。{'厂' * 300}怎么办？"
    assert the_ask(letter) == letter[-120:]


@given(st.text(max_size=400) | st.lists(st.sampled_from([STORY, MORE, "怎么领？", "谢谢。"])).map("".join))
def test_an_ask_is_shorter_than_its_letter_and_stands_in_it_or_is_nothing(text: str) -> None:
    ask = the_ask(text)
    assert len(ask) <= 120
    assert ask == "" or len(ask) < len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("要带什么材料？去哪点办？", ["要带什么材料？", "去哪点办？"]),
        ("怎么申领失业金，另外请问医保怎么交", ["怎么申领失业金", "医保怎么交"]),
        ("能领几个月，还有就是钱打到哪张卡", ["能领几个月", "钱打到哪张卡"]),
        ("审核多久啊，顺便问一下发钱是几号", ["审核多久啊", "发钱是几号"]),
        ("第一，要带什么材料；第二，去哪里办", ["第一，要带什么材料；", "去哪里办"]),
        ("怎么申领，第二个问题是要带什么材料", ["怎么申领", "要带什么材料"]),
        ("厂子倒闭了。能领几个月？医保谁交？谢谢", ["能领几个月？", "医保谁交？"]),
        ("怎么申领？我还有几个月领完？", ["怎么申领？", "几个月领完？"]),
        ("领多少钱？领几个月？去哪里领？", ["领多少钱？", "领几个月？", "去哪里领？"]),
    ],
)
def test_several_asks_are_told_apart_in_their_order(text: str, found: list[str]) -> None:
    assert asks(text) == found


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("第二步怎么填？身份证要原件吗？", "第二步怎么填？"),
        ("第二次失业怎么领？要带什么材料？", "第二次失业怎么领？"),
        ("第二个月能领多少？第一个月呢？", "第二个月能领多少？"),
        ("失业补助金还有没有？医保怎么办？", "失业补助金还有没有？"),
    ],
)
def test_words_that_only_look_like_another_matter_stay_in_their_ask(text: str, whole: str) -> None:
    assert asks(text)[0] == whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "怎么领失业金",
        "我被裁了，怎么领失业金？谢谢！",
        "好。行。",
        "？？？",
        "怎么？咋？",
        "我还有三年退休，能不能一直领",
    ],
)
def test_a_message_with_one_ask_has_not_several(text: str) -> None:
    assert asks(text) == []
