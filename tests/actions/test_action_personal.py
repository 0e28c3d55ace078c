"""What the forms hold of a person is gone whichever way they end, but for what can be gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actions.talk import PERSONAL
from desk.errors import Unavailable
from desk.tickets import Complaint, Kind
from tests.actions.conftest import NewDialogue, counter_in
from tests.actions.dialogue import DOMAIN, Dialogue
from tests.desk.ticket_room import replied

CLAIM, COMPLAINT, FACTS = "action_claim_start", "action_complaint_start", "action_ticket_add"
REVIEWING = ("00000019850101001X", "演示甲")
LATE = ("999999196805200049", "演示丁")
STORY = "窗口的工作人员态度很差，资料交了三次都说不齐"
OVERDUE = Complaint(
    Kind.COMPLAINT, "11月2日申请的，到今天还没有结果。", category="overdue", district="五华区"
)
Way = Callable[[Dialogue], object]


@pytest.fixture
def talk(tmp_path: Path) -> Dialogue:
    """A conversation with a desk of its own, because codes are counted for each person and day."""
    return Dialogue(counter_in(tmp_path), "web-a")


def held(talk: Dialogue) -> dict[str, object]:
    """What is remembered of the person."""
    return {name: talk.slots[name] for name in PERSONAL if talk.slots.get(name) is not None}


def named(talk: Dialogue, person: tuple[str, str] = REVIEWING) -> None:
    talk.say("查进度", "status", to=CLAIM)
    talk.say(person[0])
    talk.say(person[1])


def told(talk: Dialogue) -> None:
    """A complaint up to the last question before the summary."""
    talk.say("我要投诉", "complaint", to=COMPLAINT)
    for said in (STORY, "五华区", "上周三", "13900000000"):
        talk.say(said)


def five_wrong_codes(talk: Dialogue) -> None:
    wrong = "000000" if talk.code() != "000000" else "000001"
    for _ in range(5):
        talk.say(wrong)


OUT_OF_THE_CLAIM: dict[str, Way] = {
    "shown": lambda talk: talk.say(talk.code()),
    "cancelled": lambda talk: talk.press("不查了"),
    "refused": lambda talk: talk.say("算了", "deny"),
    "said goodbye": lambda talk: talk.say("再见", "goodbye"),
    "started over": lambda talk: talk.say("重新开始", "start_over"),
    "too many codes": five_wrong_codes,
    "switched to a complaint": lambda talk: talk.say("我要投诉", "complaint"),
    "switched to a ticket": lambda talk: talk.send("/complaint_followup"),
    "pressed the news of a ticket": lambda talk: talk.send('/verdict{"value": "yes"}'),
}


@pytest.mark.parametrize("way", OUT_OF_THE_CLAIM.values(), ids=OUT_OF_THE_CLAIM)
def test_nothing_is_held_of_who_has_asked_for_a_claim(talk: Dialogue, way: Way) -> None:
    named(talk)
    assert held(talk).keys() == {"claim_id_number", "claim_name"}
    way(talk)
    assert held(talk) == {}
    assert talk.form != "claim_form"


OUT_OF_THE_COMPLAINT: dict[str, Way] = {
    "filed": lambda talk: [talk.say("不匿名"), talk.press("确认提交")],
    "cancelled": lambda talk: talk.send("/cancel"),
    "withdrawn": lambda talk: talk.send("/withdraw"),
    "started over": lambda talk: talk.say("重新开始", "start_over"),
}


@pytest.mark.parametrize("way", OUT_OF_THE_COMPLAINT.values(), ids=OUT_OF_THE_COMPLAINT)
def test_nothing_is_held_of_who_has_complained(talk: Dialogue, way: Way) -> None:
    told(talk)
    assert held(talk)["complaint_story"] == STORY
    way(talk)
    assert held(talk) == {}
    assert talk.form is None


OUT_OF_WHAT_WAITS: dict[str, Way] = {
    "cancelled": lambda talk: talk.say("取消", "cancel", to="action_cancel"),
    "said goodbye": lambda talk: talk.say("再见", "goodbye", to="action_goodbye"),
    "started over": lambda talk: talk.say("重新开始", "start_over", to="action_start_over"),
}


@pytest.mark.parametrize("way", OUT_OF_WHAT_WAITS.values(), ids=OUT_OF_WHAT_WAITS)
def test_what_is_kept_to_be_gone_on_with_goes_with_the_person(talk: Dialogue, way: Way) -> None:
    told(talk)
    talk.send("/status")
    talk.press("不查了")
    assert held(talk)["complaint_story"] == STORY  # 接着写刚才的投诉
    way(talk)
    assert held(talk) == {}


def test_a_goodbye_that_may_be_none_takes_nothing_away(talk: Dialogue) -> None:
    told(talk)
    talk.send("/status")
    talk.press("不查了")
    talk.say("拜拜了您嘞", "goodbye", 0.4, to="action_goodbye")
    assert held(talk)["complaint_story"] == STORY


def test_what_waits_for_a_register_that_is_away_goes_with_the_person(
    talk: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("register")

    named(talk)
    monkeypatch.setattr(talk.counter.claims, "status", away)
    talk.say(talk.code())
    assert held(talk).keys() == {"claim_id_number", "claim_name", "claim_code"}  # 再试一次
    talk.say("再见", "goodbye", to="action_goodbye")
    assert held(talk) == {}


@pytest.mark.parametrize(
    "way", [*OUT_OF_WHAT_WAITS.values(), lambda t: t.say("不用", "deny", to="action_deny")]
)
def test_a_late_claim_that_nobody_complains_about_is_forgotten(talk: Dialogue, way: Way) -> None:
    named(talk, LATE)
    talk.say(talk.code())
    assert held(talk).keys() == {"complaint_claim"}
    way(talk)
    assert held(talk) == {}


def test_a_complaint_about_a_late_claim_that_is_cancelled_leaves_nothing(talk: Dialogue) -> None:
    named(talk, LATE)
    talk.say(talk.code())
    talk.press("帮我登记投诉", to=COMPLAINT)
    talk.send("/cancel")
    assert held(talk) == {}


@pytest.mark.parametrize("way", [lambda t: t.say("材料是11月2日交的"), lambda t: t.send("/cancel")])
def test_nothing_is_held_of_facts_that_were_added_or_not(talk: Dialogue, way: Way) -> None:
    talk.counter.tickets.open(OVERDUE, "filed:1", talk.sender_id, "web")
    talk.say("补充情况", "add_facts", to=FACTS)
    assert talk.form == "facts_form"
    way(talk)
    assert talk.form is None
    assert [talk.slots[name] for name in ("ticket_facts", "ticket_number", "ticket_move")] == [None] * 3


def test_nothing_is_held_of_a_verdict_once_it_is_filed(somebody: NewDialogue) -> None:
    talk = somebody()
    ticket = talk.counter.tickets.open(OVERDUE, f"filed:{talk.sender_id}", talk.sender_id, "web")
    replied(talk.counter.tickets, ticket)
    talk.send('/verdict{"value": "yes"}', to="action_ticket_verdict")
    talk.say("满意")
    talk.say("办得很快")
    assert talk.form is None
    assert [talk.slots[name] for name in ("ticket_number", "verdict_satisfied", "verdict_comment")] == [
        None
    ] * 3


def test_every_slot_that_a_form_asks_for_is_known_to_be_personal() -> None:
    asked = {name for form in DOMAIN["forms"].values() for name in form["required_slots"]}
    assert asked - set(PERSONAL) == {"verdict_satisfied", "verdict_comment"}


def test_no_slot_is_carried_into_a_new_session() -> None:
    session = DOMAIN["session_config"]
    assert session["carry_over_slots_to_new_session"] is False
    assert 0 < session["session_expiration_time"] <= 24 * 60


def test_who_leaves_with_a_question_has_it_answered_and_nothing_is_held(talk: Dialogue) -> None:
    talk.say("我要投诉", "complaint", to="action_complaint_start")
    talk.say("窗口没有收我的材料，也没有说明理由，希望尽快给我办")
    heard = talk.say("算了不投诉了，审核要多久？", "review_time", 0.95)
    assert "没有提交" in heard and "10个工作日" in heard
    assert (talk.form, talk.slots["complaint_story"]) == (None, None)
