from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine

from desk.staff import Accounts, Sessions
from desk.tickets.terms import Role
from tests.desk.staff_room import DESK, OWN, accounts_in, enrolled, entered, made, reason_of, sessions_in
from tests.desk.ticket_room import Moment


@pytest.fixture
def accounts(engine: Engine, now: Moment) -> Accounts:
    return accounts_in(engine, now)


@pytest.fixture
def sessions(engine: Engine, accounts: Accounts, now: Moment) -> Sessions:
    return sessions_in(engine, accounts, now)


def test_a_new_agent_chooses_a_password_and_is_in(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli")
    first = sessions.begin("ZhaoLi", password, DESK)
    assert sessions.of(first.token).step == "change_password"  # type: ignore[union-attr]
    second = sessions.change_password(first.token, password, OWN)
    assert second.step == "done" and second.token != first.token
    assert sessions.of(first.token) is None
    signed = sessions.of(second.token)
    assert signed is not None and signed.staff.id == staff.id and not signed.staff.must_change
    assert reason_of(sessions, "zhaoli", password) == "wrong"
    assert reason_of(sessions, "zhaoli", OWN) == ""


def test_the_token_is_nowhere_in_the_database(accounts: Accounts, sessions: Sessions) -> None:
    _, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    assert len(token) >= 43  # 256 bits
    with accounts.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM staff_session").all()
    assert token not in str(rows)


def test_unknown_disabled_and_wrong_look_the_same(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli")
    accounts.disable(staff.id, by="")
    assert reason_of(sessions, "zhaoli", password) == "wrong"
    assert reason_of(sessions, "nobody", password) == "wrong"
    accounts.enable(staff.id)
    assert reason_of(sessions, "zhaoli", "not this one") == "wrong"
    assert reason_of(sessions, "zhaoli", "x" * 100_000) == "wrong"


@pytest.mark.parametrize("login", ["zhaoli", "nobody"])
def test_five_failures_lock_a_login_known_or_not_for_fifteen_minutes(
    accounts: Accounts, sessions: Sessions, now: Moment, login: str
) -> None:
    _, password = made(accounts, "zhaoli")
    for place in range(5):
        assert reason_of(sessions, login, "wrong one", f"10.0.0.{place}") == "wrong"
    again = sessions_in(accounts.engine, accounts, now)  # a restart forgives nothing
    assert reason_of(again, login, password, "10.0.0.9") == "locked"
    now.later(minutes=15)
    assert reason_of(again, login, password, "10.0.0.9") == ("" if login == "zhaoli" else "wrong")


def test_a_stranger_s_failures_lock_nobody_out_of_the_own_desk(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, password = made(accounts, "zhaoli")
    entered(sessions, "zhaoli", password)
    for number in range(5):
        assert reason_of(sessions, "zhaoli", "guess", f"10.9.9.{number}") == "wrong"
    assert reason_of(sessions, "zhaoli", OWN, "10.9.9.9") == "locked"
    assert reason_of(sessions, "zhaoli", OWN) == ""


def test_at_the_own_desk_five_failures_lock_as_well(accounts: Accounts, sessions: Sessions) -> None:
    _, password = made(accounts, "zhaoli")
    entered(sessions, "zhaoli", password)
    for _ in range(5):
        assert reason_of(sessions, "zhaoli", "guess") == "wrong"
    assert reason_of(sessions, "zhaoli", OWN) == "locked"


def test_a_password_alone_makes_no_desk_known_where_more_is_needed(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, password = made(accounts, "boss", Role.SUPERVISOR)
    assert sessions.begin("boss", password, "10.9.9.9").step == "enrol"
    for number in range(5):
        assert reason_of(sessions, "boss", "guess", f"10.9.8.{number}") == "wrong"
    assert reason_of(sessions, "boss", password, "10.9.9.9") == "locked"


def test_five_failures_lock_an_address_whatever_the_login(accounts: Accounts, sessions: Sessions) -> None:
    _, password = made(accounts, "zhaoli")
    for number in range(5):
        assert reason_of(sessions, f"guess{number}", "wrong one") == "wrong"
    assert reason_of(sessions, "zhaoli", password) == "locked"
    assert reason_of(sessions, "zhaoli", password, "10.0.0.9") == ""


def test_guesses_at_the_same_moment_are_no_more_than_five(accounts: Accounts, sessions: Sessions) -> None:
    made(accounts, "zhaoli")
    with ThreadPoolExecutor(12) as pool:
        asked = [
            pool.submit(reason_of, sessions, "zhaoli", "wrong one", f"10.0.0.{place}") for place in range(12)
        ]
        reasons = [each.result() for each in asked]
    assert sorted(reasons) == ["locked"] * 7 + ["wrong"] * 5


def test_getting_in_forgives_the_slips_before(accounts: Accounts, sessions: Sessions) -> None:
    _, password = made(accounts, "zhaoli")
    entered(sessions, "zhaoli", password)
    for _ in range(3):
        for place in range(4):
            assert reason_of(sessions, "zhaoli", "wrong one", f"10.0.0.{place}") == "wrong"
        assert reason_of(sessions, "zhaoli", OWN) == ""


def test_a_new_sign_in_ends_the_old_one_and_says_so(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli")
    old = entered(sessions, "zhaoli", password).token
    new = sessions.begin("zhaoli", OWN, "10.0.0.9").token
    assert sessions.of(old) is None
    assert sessions.ended_reason(old) == "elsewhere"
    assert sessions.ended_reason(new) is None and sessions.ended_reason("made up") is None
    assert [visit.address for visit in sessions.all_of(staff.id)] == ["10.0.0.9"]


def test_a_password_alone_throws_nobody_out(accounts: Accounts, sessions: Sessions, now: Moment) -> None:
    _, password = made(accounts, "qian", Role.SUPERVISOR)
    begun, _ = enrolled(sessions, sessions.begin("qian", password, DESK), now)
    mine = sessions.change_password(begun.token, password, OWN).token
    assert sessions.begin("qian", OWN, "10.0.0.9").step == "second_factor"
    assert sessions.of(mine) is not None


def test_sign_ins_at_the_same_moment_leave_one_session(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli")
    entered(sessions, "zhaoli", password)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(sessions.begin, "zhaoli", OWN, f"10.0.0.{place}") for place in range(4)]
        tokens = [each.result().token for each in asked]
    assert len([token for token in tokens if sessions.of(token)]) == 1
    assert len(sessions.all_of(staff.id)) == 1


def test_a_session_ends_when_nobody_is_there(accounts: Accounts, sessions: Sessions, now: Moment) -> None:
    _, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    for _ in range(3):
        now.later(minutes=14)
        assert sessions.of(token) is not None
    now.later(minutes=15)
    assert sessions.of(token) is None
    assert sessions.ended_reason(token) == "idle"


def test_a_session_ends_after_eight_hours_of_work(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    for _ in range(47):
        now.later(minutes=10)
        assert sessions.of(token) is not None
    now.later(minutes=10)
    assert sessions.of(token) is None
    assert sessions.ended_reason(token) == "expired"


def test_looking_often_writes_seldom(accounts: Accounts, sessions: Sessions, now: Moment) -> None:
    staff, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    began = now()
    now.later(seconds=29)
    sessions.of(token)
    assert sessions.all_of(staff.id)[0].seen_at == began
    now.later(seconds=1)
    sessions.of(token)
    assert sessions.all_of(staff.id)[0].seen_at == now()


def test_what_an_operator_does_acts_at_the_next_request(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli", Role.HANDLER)
    token = entered(sessions, "zhaoli", password).token
    accounts.change(staff.id, by="", role=Role.HANDLER, unit="盘龙区")
    assert sessions.of(token).staff.unit == "盘龙区"  # type: ignore[union-attr]
    accounts.change(staff.id, by="", role=Role.SUPERVISOR)
    assert sessions.of(token).step == "enrol"  # type: ignore[union-attr]
    accounts.disable(staff.id, by="")
    assert sessions.of(token) is None and sessions.ended_reason(token) == "disabled"
    accounts.enable(staff.id)
    assert sessions.of(token) is None  # it stays ended
    assert reason_of(sessions, "zhaoli", OWN) == ""


def test_signing_out_and_being_signed_out(accounts: Accounts, sessions: Sessions) -> None:
    staff, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    sessions.end(token)
    assert sessions.of(token) is None and sessions.ended_reason(token) == "signed_out"
    token = sessions.begin("zhaoli", OWN, DESK).token
    sessions.end_all(staff.id)
    assert sessions.of(token) is None and sessions.ended_reason(token) == "ended"
    token = sessions.begin("zhaoli", OWN, DESK).token
    fresh = accounts.reset_password(staff.id, by="")
    assert sessions.ended_reason(token) == "reset"
    assert sessions.begin("zhaoli", fresh, DESK).step == "change_password"


def test_the_token_of_forms_changes_with_the_session(accounts: Accounts, sessions: Sessions) -> None:
    _, password = made(accounts, "zhaoli")
    first = sessions.of(entered(sessions, "zhaoli", password).token)
    second = sessions.of(sessions.begin("zhaoli", OWN, DESK).token)
    assert first is not None and second is not None and first.csrf != second.csrf


def test_old_sessions_are_dropped_and_running_ones_kept(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "zhaoli")
    old = entered(sessions, "zhaoli", password).token
    now.later(days=8)
    new = sessions.begin("zhaoli", OWN, DESK).token
    sessions.purge()
    assert sessions.ended_reason(old) is None
    assert sessions.of(new) is not None


def test_a_page_that_asks_by_itself_keeps_no_session_alive(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "zhaoli")
    token = entered(sessions, "zhaoli", password).token
    for _ in range(14):
        now.later(minutes=1)
        assert sessions.of(token, at_work=False) is not None
    now.later(minutes=1)
    assert sessions.of(token, at_work=False) is None
    assert sessions.ended_reason(token) == "idle"
