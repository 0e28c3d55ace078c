"""Accounts and sessions over real databases, with hashes that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from desk.errors import NotAllowed
from desk.sealing import Keys
from desk.staff import Accounts, Begun, Sessions, Staff
from desk.staff.passwords import Cost
from desk.staff.second_factor import code_of
from desk.tickets.terms import Role

CHEAP = Cost(1, 8, rounds=10)
KEYS = Keys.of(bytes(range(32)))
OWN = "Kunming-Desk-26"  # the password that people of these tests choose
DESK = "10.1.1.7"


def accounts_in(
    engine: Engine,
    now: Callable[[], datetime],
    profile: str = "dengbao",
    demo: bool = False,
    keys: Keys = KEYS,
) -> Accounts:
    return Accounts(engine, keys, profile, CHEAP, demo, now)


def sessions_in(engine: Engine, accounts: Accounts, now: Callable[[], datetime]) -> Sessions:
    return Sessions(engine, accounts, KEYS, now)


def made(accounts: Accounts, login: str, role: Role = Role.AGENT, unit: str = "") -> tuple[Staff, str]:
    return accounts.create(login, login, role, unit or ("五华区" if role is Role.HANDLER else ""))


def entered(sessions: Sessions, login: str, password: str, new: str = OWN) -> Begun:
    """Sign in a new agent, handler or auditor and choose a password."""
    begun = sessions.begin(login, password, DESK)
    assert begun.step == "change_password"
    return sessions.change_password(begun.token, password, new)


def enrolled(sessions: Sessions, begun: Begun, now: Callable[[], datetime]) -> tuple[Begun, str]:
    """Bind an authenticator and return its secret besides."""
    secret, _ = sessions.enrol(begun.token)
    return sessions.confirm_enrol(begun.token, code_of(secret, now())), secret


def reason_of(sessions: Sessions, login: str, password: str, address: str = DESK) -> str:
    """Why a sign-in is refused; "" when it is not."""
    try:
        sessions.begin(login, password, address)
    except NotAllowed as refused:
        return refused.reason
    return ""
