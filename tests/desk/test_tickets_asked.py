"""What is typed right after 请直接在这里回复 answers the question; anything else goes its usual way."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from desk.conversation import BOT, CITIZEN, NOTICE, Message
from desk.tickets.asked import answer_to

NOW = datetime(2026, 3, 2, tzinfo=timezone.utc)
ADD = {"title": "补充情况", "payload": '/add_facts{"number": "JS-1"}'}


def said(author: str, *buttons: dict[str, str]) -> Message:
    return Message(1, author, {"text": "", "buttons": list(buttons)}, NOW)


ASKED = said(NOTICE, ADD)
TYPED = said(CITIZEN)


@pytest.mark.parametrize("text", ["在3号窗口，上午十点左右", "11月2日", "有", "华山西路那个大厅，谢谢"])
def test_a_statement_right_after_the_question_is_its_answer(text: str) -> None:
    payload = answer_to(text, [said(BOT), ASKED, TYPED])
    assert payload is not None
    assert json.loads(payload.removeprefix("/add_facts")) == {"number": "JS-1", "words": text}


@pytest.mark.parametrize(
    "text",
    [
        "领失业金要带什么材料",
        "能领几个月",
        "你们几点下班？",
        "我要找人工",
        "我的投诉",
        "我要撤回",
        "好的",
        "谢谢。",
        "",
        "长" * 1501,
    ],
)
def test_a_question_or_another_wish_is_no_answer(text: str) -> None:
    assert answer_to(text, [ASKED, TYPED]) is None


def test_nothing_is_an_answer_once_something_else_was_said_or_while_a_form_waits() -> None:
    statement = "在3号窗口交的"
    form = said(BOT, {"title": "取消", "payload": "/cancel"})
    both = said(NOTICE, ADD, {"title": "撤回", "payload": "/withdraw"})
    for before in ([], [ASKED, said(BOT)], [form, ASKED], [both], [said(BOT, ADD)], [said(NOTICE)]):
        assert answer_to(statement, [*before, TYPED]) is None
