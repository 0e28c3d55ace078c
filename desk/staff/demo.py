"""Accounts to try the staff door with: 演示, with new random passwords at every start."""

from __future__ import annotations

from sqlalchemy import update

from desk.staff.accounts import Accounts
from desk.staff.passwords import temporary_password
from desk.staff.tables import AccountRow, end_sessions
from desk.tickets.terms import Role

_PEOPLE = (
    ("座席01", Role.AGENT, "", True),  # the first agent and one unit may see 举报, the others not
    ("座席02", Role.AGENT, "", False),
    ("五华区承办", Role.HANDLER, "五华区", True),
    ("盘龙区承办", Role.HANDLER, "盘龙区", False),
    ("督办", Role.SUPERVISOR, "", False),
    ("运维", Role.OPERATOR, "", False),
    ("审计", Role.AUDITOR, "", False),
)


def demo_accounts(accounts: Accounts) -> list[tuple[str, str]]:
    """Make the demo accounts, or give them new passwords, and return login and password of each.

    Demo accounts need no second factor and no change of password; `Accounts` without `demo` refuses them.
    """
    return [_throw_away(accounts, *person) for person in _PEOPLE]


def _throw_away(accounts: Accounts, name: str, role: Role, unit: str, named: bool) -> tuple[str, str]:
    known = accounts.named(name)
    if known is None:
        made, password = accounts.create(name, name, role, unit, demo=True, named=named)
        return made.login, password
    if not known.demo:
        return known.login, "（这个账号不是演示账号，密码不变）"
    password = temporary_password()
    fresh = {
        "password_hash": accounts.hashes.make(password),
        "password_at": accounts.now(),
        "role": role.value,
        "unit": unit,
        "named": named,
        "disabled": False,
    }
    with accounts.engine.begin() as connection:
        connection.execute(update(AccountRow).where(AccountRow.id == known.id).values(fresh))
        end_sessions(connection, known.id, "reset", accounts.now())
    return known.login, password
