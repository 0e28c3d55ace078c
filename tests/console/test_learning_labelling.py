"""The operator's inbox over HTTP: what is in which tab, and how it is labelled."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from desk.inbox import ASKED_BACK, NEEDS_HUMAN, NOT_UNDERSTOOD, REFUSED
from desk.learning import NOTHING
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.learning_room import NOON, PLANTED_PHONE, said


@pytest.fixture
def operator(learning: StaffDoor) -> StaffMember:
    return learning.signed_in(Role.OPERATOR)


def label_of(door: StaffDoor, item: str) -> str | None:
    return door.counter.missed.item(item).label


def groups(text: str) -> list[str]:
    """The texts of the groups of a part of the page, in order."""
    return re.findall(r'<p class="words">([^<]*)</p>', text)


def test_each_kind_has_a_tab_with_its_count_and_its_items(learning: StaffDoor, operator: StaffMember) -> None:
    before = learning.counter.missed.counts()
    said(learning.engine, "骡子队的茶饼能不能抵税", REFUSED)
    said(learning.engine, "吊脚楼梯坏了找谁", ASKED_BACK)
    said(learning.engine, "马锅头断了线", None, state=NEEDS_HUMAN)
    page = operator.get("/learning?kind=refused").text
    assert f'说不归我们或没有记录 <span class="count">{before["refused"] + 1}</span>' in page
    for kind, mine, others in (
        ("refused", "骡子队的茶饼能不能抵税", "吊脚楼梯坏了找谁"),
        ("asked_back", "吊脚楼梯坏了找谁", "马锅头断了线"),
        ("needs_human", "马锅头断了线", "骡子队的茶饼能不能抵税"),
    ):
        shown = groups(operator.get(f"/learning/groups?kind={kind}").text)
        assert mine in shown and others not in shown


def test_an_empty_tab_says_so(operator: StaffMember) -> None:
    assert "这一类没有要处理的话" in operator.get("/learning/groups?kind=marked_wrong").text


def test_what_is_alike_is_one_group_with_its_size_and_its_days(
    learning: StaffDoor, operator: StaffMember
) -> None:
    for day, text in enumerate(["孔雀毛披肩怎么退", "孔雀毛披肩怎么退呀", "那个孔雀毛披肩怎么退"]):
        said(learning.engine, text, label="office", at=NOON - timedelta(days=day))
    page = operator.get("/learning/groups").text
    assert groups(page).count("孔雀毛披肩怎么退") == 1 and "孔雀毛披肩怎么退呀" not in page
    assert "<b>3</b> 条" in page and "11月23日到11月25日，3 天" in page
    assert "系统猜：去哪个机构办、电话地址（40%）" in page
    (opens,) = re.findall(r'hx-get="([^"]*)"', page[page.index("孔雀毛披肩怎么退") :])[:1]
    inside = groups(operator.get(opens.replace("&amp;", "&")).text)
    assert sorted(inside) == ["孔雀毛披肩怎么退", "孔雀毛披肩怎么退呀", "那个孔雀毛披肩怎么退"]


def test_a_number_is_not_shown_and_markup_is_only_text(learning: StaffDoor, operator: StaffMember) -> None:
    said(learning.engine, f"打{PLANTED_PHONE}<script>alert(1)</script>", NOT_UNDERSTOOD)
    page = operator.get("/learning/groups").text
    assert PLANTED_PHONE not in page and "〔手机号#1〕" in page
    assert "<script" not in page


def test_a_group_is_labelled_at_once_and_the_label_is_taken_back(
    learning: StaffDoor, operator: StaffMember
) -> None:
    items = [said(learning.engine, f"第{n}棵茶树") for n in "一二"]
    answer = operator.post("/learning/labels", htmx=True, id=items, label="materials")
    assert answer.status_code == 200
    assert "要带什么材料" in answer.text and f"/learning/propose/{items[0]}" in answer.text
    assert [label_of(learning, item) for item in items] == ["materials", "materials"]
    assert "第一棵茶树" not in operator.get("/learning/groups").text
    assert "第一棵茶树" in operator.get("/learning/groups?kind=labelled").text
    act = learning.counter.audit.find(actor_id=operator.staff.id, action="items_labelled")[0]
    assert act.detail == {"topic": "要带什么材料", "count": 2}
    answer = operator.post("/learning/undo", htmx=True, id=items)
    assert 'name="label"' in answer.text
    assert [label_of(learning, item) for item in items] == [None, None]


def test_what_was_labelled_by_itself_keeps_its_label_when_its_group_is_labelled(
    learning: StaffDoor, operator: StaffMember
) -> None:
    items = [said(learning.engine, f"第{n}座风雨桥") for n in "一二"]
    operator.post("/learning/labels", htmx=True, id=items[1:], nothing="1", label="")
    answer = operator.post("/learning/labels", htmx=True, id=items, label="office")
    assert "<b>1</b> 条" in answer.text
    assert [label_of(learning, item) for item in items] == ["office", NOTHING]
    again = operator.post("/learning/labels", htmx=True, id=items, label="office")
    assert again.status_code == 409 and "都已经标过了" in again.text
    assert again.headers["hx-retarget"] == "#notice"


def test_a_refused_label_is_said_and_changes_nothing(learning: StaffDoor, operator: StaffMember) -> None:
    item = said(learning.engine, "第三座风雨桥")
    for fields, told in (
        ({"id": item, "label": "weather"}, "请从列表里选一个"),
        ({"id": item, "label": ""}, "请从列表里选一个"),
        ({"label": "office"}, "一条也没有选中"),
    ):
        answer = operator.post("/learning/labels", True, **fields)
        assert answer.status_code == 422 and told in answer.text
    assert operator.post("/learning/labels", id=[item, "m99999999"], label="office").status_code == 404
    assert operator.post("/learning/undo", id=item).status_code == 422
    assert label_of(learning, item) is None


def test_a_form_that_is_not_ours_labels_nothing(learning: StaffDoor, operator: StaffMember) -> None:
    item = said(learning.engine, "第四座风雨桥")
    operator.get("/account")
    sent = operator.http.post(
        f"{learning.url}/learning/labels", data={"id": item, "label": "office"}, timeout=20
    )
    assert sent.status_code == 403 and label_of(learning, item) is None


def test_only_an_operator_comes_to_the_inbox(learning: StaffDoor) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR, Role.AUDITOR):
        assert learning.signed_in(role).get("/learning/groups").status_code == 403
