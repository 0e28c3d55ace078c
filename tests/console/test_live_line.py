"""The list of citizens who wait: on line or not, who takes whom, and a page that keeps nobody signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from desk.database import utc_now
from desk.live.tables import LivePresenceRow
from desk.staff.sessions import IDLE
from desk.staff.tables import SessionRow
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.live_line import held, said, says, waits


@pytest.fixture
def agent(console: StaffDoor) -> Iterator[StaffMember]:
    member = console.signed_in(Role.AGENT)
    yield member
    for each in console.counter.live.held_by(member.staff.id):
        console.counter.live.give_back(each.sender_id, member.staff.id)


def there(console: StaffDoor, agent: StaffMember) -> bool:
    return console.counter.live.there(agent.staff.id)


def seen(console: StaffDoor, agent: StaffMember, ago: timedelta) -> None:
    """Let the last click of an agent be so long ago, and the last heartbeat half a minute."""
    with console.engine.begin() as connection:
        mine = update(SessionRow).where(SessionRow.staff_id == agent.staff.id)
        connection.execute(mine.values(seen_at=utc_now() - ago))
        beat = update(LivePresenceRow).where(LivePresenceRow.staff_id == agent.staff.id)
        connection.execute(beat.values(seen_at=utc_now() - timedelta(seconds=30)))


def test_an_agent_goes_on_line_and_off_again(console: StaffDoor, agent: StaffMember) -> None:
    assert "○ 不在线" in agent.get("/live").text
    agent.post("/live/presence", on="1")
    assert there(console, agent) and "● 在线" in agent.get("/live").text
    agent.post("/live/presence", on="0")
    assert not there(console, agent)
    acts = console.counter.audit.find(actor_id=agent.staff.id, limit=5)
    assert {act.action for act in acts} == {"live_on", "live_off"}


def test_signing_out_is_being_gone(console: StaffDoor, agent: StaffMember) -> None:
    agent.post("/live/presence", on="1")
    agent.post("/sign-out")
    assert not there(console, agent)


def test_an_open_page_keeps_an_agent_on_line_but_brings_none_back(
    console: StaffDoor, agent: StaffMember
) -> None:
    agent.get("/live/line")
    assert not there(console, agent)
    agent.post("/live/presence", on="1")
    seen(console, agent, timedelta(minutes=1))
    agent.get("/live/line")
    with console.engine.connect() as connection:
        row = connection.execute(
            LivePresenceRow.__table__.select().where(LivePresenceRow.staff_id == agent.staff.id)
        ).one()
    assert utc_now() - row.seen_at < timedelta(seconds=25)


def test_asking_by_itself_keeps_no_idle_session_alive(console: StaffDoor, agent: StaffMember) -> None:
    agent.get("/live")
    seen(console, agent, IDLE - timedelta(seconds=5))
    for path in ("/live/line", "/live/nobody/new"):
        assert agent.get(path).status_code == 200
    seen(console, agent, IDLE + timedelta(seconds=1))
    answer = agent.get("/live/line", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?ended=idle")


def test_polls_leave_the_last_click_as_it_was_and_typing_counts_as_work(
    console: StaffDoor, agent: StaffMember
) -> None:
    for path, counts in (("/live/line", False), ("/live/nobody/new", False), ("/live/awake", True)):
        seen(console, agent, timedelta(minutes=10))
        agent.get(path)
        (visit,) = console.counter.sessions.all_of(agent.staff.id)
        assert (utc_now() - visit.seen_at < timedelta(minutes=1)) == counts, path


def test_who_waits_longest_comes_first_with_the_words_that_tell_something(
    console: StaffDoor, agent: StaffMember
) -> None:
    first = waits(console, "我的钱没到账")
    second = waits(console)
    page = agent.get("/live/line").text
    assert page.index(f"take-{first}") < page.index(f"take-{second}")
    assert "我的钱没到账" in page and "网页 · 等了" in page


def test_a_list_that_looks_the_same_is_not_sent_again(console: StaffDoor, agent: StaffMember) -> None:
    found = re.search(r'"seen": "(\w+)"', agent.get("/live/line").text)
    assert found
    assert agent.get(f"/live/line?open=&seen={found.group(1)}").status_code == 204
    waits(console, "有新的人")
    assert "有新的人" in agent.get(f"/live/line?open=&seen={found.group(1)}").text


def test_outside_of_the_hours_the_list_says_so(console: StaffDoor, agent: StaffMember) -> None:
    live = console.counter.live
    told = "现在不在服务时间" in agent.get("/live").text
    assert told != live.hours.open_at(utc_now())


def test_taking_over_tells_the_citizen_who_speaks(console: StaffDoor, agent: StaffMember) -> None:
    sender = held(console, agent, "我的钱没到账")
    page = agent.get(f"/live/{sender}").text
    assert "我的钱没到账" in page and "市民 ·" in page and "系统 ·" in page
    assert agent.staff.shown_name in said(console, sender)[-1][1]
    act = console.counter.audit.find(actor_id=agent.staff.id, object_id=sender, limit=1)[0]
    assert (act.action, act.object_kind) == ("live_taken", "conversation")


def test_of_two_agents_one_gets_it_and_the_other_is_told_who(console: StaffDoor, agent: StaffMember) -> None:
    other = console.signed_in(Role.AGENT)
    sender = waits(console)
    for each in (agent, other):
        each.get("/live")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: each.post("/live/take", sender_id=sender), (agent, other)))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    holder = console.counter.live.holder(sender)
    assert holder
    (late,) = [answer for answer in answers if answer.status_code == 409]
    assert f"{holder.shown_name}已经先接了这位市民" in late.text
    console.counter.live.give_back(sender, holder.staff_id)


def test_a_citizen_who_left_cannot_be_taken(console: StaffDoor, agent: StaffMember) -> None:
    sender = waits(console)
    console.counter.live.leave(sender)
    answer = agent.post("/live/take", sender_id=sender)
    assert answer.status_code == 409 and "这位市民已经离开" in answer.text


def test_who_holds_a_conversation_does_not_go_off_line(console: StaffDoor, agent: StaffMember) -> None:
    held(console, agent)
    answer = agent.post("/live/presence", on="0")
    assert answer.status_code == 422 and "请先交还" in answer.text
    assert there(console, agent)


def test_several_conversations_stand_side_by_side_and_unanswered_words_are_counted(
    console: StaffDoor, agent: StaffMember
) -> None:
    first, second = held(console, agent), held(console, agent)
    says(console, first, "在吗")
    says(console, first, "我等了很久")
    page = agent.get(f"/live/{second}").text
    assert "我正在接待（2）" in page and "● 2 句待回" in page
    agent.post(f"/live/{first}/say", text="在的")
    assert "句待回" not in agent.get("/live/line").text
