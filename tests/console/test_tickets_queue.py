from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import update

from desk.tickets.tables import TicketRow
from desk.tickets.terms import Actor, Kind, Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.ticket_desk import accepted, arrived, dispatched, filed, in_progress, moved, now


@pytest.fixture
def agent(console: StaffDoor) -> StaffMember:
    return arrived(console, Role.AGENT)


def due(console: StaffDoor, ticket_id: str, day: str) -> None:
    """Put the deadline of a ticket elsewhere: lists are sorted by the row."""
    with console.engine.begin() as connection:
        changed = update(TicketRow).where(TicketRow.id == ticket_id).values(due=date.fromisoformat(day))
        connection.execute(changed)


def test_what_is_due_first_stands_first_and_says_so_in_words(console: StaffDoor, agent: StaffMember) -> None:
    late, calm = (
        filed(console, "很急的一件。", district="富民县"),
        filed(console, "不急的一件。", district="富民县"),
    )
    due(console, late.id, "2026-01-05")
    page = agent.get("/tickets?district=富民县").text
    assert page.index("很急的一件。") < page.index("不急的一件。")
    row = page[page.index(late.id) : page.index(calm.id)]
    assert "已超期" in row and 'aria-hidden="true">!</span>' in row


def test_a_handler_sees_the_tickets_of_the_own_unit_alone(console: StaffDoor) -> None:
    mine, other = dispatched(console, "五华区"), dispatched(console, "盘龙区")
    page = console.signed_in(Role.HANDLER, "五华区").get("/tickets").text
    assert mine.id in page and other.id not in page


def test_the_quick_views_fit_the_role(console: StaffDoor, agent: StaffMember) -> None:
    assert "待派单" in agent.get("/tickets").text
    handler = console.signed_in(Role.HANDLER, "五华区").get("/tickets").text
    assert "待签收" in handler and "待派单" not in handler
    boss = console.signed_in(Role.SUPERVISOR).get("/tickets").text
    assert "待审批延期" in boss and "派单异议" in boss


def test_the_number_on_a_quick_view_is_that_of_its_list(console: StaffDoor) -> None:
    handler = console.signed_in(Role.HANDLER, "宜良县")
    ticket = in_progress(console, handler)
    moved(console, ticket, "ask_extension", handler.staff.actor, reason="要等银行回函", days=3)
    boss = console.signed_in(Role.SUPERVISOR)
    page = boss.get("/tickets?extension_asked=1").text
    (shown,) = re.findall(r"待审批延期 <b>(\d+)</b>", page)
    assert f"共 <b>{shown}</b> 张" in page and ticket.id in page


def test_filters_and_words_narrow_the_list(console: StaffDoor, agent: StaffMember) -> None:
    wanted = filed(console, "石林的门口没有停车位。", district="石林县", category="service", kind=Kind.ADVICE)
    other = filed(console, "石林的电话打不通。", district="石林县", category="service")
    page = agent.get("/tickets?district=石林县&kinds=advice&text=停车").text
    assert wanted.id in page and other.id not in page
    assert '<option value="石林县" selected>' in page


def test_searching_a_number_leads_to_the_ticket(console: StaffDoor, agent: StaffMember) -> None:
    ticket = filed(console)
    answer = agent.get(f"/tickets?text={ticket.public_no.lower()}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{ticket.id}")
    changed = agent.get(f"/tickets?text={ticket.public_no}", headers={"hx-request": "true"})
    assert changed.headers["hx-redirect"] == f"/tickets/{ticket.id}"


def test_a_mistyped_number_says_so(console: StaffDoor, agent: StaffMember) -> None:
    number = filed(console).public_no
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "可能有一位写错了" in agent.get(f"/tickets?text={wrong}").text


def test_the_number_of_another_unit_leads_nowhere(console: StaffDoor) -> None:
    ticket = dispatched(console, "盘龙区")
    answer = console.signed_in(Role.HANDLER, "五华区").get(f"/tickets?text={ticket.public_no}")
    assert answer.status_code == 200 and ticket.id not in answer.text


def test_filtering_by_htmx_gets_the_list_alone_and_a_clean_address(
    console: StaffDoor, agent: StaffMember
) -> None:
    answer = agent.get("/tickets?text=&district=五华区&overdue=", headers={"hx-request": "true"})
    assert "<html" not in answer.text and 'hx-swap-oob="true"' in answer.text
    assert answer.headers["hx-push-url"].startswith("/tickets?district=")
    assert "text" not in answer.headers["hx-push-url"]


def test_going_back_in_the_browser_gets_the_whole_page(console: StaffDoor, agent: StaffMember) -> None:
    headers = {"hx-request": "true", "hx-history-restore-request": "true"}
    assert "<html" in agent.get("/tickets", headers=headers).text


def test_the_next_page_goes_on_where_this_one_ends(console: StaffDoor, agent: StaffMember) -> None:
    made = {filed(console, f"第{n}件。", district="寻甸县").id for n in range(53)}
    first = agent.get("/tickets?district=寻甸县").text
    (path,) = re.findall(r'<a class="button" href="([^"]+)">下一页', first)
    second = agent.get(path.replace("&amp;", "&")).text
    on_first = {ticket_id for ticket_id in made if ticket_id in first}
    assert len(on_first) == 50
    assert {ticket_id for ticket_id in made if ticket_id in second} == made - on_first
    assert "下一页" not in second


def test_an_empty_list_says_what_to_do(console: StaffDoor, agent: StaffMember) -> None:
    page = agent.get("/tickets?text=没有谁会写这句话").text
    assert "没有符合这些条件的工单" in page and "清除全部筛选" in page


def test_a_saved_view_opens_its_filters_for_its_owner_alone(console: StaffDoor, agent: StaffMember) -> None:
    agent.post("/tickets/views", name="只看五华", params="district=五华区&due_soon=1")
    page = agent.get("/tickets").text
    assert "只看五华" in page
    assert "只看五华" not in console.signed_in(Role.AGENT).get("/tickets").text
    agent.post("/tickets/views/rename", view="只看五华", name="先看这个")
    assert "先看这个" in agent.get("/tickets").text
    answer = agent.post("/tickets/views/delete", view="先看这个")
    assert "due_soon=1" in answer.headers["location"]
    assert "先看这个</a>" not in agent.get("/tickets").text


def test_a_view_without_a_name_is_refused(console: StaffDoor, agent: StaffMember) -> None:
    answer = agent.post("/tickets/views", name=" ", params="overdue=1")
    assert answer.status_code == 422 and "请填写内容" in answer.text


def test_words_of_a_citizen_are_text_on_the_page(console: StaffDoor, agent: StaffMember) -> None:
    ticket = filed(console, "<script>alert(1)</script>\u202e倒着写", district="东川区")
    page = agent.get("/tickets?district=东川区").text + agent.get(f"/tickets/{ticket.id}").text
    assert "<script>alert" not in page and "\u202e" not in page and "[U+202E]" in page


def test_bulk_dispatch_shows_first_what_goes_where_and_what_cannot(
    console: StaffDoor, agent: StaffMember
) -> None:
    ready, early = accepted(console, "五华区"), filed(console)
    chosen = accepted(console, "盘龙区", district="五华区")
    page = agent.post("/tickets/dispatch", id=[ready.id, early.id, chosen.id, "nobody"]).text
    assert f"{ready.id}|{ready.version}" in page and f"{early.id}|" not in page
    assert "要先受理" in page and "单独派" in page and "没有这张工单" in page
    assert now(console, ready).state.value == "accepted"


def test_one_row_that_fails_does_not_stop_the_others(console: StaffDoor, agent: StaffMember) -> None:
    first, second = accepted(console, "五华区"), accepted(console, "五华区")
    rows = [f"{first.id}|{first.version - 1}", f"{second.id}|{second.version}", "nobody|1", "junk"]
    page = agent.post("/tickets/dispatch/confirm", row=rows, request_id="bulk-1").text
    assert now(console, first).state.value == "accepted"
    assert now(console, second).state.value == "dispatched"
    assert "1 张已派" in page and "别人动过这张工单" in page


def test_confirming_twice_dispatches_once(console: StaffDoor, agent: StaffMember) -> None:
    ticket = accepted(console)
    rows = [f"{ticket.id}|{ticket.version}"]
    pages = [agent.post("/tickets/dispatch/confirm", row=rows, request_id="twice").text for _ in range(2)]
    assert all("1 张已派" in page for page in pages)
    assert now(console, ticket).version == ticket.version + 1


def test_a_handler_cannot_dispatch_in_bulk(console: StaffDoor) -> None:
    ticket = accepted(console)
    handler = arrived(console, Role.HANDLER, "五华区")
    assert handler.post("/tickets/dispatch/confirm", row=[f"{ticket.id}|{ticket.version}"]).status_code == 403
    assert now(console, ticket).state.value == "accepted"


def test_nothing_ticked_says_what_to_do(console: StaffDoor, agent: StaffMember) -> None:
    answer = agent.post("/tickets/dispatch")
    assert answer.headers["location"] == "/tickets?states=accepted"


def test_a_reply_that_did_not_help_waits_for_the_supervisor_not_for_the_citizen(console: StaffDoor) -> None:
    handler, boss = arrived(console, Role.HANDLER, "嵩明县"), arrived(console, Role.SUPERVISOR)
    given = {"reply_text": "已办好。", "reply_basis": "条例", "resolution": "solved", "contact": "电话"}
    ticket = in_progress(console, handler, district="嵩明县")
    ticket = moved(console, ticket, "reply", handler.staff.actor, **given)
    assert "已答复，等市民评价" in boss.get("/tickets?district=嵩明县").text
    citizen = Actor(Role.CITIZEN, ticket.sender_id)
    ticket = moved(console, ticket, "redo", citizen, reason="没有解决")
    ticket = moved(console, ticket, "restart", handler.staff.actor, assignee=handler.staff.id)
    ticket = moved(console, ticket, "reply", handler.staff.actor, **given)
    moved(console, ticket, "object", citizen, reason="还是没有解决")
    page = boss.get("/tickets?district=嵩明县").text
    assert "市民说没有解决，等督办决定" in page and "等市民评价" not in page
