"""A proposal over HTTP: made by one, decided by another, and never the other way round."""

from __future__ import annotations

import itertools

import pytest

from desk.learning import Proposal
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.learning_room import PLANTED_PHONE, STORY, said

_SAID = itertools.cycle(["铜锅", "银镯", "马灯", "竹筒", "火塘", "蓑衣", "背篓", "碾子", "纺车", "水车"])
_ASKED = itertools.cycle(["押在柜台算不算凭条", "刻的字还认不认得", "熄了以后找哪位先生", "漏了米要赔谁"])


@pytest.fixture(scope="module")
def operator(learning: StaffDoor) -> StaffMember:
    return learning.signed_in(Role.OPERATOR)


@pytest.fixture(scope="module")
def supervisor(learning: StaffDoor) -> StaffMember:
    return learning.signed_in(Role.SUPERVISOR)


def labelled(door: StaffDoor, by: StaffMember, text: str) -> str:
    item = said(door.engine, text)
    door.counter.labels.label(item, "materials", by.staff.id)
    return item


@pytest.fixture
def draft(learning: StaffDoor, operator: StaffMember) -> Proposal:
    item = labelled(learning, operator, next(_SAID) + next(_ASKED))
    return learning.counter.proposals.propose_line(item, operator.staff.id)


def now_of(door: StaffDoor, proposal: Proposal) -> Proposal:
    states = ("draft", "approved", "rejected", "withdrawn", "downloaded")
    (found,) = [one for one in door.counter.proposals.all(states) if one.id == proposal.id]
    return found


def newest(door: StaffDoor) -> Proposal:
    return door.counter.proposals.all()[-1]


def test_a_line_is_shown_where_it_would_go_and_proposed(
    learning: StaffDoor, operator: StaffMember, supervisor: StaffMember
) -> None:
    item = labelled(learning, operator, "木鼓敲三下之后排队交啥")
    page = operator.get(f"/learning/propose/{item}").text
    assert "data/topics/materials.yml" in page and "+    - 木鼓敲三下之后排队交啥" in page
    seen = operator.post(f"/learning/propose/{item}/preview", htmx=True, text="木鼓敲五下之后轮到谁交啥").text
    assert "+    - 木鼓敲五下之后轮到谁交啥" in seen
    answer = operator.post(f"/learning/propose/{item}/line", text="木鼓敲五下之后轮到谁交啥")
    made = newest(learning)
    assert answer.headers["location"] == f"/learning/proposals#p{made.id}"
    assert (made.text, made.author) == ("木鼓敲五下之后轮到谁交啥", operator.staff.id)
    page = supervisor.get("/learning/proposals").text
    assert "+    - 木鼓敲五下之后轮到谁交啥" in page and "木鼓敲三下之后排队交啥" in page
    assert f"{operator.staff.shown_name} " in page and operator.staff.id not in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("打" + PLANTED_PHONE + "问", "这句话里有号码"),
        ("领失业金要带什么东西", "里已经有"),
        ("[铜锣](x) 敲给谁听", "系统会当成标记的符号"),
    ],
)
def test_why_a_line_cannot_be_taken_is_said_and_what_was_typed_stays(
    learning: StaffDoor, operator: StaffMember, text: str, told: str
) -> None:
    item = labelled(learning, operator, "木鼓蒙的是哪家的皮")
    assert told in operator.post(f"/learning/propose/{item}/preview", htmx=True, text=text).text
    answer = operator.post(f"/learning/propose/{item}/line", text=text)
    assert answer.status_code == 422 and told in answer.text and f">{text}</textarea>" in answer.text


def test_a_sentence_without_a_topic_is_not_proposed(learning: StaffDoor, operator: StaffMember) -> None:
    item = said(learning.engine, "木鼓房的门朝哪边")
    assert "请先给这一条标上主题" in operator.get(f"/learning/propose/{item}").text
    assert operator.post(f"/learning/propose/{item}/line", text="木鼓房的门朝哪边").status_code == 422


def test_a_test_of_the_conversation_must_be_heard_from_a_card(
    learning: StaffDoor, operator: StaffMember
) -> None:
    item = labelled(learning, operator, STORY.say)
    fields = {"title": STORY.title, "say": STORY.say, "never": "内蒙古"}
    path = f"/learning/propose/{item}/story"
    for heard, told in (("社会保障卡\n金锁匙", "“金锁匙”不在这个主题"), ("", "请至少写一段")):
        answer = operator.post(path, False, **fields, hear=heard)
        assert answer.status_code == 422 and told in answer.text
        assert f'value="{STORY.title}"' in answer.text
    assert operator.post(path, False, **fields, hear="社会保障卡\r\n").status_code == 303
    made = newest(learning)
    assert (made.kind, made.story) == (
        "story",
        {"title": "要传几样", "hear": ["社会保障卡"], "never": ["内蒙古"]},
    )
    assert "+  - say: " + STORY.say in operator.get("/learning/proposals").text


def test_somebody_else_approves_and_the_audit_tells(
    learning: StaffDoor, supervisor: StaffMember, draft: Proposal
) -> None:
    answer = supervisor.post(f"/learning/proposals/{draft.id}/approve")
    assert answer.headers["location"] == "/learning/proposals"
    found = now_of(learning, draft)
    assert (found.state, found.decided_by) == ("approved", supervisor.staff.id)
    act = learning.counter.audit.find(action="change_approved", object_id=str(draft.id))[0]
    assert (act.actor_id, act.result) == (supervisor.staff.id, "ok")
    again = supervisor.post(f"/learning/proposals/{draft.id}/approve")
    assert again.status_code == 422 and "不能这样处理" in again.text


def test_the_author_reads_why_he_cannot_approve_and_a_forged_form_does_not_help(
    learning: StaffDoor, operator: StaffMember, draft: Proposal
) -> None:
    page = operator.get("/learning/proposals").text
    assert "要由另一个人来批准" in page and f"/{draft.id}/approve" not in page
    assert operator.post(f"/learning/proposals/{draft.id}/approve").status_code == 403
    assert operator.post(f"/learning/proposals/{draft.id}/reject", reason="试试").status_code == 403
    assert now_of(learning, draft).state == "draft"


def test_an_author_who_became_a_supervisor_still_cannot_approve_his_own(learning: StaffDoor) -> None:
    author = learning.signed_in(Role.OPERATOR)
    item = labelled(learning, author, "象脚鼓擂完以后哪位收条子")
    made = learning.counter.proposals.propose_line(item, author.staff.id)
    learning.accounts.change(author.staff.id, "", Role.SUPERVISOR, "")
    learning.back_in(author)
    assert f"/{made.id}/approve" not in author.get("/learning/proposals").text
    for move in ("approve", "reject"):
        answer = author.post(f"/learning/proposals/{made.id}/{move}", reason="算了")
        assert answer.status_code == 422 and "要由另一个人来批准或退回" in answer.text
    assert now_of(learning, made).state == "draft"
    act = learning.counter.audit.find(actor_id=author.staff.id, action="change_approved")[0]
    assert act.result == "own_proposal"


def test_a_form_that_is_not_ours_approves_nothing(
    learning: StaffDoor, supervisor: StaffMember, draft: Proposal
) -> None:
    address = f"{learning.url}/learning/proposals/{draft.id}/approve"
    assert supervisor.http.post(address, timeout=20).status_code == 403
    assert now_of(learning, draft).state == "draft"


def test_a_rejection_needs_a_reason_which_the_author_reads(
    learning: StaffDoor, operator: StaffMember, supervisor: StaffMember, draft: Proposal
) -> None:
    path = f"/learning/proposals/{draft.id}/reject"
    answer = supervisor.post(path, reason="  ")
    assert answer.status_code == 422 and "请写明不批准的原因" in answer.text
    assert supervisor.post(path, reason=f"没人这样说，打{PLANTED_PHONE}").status_code == 303
    page = operator.get("/learning/proposals?past=1").text
    assert "没人这样说" in page and PLANTED_PHONE not in page and draft.text in page
    assert draft.text not in operator.get("/learning/proposals").text


def test_an_author_takes_a_draft_back_and_nobody_else_does(
    learning: StaffDoor, operator: StaffMember, draft: Proposal
) -> None:
    path = f"/learning/proposals/{draft.id}/withdraw"
    answer = learning.signed_in(Role.OPERATOR).post(path)
    assert answer.status_code == 422 and "只有提出人能撤回" in answer.text
    assert operator.post(path).status_code == 303
    assert now_of(learning, draft).state == "withdrawn"
    assert "没有这个页面或记录" in operator.post("/learning/proposals/x/withdraw").text
