from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.wechat.wording import LONGEST, asks_for_more, has_no_matter, parts, reply_text
from desk.conversation import AGENT, BOT, Message
from desk.database import utc_now

MORE = "（没完，回复“更多”看后面）"


def said(text: str = "", seq: int = 1, author: str = BOT, **body: Any) -> Message:
    return Message(seq, author, {"text": text, **body}, utc_now())


CARD = {
    "kind": "checklist",
    "title": "要带的材料",
    "label": "内蒙古",
    "lines": ["身份证", "社保卡"],
    "ordered": True,
    "fields": [{"name": "发放银行", "value": "某银行"}],
    "phones": [{"name": "某中心", "number": "12333"}],
    "note": "以经办机构核定为准。",
    "scope": "昆明市",
    "sources": [{"title": "《条例》", "clause": "第三条", "number": "某发〔2020〕1号"}],
    "since": "2020-01-01",
    "checked": "2026-11-21",
    "progress": {"step": 2, "of": 9},
}


def test_a_card_becomes_a_short_text_with_its_source() -> None:
    assert reply_text([said(card=CARD)], []).splitlines() == [
        "【要带的材料】（内蒙古）（第2步，共9步）",
        "发放银行：某银行",
        "1. 身份证",
        "2. 社保卡",
        "电话：12333（某中心）",
        "以经办机构核定为准。",
        "依据：《条例》（某发〔2020〕1号）第三条；适用：昆明市；自 2020-01-01 起；核对于 2026-11-21",
    ]


def test_buttons_become_numbered_choices() -> None:
    text = reply_text([said("您问哪个？", buttons=[{"title": "甲", "payload": "/a"}, {"title": "乙"}])], [])
    assert text.splitlines() == ["您问哪个？", "", "回复数字或文字选择：", "1. 甲", "2. 乙"]


def test_only_the_newest_buttons_are_choices_because_a_number_means_one_of_them() -> None:
    older = said("旧", seq=3, buttons=[{"title": "旧的", "payload": "/a"}])
    newer = said("新", seq=7, buttons=[{"title": "新的", "payload": "/b"}])
    text = reply_text([newer], [older])
    assert "1. 新的" in text
    assert "旧的" not in text


def test_what_was_left_untold_comes_after_the_answer_and_says_so() -> None:
    text = reply_text([said("答复")], [said("进度", seq=0)])
    assert text == "答复\n\n另外，这些消息还没有送到过您：\n\n进度"
    assert reply_text([], [said("进度")]) == "进度"


def test_several_late_answers_each_name_their_question() -> None:
    late = [said("要身份证", seq=1), said("还要社保卡", seq=2), said("十个工作日", seq=4)]
    asked = {1: "要带什么", 2: "要带什么", 4: "多久能审核下来，已经等了很久了，请问到底要多少天"}
    assert reply_text([], late, asked=asked).split("\n\n") == [
        "您问的“要带什么”：\n要身份证",
        "还要社保卡",
        "您问的“多久能审核下来，已经等了很久了，请问到底…”：\n十个工作日",
    ]


def test_a_late_answer_that_comes_alone_needs_no_question_above_it() -> None:
    assert reply_text([], [said("要身份证", seq=1)], asked={1: "要带什么"}) == "要身份证"
    assert "您问的“要带什么”：\n要身份证" in reply_text(
        [said("您好", seq=3)], [said("要身份证")], asked={1: "要带什么"}
    )


def test_an_agent_speaks_under_the_own_name() -> None:
    assert reply_text([], [said("您好", author=AGENT, name="座席07")]) == "座席07：您好"


def test_a_choice_can_be_tapped_where_the_account_has_links() -> None:
    text = reply_text([said("？", buttons=[{"title": "找机构&电话", "payload": "/office"}])], [], links=True)
    assert (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E6%89%BE%E6%9C%BA%E6%9E%84%26%E7%94%B5%E8%AF%9D&msgmenuid=1">'
        "1. 找机构&电话</a>"
    ) in text


def test_nobody_but_us_makes_a_link() -> None:
    text = reply_text(
        [said('<a href="http://x">点这里</a>', buttons=[{"title": "<b>", "payload": "/a"}])], []
    )
    assert "<" not in text


def test_a_long_reply_is_cut_at_the_ends_of_sentences() -> None:
    sentence = "这是一句不短的话，后面还有很多句一样的话。"
    cut = parts(sentence * 100)
    assert len(cut) > 2
    assert all(part.endswith(f"。\n{MORE}") for part in cut[:-1])
    assert MORE not in cut[-1]


@given(st.text(max_size=3000), st.integers(1, 4))
def test_no_part_is_too_long_and_nothing_is_lost(text: str, times: int) -> None:
    text = text.encode("utf-8", "ignore").decode() * times
    cut = parts(text)
    assert all(len(part.encode()) <= LONGEST for part in cut)
    whole = "".join(part.removesuffix(MORE) for part in cut)
    assert "".join(whole.split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["更多", "“更多”", "更多。", "「更多」"])
def test_more_is_asked_for_with_and_without_the_marks(text: str) -> None:
    assert asks_for_more(text)


@pytest.mark.parametrize("text", ["更多材料", "还有更多吗", "", "多"])
def test_other_words_do_not_ask_for_more(text: str) -> None:
    assert not asks_for_more(text)


@pytest.mark.parametrize(
    "text", ["好", "在吗", "1", "嗯嗯", "？？", "不用了", "确认提交", "好了没", "第二个", "快点啊"]
)
def test_a_bare_word_has_no_matter_of_its_own(text: str) -> None:
    assert has_no_matter(text)


@pytest.mark.parametrize(
    "text", ["转人工", "我要投诉", "查进度", "五华区", "取消", "在哪办", "怎么办", "没收到", "一年"]
)
def test_a_short_word_may_have_one(text: str) -> None:
    assert not has_no_matter(text)
