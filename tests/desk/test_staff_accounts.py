from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy.engine import Engine

from desk.errors import Conflict, InvalidInput, NotAllowed, NotFound
from desk.sealing import PROFILES, Keys
from desk.staff import GRANTS, Accounts, Permission, Sessions, demo_accounts
from desk.staff.passwords import POLICIES, STANDARD, Cost, Hashes, check_password, temporary_password
from desk.tickets.terms import Role
from tests.desk.staff_room import CHEAP, DESK, KEYS, OWN, accounts_in, entered, made, reason_of, sessions_in
from tests.desk.ticket_room import PLANTED_PHONE, Moment


@pytest.fixture
def accounts(engine: Engine, now: Moment) -> Accounts:
    return accounts_in(engine, now)


@pytest.fixture
def sessions(engine: Engine, accounts: Accounts, now: Moment) -> Sessions:
    return sessions_in(engine, accounts, now)


def test_who_runs_the_accounts_sees_no_citizen_and_who_audits_changes_nothing() -> None:
    of_citizens = {Permission.SEE_TICKETS, Permission.REVEAL, Permission.LIVE, Permission.OVERVIEW}
    assert not GRANTS[Role.OPERATOR] & of_citizens
    reads = {Permission.SELF, Permission.AUDIT, Permission.SEE_TICKETS, Permission.OVERVIEW}
    assert GRANTS[Role.AUDITOR] == reads
    approves = {role for role, granted in GRANTS.items() if Permission.APPROVE_LEARNING in granted}
    learns = {role for role, granted in GRANTS.items() if Permission.LEARN in granted}
    assert not approves & learns
    assert all(Permission.SELF in granted for granted in GRANTS.values())
    assert set(Permission) == set().union(*GRANTS.values())


def test_an_account_is_kept_with_a_hash_only(accounts: Accounts) -> None:
    staff, password = made(accounts, "ZhaoLi", Role.HANDLER)
    assert (staff.login, staff.role, staff.unit) == ("zhaoli", Role.HANDLER, "五华区")
    assert staff.must_change and not staff.second_factor and not staff.disabled
    assert accounts.all() == [staff]
    with accounts.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM staff_account").one()
    assert not any(password in str(value) for value in row)
    assert str(row.password_hash).startswith("$argon2id$")
    assert (staff.actor.role, staff.actor.id, staff.actor.unit) == (Role.HANDLER, staff.id, "五华区")


def test_two_people_cannot_have_one_login(accounts: Accounts) -> None:
    made(accounts, "wang.fang")
    with pytest.raises(Conflict):
        made(accounts, "ＷＡＮＧ.fang")


@pytest.mark.parametrize(
    ("login", "name", "role", "unit", "reason"),
    [
        ("a", "座席07", Role.AGENT, "", "login"),
        ("a b", "座席07", Role.AGENT, "", "login"),
        (PLANTED_PHONE, "座席07", Role.AGENT, "", "login"),
        ("agent07", "", Role.AGENT, "", "shown_name"),
        ("agent07", PLANTED_PHONE, Role.AGENT, "", "shown_name"),
        ("agent07", "座席07", Role.CITIZEN, "", "role"),
        ("agent07", "座席07", Role.HANDLER, " ", "unit"),
        ("agent07", "座席07", Role.HANDLER, "五华区 13" + "800138000", "unit"),
    ],
)
def test_an_account_that_makes_no_sense_is_not_made(
    accounts: Accounts, login: str, name: str, role: Role, unit: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        accounts.create(login, name, role, unit)
    assert refused.value.reason == reason
    assert accounts.all() == []


@pytest.mark.parametrize(
    ("profile", "password", "reason"),
    [
        ("dengbao", "Ab1-Cd2-E", "short"),
        ("dengbao", "abcdefgh12", "kinds"),
        ("dengbao", "Zhaoli-2026", "login"),
        ("dengbao", "Password123!", "common"),
        ("dengbao", "Aa1-Aa1-Aa1-Aa1"[:10], "common"),
        ("dengbao", "A1-" + "xyz" * 50, "long"),
        ("dengbao", "Spring-Lake-8", ""),
        ("asvs", "Ab1-Cd2-E-f", "short"),
        ("asvs", "four words of mine", ""),
    ],
)
def test_a_password_must_satisfy_the_policy(profile: str, password: str, reason: str) -> None:
    policy = POLICIES[profile]
    if not reason:
        check_password(policy, password, "zhaoli")
        return
    with pytest.raises(InvalidInput) as refused:
        check_password(policy, password, "zhaoli")
    assert refused.value.reason == f"password_{reason}"


def test_every_temporary_password_satisfies_both_policies() -> None:
    made_ones = {temporary_password() for _ in range(200)}
    assert len(made_ones) == 200
    for password in made_ones:
        for policy in POLICIES.values():
            check_password(policy, password, "zhaoli")


@pytest.mark.parametrize("profile", PROFILES)
def test_full_width_signs_are_the_same_password(profile: str) -> None:
    hashes = Hashes(CHEAP, profile)
    assert hashes.fits(hashes.make("Ａｂ１－lake"), "Ab1-lake")
    assert not hashes.fits(hashes.make("Ab1-lake"), "ab1-lake")
    assert not hashes.fits(None, "Ab1-lake")


def test_the_last_operator_stays(accounts: Accounts) -> None:
    first, _ = made(accounts, "op1", Role.OPERATOR)
    second, _ = made(accounts, "op2", Role.OPERATOR)
    accounts.disable(first.id, by=second.id)
    acts: list[Callable[[], object]] = [
        lambda: accounts.disable(second.id, by=first.id),
        lambda: accounts.change(second.id, by=first.id, role=Role.AGENT),
    ]
    for act in acts:
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.reason == "last_operator"
    assert accounts.get(second.id).role is Role.OPERATOR and not accounts.get(second.id).disabled
    accounts.enable(first.id)
    assert accounts.disable(second.id, by=first.id).disabled


def test_nobody_helps_himself(accounts: Accounts) -> None:
    me, _ = made(accounts, "op1", Role.OPERATOR)
    made(accounts, "op2", Role.OPERATOR)
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: accounts.change(me.id, by=me.id, role=Role.SUPERVISOR), "own_role"),
        (lambda: accounts.disable(me.id, by=me.id), "own_account"),
        (lambda: accounts.reset_password(me.id, by=me.id), "own_account"),
        (lambda: accounts.reset_second_factor(me.id, by=me.id), "own_account"),
    ]
    for act, reason in acts:
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.reason == reason


def test_an_unknown_account_is_said_to_be_unknown(accounts: Accounts) -> None:
    with pytest.raises(NotFound):
        accounts.get("0" * 16)
    with pytest.raises(NotFound):
        accounts.disable("0" * 16, by="")
    assert accounts.named("nobody") is None


def test_demo_accounts_get_new_passwords_at_every_start_and_go_straight_in(
    engine: Engine, now: Moment
) -> None:
    accounts = accounts_in(engine, now, demo=True)
    sessions = sessions_in(engine, accounts, now)
    first, again = dict(demo_accounts(accounts)), dict(demo_accounts(accounts))
    assert first.keys() == again.keys()
    assert not set(first.values()) & set(again.values())
    assert {each.role for each in accounts.all()} == set(GRANTS)
    assert all(each.demo for each in accounts.all())
    for login, password in again.items():
        begun = sessions.begin(login, password, f"10.0.0.{len(login)}")
        signed = sessions.of(begun.token)
        assert signed is not None and signed.step == begun.step == "done"
    now.later(days=91)
    assert sessions.begin("督办", again["督办"], DESK).step == "done"


def test_a_demo_account_is_worth_nothing_outside_the_demo(engine: Engine, now: Moment) -> None:
    demo = accounts_in(engine, now, demo=True)
    given = dict(demo_accounts(demo))
    token = sessions_in(engine, demo, now).begin("运维", given["运维"], DESK).token
    real = accounts_in(engine, now)
    sessions = sessions_in(engine, real, now)
    assert sessions.of(token) is None
    with pytest.raises(NotAllowed) as refused:
        sessions.begin("运维", given["运维"], DESK)
    assert refused.value.reason == "wrong"
    only, _ = made(real, "op1", Role.OPERATOR)
    with pytest.raises(NotAllowed):  # the demo's operator is no operator here
        real.disable(only.id, by="")


def test_a_password_that_was_used_before_is_refused(
    accounts: Accounts, sessions: Sessions, now: Moment
) -> None:
    _, first = made(accounts, "zhaoli")
    chosen = [first, *(f"Spring-Lake-{number}" for number in range(5))]
    begun = entered(sessions, "zhaoli", first, chosen[1])
    for before, after in pairwise(chosen[1:]):
        begun = sessions.change_password(begun.token, before, after)
    for used in chosen[1:]:
        with pytest.raises(InvalidInput) as refused:
            sessions.change_password(begun.token, chosen[-1], used)
        assert refused.value.reason == "password_used"
    assert sessions.change_password(begun.token, chosen[-1], first).step == "done"  # six back: free again


def test_a_password_grows_old_in_one_policy_only(engine: Engine, now: Moment) -> None:
    for profile, step in (("dengbao", "change_password"), ("asvs", "done")):
        accounts = accounts_in(engine, now, profile)
        sessions = sessions_in(engine, accounts, now)
        _, password = made(accounts, f"of-{profile}")
        entered(sessions, f"of-{profile}", password)
        now.later(days=90)
        assert sessions.begin(f"of-{profile}", OWN, DESK).step == step


def hash_in(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT password_hash FROM staff_account").scalar())


def test_a_hash_is_made_anew_when_the_cost_rises(engine: Engine, accounts: Accounts, now: Moment) -> None:
    _, password = made(accounts, "zhaoli")
    before = hash_in(engine)
    entered(sessions_in(engine, accounts, now), "zhaoli", password)
    dearer = Accounts(engine, KEYS, cost=Cost(2, 16), now=now)
    assert sessions_in(engine, dearer, now).begin("zhaoli", OWN, DESK).step == "done"
    assert "t=1" in before and "m=16,t=2" in hash_in(engine)
    assert sessions_in(engine, dearer, now).begin("zhaoli", OWN, DESK).step == "done"


def test_a_hash_goes_over_to_the_other_profile_when_its_owner_signs_in(engine: Engine, now: Moment) -> None:
    accounts = accounts_in(engine, now)
    _, password = made(accounts, "zhaoli")
    entered(sessions_in(engine, accounts, now), "zhaoli", password)
    for profile, mark in (("gm", "$pbkdf2-sm3$10$"), ("intl", "$argon2id$"), ("gm", "$pbkdf2-sm3$10$")):
        before = hash_in(engine)
        room = accounts_in(engine, now, keys=Keys.of(bytes(32), profile=profile))
        assert reason_of(sessions_in(engine, room, now), "zhaoli", OWN + "x") == "wrong"
        assert hash_in(engine) == before
        assert sessions_in(engine, room, now).begin("zhaoli", OWN, DESK).step == "done"
        assert hash_in(engine).startswith(mark)


def test_a_password_hash_of_the_profile_gm_is_pbkdf2_with_sm3() -> None:
    made_one = Hashes(Cost(1, 8, rounds=1000), "gm").make("Ab1-lake")
    _, scheme, rounds, salt, kept = made_one.split("$")
    expected = hashlib.pbkdf2_hmac("sm3", b"Ab1-lake", salt.encode(), 1000, 32)
    assert (scheme, rounds, base64.b64decode(kept)) == ("pbkdf2-sm3", "1000", expected)
    assert len(made_one) <= 200 and STANDARD.rounds >= 600_000
    assert Hashes(Cost(1, 8, rounds=2000), "gm").outdated(made_one)


def test_who_is_named_for_reports_is_so_for_the_queue_at_once(accounts: Accounts) -> None:
    staff, _ = accounts.create("agent07", "座席07", Role.AGENT, named=True)
    assert staff.actor.named
    assert not accounts.change(staff.id, "", Role.AGENT).actor.named
    assert accounts.change(staff.id, "", Role.AGENT, named=True).actor.named
