from __future__ import annotations

import re

import pytest

from desk.staff import Staff
from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.console.live_line import held
from tests.desk.ticket_room import PLANTED_PHONE


@pytest.fixture
def operator(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.OPERATOR)


@pytest.fixture
def other(console: StaffDoor) -> StaffMember:
    return console.signed_in(Role.HANDLER, "五华区")


def shown_password(text: str) -> str:
    found = re.search(r'class="secret">([^<]+)<', text)
    assert found
    return found.group(1)


def last_act(console: StaffDoor, staff: Staff, object_id: str) -> tuple[str, str]:
    act = console.counter.audit.find(actor_id=staff.id, object_id=object_id, limit=1)[0]
    return act.action, act.result


def test_an_account_is_made_and_its_password_shown_once(console: StaffDoor, operator: StaffMember) -> None:
    answer = operator.post("/accounts", login="gaofeng", shown_name="高峰", role="handler", unit="盘龙区")
    assert answer.status_code == 200
    password = shown_password(answer.text)
    made = console.accounts.named("gaofeng")
    assert made is not None and (made.role, made.unit) == (Role.HANDLER, "盘龙区")
    assert console.counter.sessions.begin("gaofeng", password, "").step == "change_password"
    assert last_act(console, operator.staff, made.id) == ("account_created", "ok")
    assert password not in operator.get("/accounts").text
    assert password not in str(console.counter.audit.find(limit=1000))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"login": "x", "role": "agent"}, "登录名应为"),
        ({"login": "fengjie", "role": ""}, "请选一个角色"),
        ({"login": "fengjie", "role": "citizen"}, "请选一个角色"),
        ({"login": "fengjie", "role": "handler"}, "承办账号要选单位"),
        ({"login": "fengjie", "role": "agent", "shown_name": PLANTED_PHONE}, "显示名应为"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_and_what_was_typed_stays(
    console: StaffDoor, operator: StaffMember, fields: dict[str, str], told: str
) -> None:
    answer = operator.post("/accounts", False, **fields)
    assert answer.status_code == 422 and told in answer.text
    assert f'value="{fields["login"]}"' in answer.text
    assert console.accounts.named("fengjie") is None


def test_a_login_that_is_taken_is_said(operator: StaffMember, other: StaffMember) -> None:
    answer = operator.post("/accounts", login=other.staff.login.upper(), role="agent")
    assert answer.status_code == 422 and "已经有人用" in answer.text


def test_a_disabled_account_is_out_at_once_and_may_come_back(
    console: StaffDoor, operator: StaffMember, other: StaffMember
) -> None:
    path = f"/accounts/{other.staff.id}"
    assert other.get("/account").status_code == 200
    assert operator.post(f"{path}/disable").headers["location"] == path
    assert last_act(console, operator.staff, other.staff.id) == ("account_disabled", "ok")
    assert other.get("/account").headers["location"] == "/sign-in?ended=disabled"
    assert "已停用" in operator.get(path).text
    operator.post(f"{path}/enable")
    assert not console.accounts.get(other.staff.id).disabled
    assert other.get("/account").status_code == 303


def test_another_role_acts_at_the_next_request(
    console: StaffDoor, operator: StaffMember, other: StaffMember
) -> None:
    assert other.get("/audit").status_code == 403
    operator.post(f"/accounts/{other.staff.id}/post", role="auditor", unit="")
    assert other.get("/audit").status_code == 200
    act = console.counter.audit.find(action="post_changed", object_id=other.staff.id)[0]
    assert act.detail == {"from": "承办 五华区", "to": "审计"}


def test_a_password_and_the_sessions_are_reset(
    console: StaffDoor, operator: StaffMember, other: StaffMember
) -> None:
    path = f"/accounts/{other.staff.id}"
    assert "127.0.0.1" in operator.get(path).text
    operator.post(f"{path}/end-sessions")
    assert other.get("/account").headers["location"] == "/sign-in?ended=ended"
    assert "现在没有登录" in operator.get(path).text
    password = shown_password(operator.post(f"{path}/reset-password").text)
    assert console.counter.sessions.begin(other.staff.login, password, "").token
    assert operator.post(f"{path}/reset-second-factor").status_code == 303


def test_an_operator_does_nothing_to_his_own_account(console: StaffDoor, operator: StaffMember) -> None:
    path = f"/accounts/{operator.staff.id}"
    assert "这是您自己的账号" in operator.get(path).text
    for act, told in (
        ("disable", "另一位运维人员"),
        ("reset-password", "另一位运维人员"),
        ("reset-second-factor", "另一位运维人员"),
    ):
        answer = operator.post(f"{path}/{act}")
        assert answer.status_code == 422 and told in answer.text
    answer = operator.post(f"{path}/post", role="supervisor")
    assert answer.status_code == 422 and "不能改自己的角色" in answer.text
    assert last_act(console, operator.staff, operator.staff.id) == ("post_changed", "own_role")
    assert operator.get("/account").status_code == 200


def test_an_unknown_account_is_a_sentence(operator: StaffMember) -> None:
    assert operator.get("/accounts/0000000000000000").status_code == 404
    assert operator.post("/accounts/0000000000000000/disable").status_code == 404


@pytest.mark.parametrize("act", ["disable", "end-sessions", "post"])
def test_who_is_put_out_gives_the_citizens_back(console: StaffDoor, operator: StaffMember, act: str) -> None:
    agent = console.signed_in(Role.AGENT)
    held(console, agent, "失业金没到账")
    operator.post(f"/accounts/{agent.staff.id}/{act}", role="handler", unit="五华区")
    assert not console.counter.live.there(agent.staff.id)
