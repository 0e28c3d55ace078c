"""The filing of a complaint was carried out or not, and its answer never came: the word is given again."""

from __future__ import annotations

from tests.actions.dialogue import Dialogue

_STORY = "窗口的工作人员态度很差，资料交了三次都说不齐"


def _lost(talk: Dialogue) -> None:
    """Go to the summary and give the word; Rasa has heard nothing of the action that files."""
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    for said in (_STORY, "五华区", "上周三", "就在这里回复", "不匿名"):
        talk.say(said)
    talk.slots.update(complaint_confirmed=True, requested_slot=None)
    talk.form = None


def test_a_yes_goes_on_with_the_filing_that_nobody_heard_of(talk: Dialogue) -> None:
    _lost(talk)
    assert "已经提交" in talk.say("确认提交", "affirm", to="action_affirm")
    assert len(talk.counter.tickets.mine(talk.sender_id)) == 1
    assert talk.slots["complaint_confirmed"] is None
    assert "已经提交" not in talk.say("好的", "affirm", to="action_affirm")
    assert len(talk.counter.tickets.mine(talk.sender_id)) == 1


def test_the_bare_wish_to_complain_goes_on_with_it_too(talk: Dialogue) -> None:
    _lost(talk)
    told = talk.say("我要投诉", "complaint", to="action_complaint_start")
    assert "确认提交" in talk.titles or "已经提交" in told
