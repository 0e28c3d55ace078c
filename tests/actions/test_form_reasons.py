"""Who asks why a form wants something hears it, and is asked again; who tells of a why is not interrupted."""

from __future__ import annotations

import pytest

from actions.form_reasons import _REASONS, reason
from tests.actions.dialogue import Dialogue


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("claim_id_number", "为什么"),
        ("claim_id_number", "为什么需要我的身份证号"),
        ("claim_id_number", "为啥子一定要填身份证号码？"),
        ("claim_id_number", "请问为什么要查我的身份证号"),
        ("claim_id_number", "凭什么要我的身份证号"),
        ("claim_id_number", "身份证号拿来干嘛"),
        ("claim_id_number", "要我的身份证号干什么用"),
        ("claim_id_number", "為什麼要身份證號"),
        ("claim_name", "为什么要登记真实姓名"),
        ("claim_code", "为什么要发验证码"),
        ("complaint_story", "为什么要写经过"),
        ("complaint_office", "为什么问是哪个区"),
        ("complaint_when", "咋个还要问时间"),
        ("complaint_reply_by", "你们干嘛问我的电话"),
        ("complaint_reply_by", "为什么要留电话号码"),
        ("complaint_reply_by", "要来干嘛"),
        ("complaint_reply_by", "问这个做哪样"),
        ("complaint_reply_by", "填这些干嘛呢"),
        ("complaint_anonymous", "为什么要选匿名"),
        ("complaint_confirmed", "为什么要核对"),
    ],
)
def test_a_question_about_the_question_is_seen(slot: str, text: str) -> None:
    assert reason(slot, text) == _REASONS[slot]


@pytest.mark.parametrize(
    ("slot", "text", "named"),
    [
        ("complaint_when", "为什么要我的电话", "complaint_reply_by"),
        ("complaint_confirmed", "要电话有什么用？", "complaint_reply_by"),
        ("claim_code", "为什么要身份证号", "claim_id_number"),
    ],
)
def test_the_reason_is_that_of_the_thing_that_is_named(slot: str, text: str, named: str) -> None:
    assert reason(slot, text) == _REASONS[named]


@pytest.mark.parametrize(
    "text",
    [
        "为什么要等这么久",
        "窗口的人问我为什么辞职，态度很差",
        "为什么我的身份证号查不到",
        "凭什么不给我办",
        "凭什么收我这么多",
        "凭什么收我的身份证",
        "为什么要我的身份证",
        "你们为什么知道我的手机号",
        "你们为什么给我电话",
        "凭什么说我",
        "为什么我的电话",
        "五华区",
        "",
    ],
)
def test_a_complaint_about_something_else_is_not(text: str) -> None:
    assert not reason("complaint_story", text)


def test_a_complaint_says_why_and_goes_on(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    assert "才能转给管这件事的人" in talk.say("为什么要说这个")
    assert talk.slots["requested_slot"] == "complaint_story"
    talk.say("窗口的工作人员态度很差，资料交了三次都说不齐")
    assert "才能转给那里的经办机构" in talk.say("问这个干嘛")
    assert talk.slots["requested_slot"] == "complaint_office"
    talk.say("五华区")
    assert talk.slots["requested_slot"] == "complaint_when"


def test_who_looks_for_a_claim_hears_what_the_number_is_for(talk: Dialogue) -> None:
    talk.say("查进度", "status", to="action_claim_start")
    heard = talk.say("要我的身份证号干什么")
    assert "30 分钟内删除" in heard and "18 位身份证号" in heard
    assert talk.slots["requested_slot"] == "claim_id_number"
