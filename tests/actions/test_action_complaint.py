"""The complaint: what a message answers, and the way from the first word to one ticket."""

from __future__ import annotations

import pytest

from actions.complaint_answers import anonymity, field_meant, reply_way, story_of, time_said
from desk import conversation
from desk.tickets import Ticket
from tests.actions.conftest import NewDialogue
from tests.actions.dialogue import Dialogue

START = "action_complaint_start"
STORY = "窗口的工作人员态度很差，资料交了三次都说不齐"


def tickets(talk: Dialogue) -> list[Ticket]:
    return talk.counter.tickets.mine(talk.sender_id)


def summary(talk: Dialogue) -> dict[str, str]:
    cards = [m["card"] for m in talk.heard if m["card"]]
    return {field["name"]: field["value"] for field in cards[-1]["fields"]}


@pytest.fixture
def ready(talk: Dialogue) -> Dialogue:
    """Somebody who has answered everything and looks at the summary."""
    talk.say("我要投诉", "complaint", to=START)
    for said in (STORY, "五华区", "上周三", "就在这里回复", "不匿名"):
        talk.say(said)
    assert talk.slots["requested_slot"] == "complaint_confirmed"
    return talk


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("昨天下午", True, "昨天下午"),
        ("我昨天去的", False, "昨天"),
        ("上周三", False, "上周三"),
        ("10月底", False, "10月底"),
        ("2026年3月2日", True, "2026年3月2日"),
        ("去年12月", False, "去年12月"),
        ("三个月前", False, "三个月前"),
        ("大概半年多了吧", False, None),
        ("记不清了", True, "记不清"),
        ("五华区", True, None),
        ("", True, None),
    ],
)
def test_a_time_is_found_in_words(text: str, bare: bool, found: str | None) -> None:
    assert time_said(text, bare) == found


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("在这里回复", False, "here"),
        ("不用打电话", False, "here"),
        ("这里", True, "here"),
        ("不用", True, "here"),
        ("打〔手机号#1〕", False, "〔手机号#1〕"),
        ("座机〔电话#2〕", False, "〔电话#2〕"),
        ("在这里回复也行，或者打〔手机号#1〕", False, "〔手机号#1〕"),
        ("昨天", True, None),
        ("〔身份证#1〕", True, None),
    ],
)
def test_a_way_to_reply_is_found_in_words(text: str, bare: bool, found: str | None) -> None:
    assert reply_way(text, bare) == found


@pytest.mark.parametrize(
    ("text", "bare", "found"),
    [
        ("匿名", False, True),
        ("我要匿名投诉", False, True),
        ("不想留名字", False, True),
        ("不匿名", False, False),
        ("不用匿名", False, False),
        ("实名", False, False),
        ("要", True, True),
        ("不用", True, False),
        ("要", False, None),
        ("昨天", True, None),
    ],
)
def test_anonymity_is_found_in_words(text: str, bare: bool, found: bool | None) -> None:
    assert anonymity(text, bare) is found


@pytest.mark.parametrize(
    ("text", "field"),
    [("电话写错了", "reply_by"), ("改一下时间", "when"), ("不是这个区", "office"), ("我错了", None)],
)
def test_a_correction_names_its_field(text: str, field: str | None) -> None:
    assert field_meant(text) == field


@pytest.mark.parametrize("text", ["我要投诉", "投诉", "你好，我想投诉一下", "帮我登记一个投诉"])
def test_the_wish_alone_tells_no_story(text: str) -> None:
    assert story_of(text) == ""
    assert story_of(f"{text}，{STORY}").endswith(STORY)


def test_the_whole_way_files_one_ticket_and_tells_what_was_read_back(ready: Dialogue) -> None:
    assert tickets(ready) == []
    assert summary(ready)["发生了什么"].startswith(STORY)
    heard = ready.press("确认提交")
    (ticket,) = tickets(ready)
    assert ticket.public_no in heard
    assert ticket.due and f"{ticket.due.month}月{ticket.due.day}日" in heard
    assert (ticket.district, ticket.accused_unit, ticket.happened) == ("五华区", "五华区", "上周三")
    assert (ticket.reply_by, ticket.anonymous) == ("here", False)
    assert ready.form is None
    assert ready.slots["complaint_story"] is None


def test_the_same_message_delivered_twice_files_once(ready: Dialogue) -> None:
    before, form, count = dict(ready.slots), ready.form, ready.count
    first = ready.press("确认提交")
    ready.slots, ready.form, ready.count = before, form, count
    assert ready.send("/affirm") == first
    assert len(tickets(ready)) == 1


def test_several_answers_in_one_message_are_all_taken(talk: Dialogue) -> None:
    talk.say(f"我要投诉五华区，上周三{STORY}，匿名", "complaint", to=START)
    assert talk.slots["complaint_office"] == "2"
    assert talk.slots["complaint_when"] == "上周三"
    assert talk.slots["complaint_anonymous"] is True
    assert talk.slots["requested_slot"] == "complaint_reply_by"


def test_only_what_is_missing_is_asked(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to=START)
    assert talk.slots["requested_slot"] == "complaint_story"
    talk.say(STORY)
    assert talk.slots["requested_slot"] == "complaint_office"
    talk.press("不清楚")
    assert talk.slots["requested_slot"] == "complaint_when"
    talk.press("今天")
    talk.press("在这里答复")
    talk.press("匿名")
    assert summary(talk)["要不要匿名"] == "匿名"
    talk.press("确认提交")
    (ticket,) = tickets(talk)
    assert ticket.anonymous
    assert (ticket.district, ticket.accused_unit) == ("", "")


@pytest.mark.parametrize(
    ("button", "answer", "field", "value"),
    [
        ("改：哪个经办机构", "西山区", "哪个经办机构", "西山区"),
        ("改：什么时候", "昨天", "什么时候", "昨天"),
        ("改：要不要匿名", "匿名", "要不要匿名", "匿名"),
        ("改：发生了什么", "打了十次电话都没有人接，一直占线", "发生了什么", "十次电话"),
    ],
)
def test_every_field_can_be_corrected_before_it_is_filed(
    ready: Dialogue, button: str, answer: str, field: str, value: str
) -> None:
    ready.press(button)
    assert tickets(ready) == []
    ready.say(answer)
    assert value in summary(ready)[field]
    ready.press("确认提交")
    assert len(tickets(ready)) == 1


def test_a_phone_for_the_reply_is_kept_sealed_and_never_shown(ready: Dialogue) -> None:
    ready.press("改：怎么答复您")
    heard = ready.say("打我电话10000000003")
    assert "10000000003" not in heard
    heard = ready.press("确认提交")
    (ticket,) = tickets(ready)
    assert ticket.reply_by == "phone"
    assert "10000000003" not in heard + repr(ticket)


def test_a_phone_that_has_expired_is_asked_for_again_and_nothing_is_filed(ready: Dialogue) -> None:
    ready.press("改：怎么答复您")
    ready.say("打我电话10000000003")
    ready.counter.vault.forget(ready.sender_id)
    assert "自动删除" in ready.press("确认提交")
    assert tickets(ready) == []
    assert ready.slots["requested_slot"] == "complaint_reply_by"
    ready.press("在这里答复")
    ready.press("确认提交")
    assert len(tickets(ready)) == 1


@pytest.mark.parametrize("when", range(3))
def test_it_can_be_cancelled_at_any_point_and_nothing_is_filed(talk: Dialogue, when: int) -> None:
    talk.say("我要投诉", "complaint", to=START)
    for said in (STORY, "五华区")[:when]:
        talk.say(said)
    heard = talk.send("/cancel")
    assert "没有提交" in heard
    assert talk.form is None
    assert tickets(talk) == []


def test_no_to_the_summary_files_nothing_and_asks_what_to_change(ready: Dialogue) -> None:
    assert "先不提交" in ready.say("不对", "deny")
    assert ready.form == "complaint_form"
    assert tickets(ready) == []


def test_a_question_in_the_middle_is_answered_and_nothing_said_is_lost(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to=START)
    talk.say(STORY)
    assert "10个工作日" in talk.say("审核要多久？", "review_time", 0.95)
    assert talk.slots["requested_slot"] == "complaint_office"
    assert talk.slots["complaint_story"].startswith(STORY)


def test_how_to_complain_is_a_question_and_begins_no_form(talk: Dialogue) -> None:
    assert "12333" in talk.say("投诉电话是多少？", "complaint", to=START)
    assert talk.form is None
    talk.press("现在就登记", to=START)
    assert talk.form == "complaint_form"


def test_unpaid_wages_are_another_office_s_matter_and_said_first(talk: Dialogue) -> None:
    assert "劳动" in talk.say("我要投诉公司拖欠工资不给", "complaint", to=START)
    assert tickets(talk) == []


def test_an_id_number_in_the_story_never_reaches_the_ticket(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to=START)
    talk.say(f"{STORY}，我的身份证00000019850101001X")
    for said in ("五华区", "上周三", "就在这里回复", "不匿名"):
        talk.say(said)
    talk.press("确认提交")
    (ticket,) = tickets(talk)
    assert "00000019850101001X" not in repr(ticket)


def test_two_people_s_complaints_never_mix(somebody: NewDialogue) -> None:
    one, other = somebody(), somebody()
    for talk, said in ((one, "西山区"), (other, "官渡区")):
        talk.say("我要投诉", "complaint", to=START)
        for answer in (STORY, said, "昨天", "在这里回复", "匿名"):
            talk.say(answer)
        talk.press("确认提交")
    assert {ticket.district for talk in (one, other) for ticket in tickets(talk)} == {
        "西山区",
        "官渡区",
    }
    assert len(tickets(one)) == len(tickets(other)) == 1


def test_nothing_of_the_way_is_told_to_the_conversation_by_the_actions_themselves(ready: Dialogue) -> None:
    """What is said goes back to Rasa and the gateway keeps it once; only notices are written directly."""
    ready.press("确认提交")
    authors = {m.author for m in conversation.since(ready.counter.engine, ready.sender_id)}
    assert authors <= {conversation.NOTICE}


def test_a_button_of_another_form_changes_nothing(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to=START)
    talk.send('/inform{"field": "code", "value": "resend"}')
    assert talk.form == "complaint_form"
    assert "complaint_code" not in talk.slots


@pytest.mark.parametrize("intent", ["payment_bank", "process", "review_time"])
def test_who_says_to_complain_is_never_given_a_card_instead(talk: Dialogue, intent: str) -> None:
    heard = talk.say("我要投诉，五华区十月份的钱没有到账，银行说户名不对", intent, to="action_guide")
    assert "我帮您记下来" in heard
    assert talk.form == "complaint_form"
    assert "户名不对" in talk.slots["complaint_story"]


@pytest.mark.parametrize("text", ["我要投诉打哪个电话", "我要投诉的话能不能匿名"])
def test_a_question_about_complaining_keeps_its_card(talk: Dialogue, text: str) -> None:
    talk.say(text, "rejection", to="action_guide")
    assert talk.form is None


def test_the_bare_word_opens_the_form_also_in_doubt(talk: Dialogue) -> None:
    talk.doubt("投诉", complaint=0.5, complaint_followup=0.4)
    assert talk.form == "complaint_form"


def test_anger_that_asks_something_becomes_a_complaint_only_when_wanted(talk: Dialogue) -> None:
    assert "登记成投诉" in talk.say("你们办事拖拖拉拉的到底给不给办", "complaint", to=START)
    assert talk.form is None
    talk.press("登记投诉", to=START)
    assert talk.form == "complaint_form"
    assert talk.slots["complaint_story"] == "你们办事拖拖拉拉的到底给不给办"
