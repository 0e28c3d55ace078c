"""The file with everything approved, and the page of figures, over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from desk.database import utc_now
from desk.inbox import ASKED_BACK
from desk.learning.ledger import APPROVED
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.learning_room import NEW, said


@pytest.fixture
def operator(learning: StaffDoor) -> StaffMember:
    return learning.signed_in(Role.OPERATOR)


@pytest.fixture
def nothing_approved(learning: StaffDoor) -> None:
    """What other tests approved goes out first."""
    if learning.counter.proposals.all([APPROVED]):
        learning.counter.proposals.download("")


def approved(door: StaffDoor, operator: StaffMember, text: str) -> int:
    item = said(door.engine, text)
    door.counter.labels.label(item, "materials", operator.staff.id)
    made = door.counter.proposals.propose_line(item, operator.staff.id)
    door.counter.proposals.approve(made.id, "somebody")
    return made.id


@pytest.mark.usefixtures("nothing_approved")
def test_everything_approved_is_one_file_which_can_be_downloaded_again(
    learning: StaffDoor, operator: StaffMember
) -> None:
    for text in NEW[:2]:
        approved(learning, operator, text)
    page = operator.get("/learning/changes").text
    assert "生成修改文件（2 条）" in page and f"+    - {NEW[0]}" in page
    answer = operator.post("/learning/changes")
    assert answer.headers["location"] == "/learning/changes"
    batch = max(one.batch or 0 for one in learning.counter.proposals.all())
    page = operator.get("/learning/changes").text
    assert f"/learning/changes/{batch}" in page and "没有已批准、待导出的修改" in page
    served = [operator.get(f"/learning/changes/{batch}") for _ in range(2)]
    for answer in served:
        assert answer.headers["content-type"].startswith("text/x-diff")
        assert answer.headers["content-disposition"] == f'attachment; filename="learning-{batch}.diff"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content == learning.counter.proposals.again(batch)
    summary = served[0].text.partition("diff --git")[0]
    assert f"“{NEW[0]}”　提出：{operator.staff.shown_name}　" in summary and "共 2 条" in summary
    found = learning.counter.audit.find(actor_id=operator.staff.id, object_id=str(batch))
    assert [act.action for act in found] == ["changes_downloaded", "changes_downloaded", "changes_made"]


@pytest.mark.usefixtures("nothing_approved")
def test_without_anything_approved_there_is_no_file(operator: StaffMember) -> None:
    answer = operator.post("/learning/changes")
    assert answer.status_code == 422 and "没有已批准、待导出的修改" in answer.text
    for batch in ("0", "4711", "x"):
        assert operator.get(f"/learning/changes/{batch}").status_code == 404


@pytest.mark.usefixtures("nothing_approved")
def test_what_no_longer_fits_is_named_and_stops_the_file(learning: StaffDoor, operator: StaffMember) -> None:
    number = approved(learning, operator, NEW[2])
    with learning.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE proposal SET text = '领失业金要带什么东西' WHERE id = {number}")
    for answer in (operator.get("/learning/changes"), operator.post("/learning/changes")):
        assert f"第 {number} 条“领失业金要带什么东西”和现在的数据冲突" in answer.text
    assert [one.id for one in learning.counter.proposals.all([APPROVED])] == [number]
    learning.counter.proposals.reject(number, "somebody", "已经有了")


def test_only_an_operator_makes_and_downloads_files(learning: StaffDoor) -> None:
    supervisor = learning.signed_in(Role.SUPERVISOR)
    assert supervisor.post("/learning/changes").status_code == 403
    assert supervisor.get("/learning/changes/1").status_code == 403


def test_the_figures_tell_use_and_give_up_by_week_and_name_cards_to_look_at(
    learning: StaffDoor, operator: StaffMember
) -> None:
    page = operator.get("/learning/figures").text
    before = len(re.findall("<rect", page))
    assert "data/regions/china/unemployment_subsidy.yml" in page
    assert "china.unemployment_subsidy.overview" in page and "已过有效期" in page
    for _ in range(3):
        said(learning.engine, "转", ASKED_BACK, label="transfer", at=utc_now() - timedelta(hours=2))
    page = operator.get("/learning/figures?show=gave_up").text
    row = page[page.index('<th scope="row">外地的失业保险、转移</th>') :].partition("</tr>")[0]
    assert '<td class="num">3 <span class="soft">100%</span></td>' in row
    assert row.count("<rect") == 1 and "</svg>3</td>" in row
    assert len(re.findall("<rect", operator.get("/learning/figures").text)) > before
    assert learning.signed_in(Role.SUPERVISOR).get("/learning/figures").status_code == 200
