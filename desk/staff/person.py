"""One member of staff as the doors see it, and how a row becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.errors import InvalidInput
from desk.privacy import scrub
from desk.staff.passwords import Policy
from desk.staff.permissions import NEEDS_SECOND_FACTOR, STAFF_ROLES
from desk.text import plain
from desk.tickets.terms import Actor, Role

_LOGIN = re.compile(r"[\w.-]{2,32}")
_LONGEST_NAME, _LONGEST_UNIT = 20, 80


@dataclass(frozen=True)
class Staff:
    """A member of staff. `shown_name` is what citizens read (座席07); a demo account is thrown away.

    `named`: one of the few whom the bureau has named for 举报 and 敏感 matters.
    """

    id: str
    login: str
    shown_name: str
    role: Role
    unit: str
    second_factor: bool
    must_change: bool
    disabled: bool
    demo: bool = False
    named: bool = False

    @property
    def actor(self) -> Actor:
        """Return who this is to the queue."""
        return Actor(self.role, self.id, self.unit, self.shown_name, self.named)

    @property
    def needs_second_factor(self) -> bool:
        """Whether a password alone does not let this person in."""
        return not self.demo and (self.second_factor or self.role in NEEDS_SECOND_FACTOR)


def staff_of(row: Any, policy: Policy, now: datetime) -> Staff:
    """Return the person of a row of accounts."""
    old = policy.days is not None and (now - row.password_at).days >= policy.days
    return Staff(
        id=row.id,
        login=row.login,
        shown_name=row.shown_name,
        role=Role(row.role),
        unit=row.unit,
        second_factor=row.totp_sealed is not None,
        must_change=not row.demo and (row.must_change or old),
        disabled=row.disabled,
        demo=row.demo,
        named=row.named,
    )


def plain_login(text: str) -> str:
    """Return the name to sign in with as it is kept: case and width do not count."""
    return plain(text).casefold()


def checked_login(text: str) -> str:
    """Return a new name to sign in with; raise `InvalidInput("login")`."""
    login = plain_login(text)
    if not _LOGIN.fullmatch(login) or scrub(login) != login:
        raise InvalidInput("login")
    return login


def checked_name(text: str) -> str:
    """Return the name that others read; raise `InvalidInput("shown_name")`."""
    name = plain(text)
    if not 0 < len(name) <= _LONGEST_NAME or scrub(name) != name:
        raise InvalidInput("shown_name")
    return name


def checked_post(role: Role, unit: str) -> tuple[Role, str]:
    """Return role and unit; raise `InvalidInput` (role; unit: a handler works for one)."""
    unit = plain(unit)
    if role not in STAFF_ROLES:
        raise InvalidInput("role")
    if len(unit) > _LONGEST_UNIT or (role is Role.HANDLER and not unit) or scrub(unit) != unit:
        raise InvalidInput("unit")
    return role, unit
