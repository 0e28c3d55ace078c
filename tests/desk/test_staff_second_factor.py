from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from desk.errors import InvalidInput, NotAllowed
from desk.sealing import Keys
from desk.staff import Accounts, Sessions
from desk.staff.second_factor import code_of
from desk.tickets.terms import Role
from tests.desk.staff_room import DESK, OWN, accounts_in, enrolled, entered, made, reason_of, sessions_in
from tests.desk.ticket_room import Moment


@pytest.fixture
def accounts(engine: Engine, now: Moment, keys: Keys) -> Accounts:
    return accounts_in(engine, now, keys=keys)


@pytest.fixture
def sessions(engine: Engine, accounts: Accounts, now: Moment) -> Sessions:
    return sessions_in(engine, accounts, now)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OPERATOR])
def test_supervisors_and_operators_need_a_second_factor(
    accounts: Accounts, sessions: Sessions, now: Moment, role: Role
) -> None:
    _, password = made(accounts, "qian", role)
    begun = sessions.begin("qian", password, DESK)
    assert begun.step == "enrol"
    with pytest.raises(NotAllowed):  # not before the second factor
        sessions.change_password(begun.token, password, OWN)
    secret, address = sessions.enrol(begun.token)
    assert sessions.enrol(begun.token) == (secret, address)
    assert address.startswith("otpauth://totp/") and secret in address
    begun = sessions.confirm_enrol(begun.token, code_of(secret, now()))
    assert begun.step == "change_password"
    assert sessions.change_password(begun.token, password, OWN).step == "done"
    now.later(seconds=30)
    begun = sessions.begin("qian", OWN, DESK)
    assert begun.step == "second_factor"
    with pytest.raises(NotAllowed):
        sessions.enrol(begun.token)
    done = sessions.second_factor(begun.token, code_of(secret, now()))
    assert done.step == "done" and done.token != begun.token
    assert accounts.all()[0].second_factor


def test_a_code_is_taken_once_and_only_near_its_time(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "qian", Role.SUPERVISOR)
    begun, secret = enrolled(sessions, sessions.begin("qian", password, DESK), now)
    used = code_of(secret, now())
    sessions.change_password(begun.token, password, OWN)
    begun = sessions.begin("qian", OWN, DESK)

    def refused(code: str) -> str:
        with pytest.raises(NotAllowed) as raised:
            sessions.second_factor(begun.token, code)
        return raised.value.reason

    assert refused(used) == "wrong_code"
    now.later(minutes=2)
    assert refused(code_of(secret, now.at.replace(minute=now.at.minute - 1))) == "wrong_code"
    late = code_of(secret, now())
    now.later(seconds=30)
    with pytest.raises(InvalidInput):
        sessions.second_factor(begun.token, "12345")
    wide = late.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    assert sessions.second_factor(begun.token, wide).step == "done"  # one step late, full-width digits


def test_wrong_codes_lock_and_a_right_password_does_not_forgive_them(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "qian", Role.SUPERVISOR)
    begun, secret = enrolled(sessions, sessions.begin("qian", password, DESK), now)
    sessions.change_password(begun.token, password, OWN)
    now.later(minutes=5)
    wrong = f"{(int(code_of(secret, now())) + 1) % 10**6:06d}"
    for place in range(5):
        begun = sessions.begin("qian", OWN, f"10.0.0.{place}")
        with pytest.raises(NotAllowed) as refused:
            sessions.second_factor(begun.token, wrong)
        assert refused.value.reason == "wrong_code"
    with pytest.raises(NotAllowed) as refused:
        sessions.second_factor(begun.token, code_of(secret, now()))
    assert refused.value.reason == "locked"
    assert reason_of(sessions, "qian", OWN, "10.0.0.9") == "locked"


def test_a_lost_app_is_bound_anew(accounts: Accounts, sessions: Sessions, now: Moment) -> None:
    staff, password = made(accounts, "qian", Role.SUPERVISOR)
    begun, secret = enrolled(sessions, sessions.begin("qian", password, DESK), now)
    token = sessions.change_password(begun.token, password, OWN).token
    accounts.reset_second_factor(staff.id, by="")
    assert sessions.of(token) is None
    begun = sessions.begin("qian", OWN, DESK)
    assert begun.step == "enrol"
    assert sessions.enrol(begun.token)[0] != secret


def test_anybody_may_bind_an_app_and_is_then_asked_for_it(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, password = made(accounts, "zhaoli")
    begun, _ = enrolled(sessions, entered(sessions, "zhaoli", password), now)
    assert begun.step == "done"
    assert sessions.begin("zhaoli", OWN, DESK).step == "second_factor"
