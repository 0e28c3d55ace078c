"""The accounts of staff: made, changed and closed by an operator; every change acts at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from desk.database import one_at_a_time, reading, utc_now
from desk.errors import Conflict, NotAllowed, NotFound
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal
from desk.staff.passwords import (
    POLICIES,
    STANDARD,
    Cost,
    Hashes,
    check_history,
    check_password,
    temporary_password,
)
from desk.staff.person import (
    Staff,
    checked_login,
    checked_name,
    checked_post,
    plain_login,
    staff_of,
)
from desk.staff.tables import AccountRow, FormerPasswordRow, SessionRow, end_sessions
from desk.tickets.terms import Role


def sealed(keys: Keys) -> tuple[SealedColumn, SealedColumn]:
    """Return the columns of second factors and of those not confirmed yet; keys as for `Accounts`."""
    seal = Seal(keys)
    return (
        SealedColumn(AccountRow.totp_sealed, seal, lambda row: (row["id"],)),
        SealedColumn(SessionRow.pending_sealed, seal, lambda row: (row["staff_id"],)),
    )


class Accounts:
    """The accounts of one database. `by` is the id of the person who acts, "" for the command line."""

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        profile: str = "dengbao",
        cost: Cost = STANDARD,
        demo: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take `derive(settings.secret, "staff")`; demo accounts can be used only where `demo` is set."""
        self.engine = engine
        self.policy = POLICIES[profile]
        self.hashes = Hashes(cost, keys.current.profile)
        self.demo = demo
        self.now = now
        self._seal = Seal(keys)

    def create(
        self,
        login: str,
        shown_name: str,
        role: Role,
        unit: str = "",
        password: str | None = None,
        demo: bool = False,
        named: bool = False,
    ) -> tuple[Staff, str]:
        """Make an account and return it with its temporary password, to be changed when it is first used.

        Raises `InvalidInput` (login, shown_name, role, unit, or of `check_password`), `Conflict` when the
        login is taken.
        """
        login, shown_name = checked_login(login), checked_name(shown_name)
        role, unit = checked_post(role, unit)
        if password is not None:
            check_password(self.policy, password, login)
        chosen = temporary_password() if password is None else password
        row = {
            "id": secrets.token_hex(8),
            "login": login,
            "shown_name": shown_name,
            "role": role.value,
            "unit": unit,
            "totp_step": 0,
            "disabled": False,
            "demo": demo,
            "named": named,
            "created_at": self.now(),
            **self._fresh(chosen),
        }
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(AccountRow).values(row))
        except IntegrityError as error:
            raise Conflict("the login is taken") from error
        return self.get(row["id"]), chosen

    def all(self) -> list[Staff]:
        """Return every account by login, the disabled ones too."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(AccountRow).order_by(AccountRow.login)).all()
        return [self.person(row) for row in rows]

    def shown_names(self) -> dict[str, str]:
        """Return how each account is called, by id."""
        return {staff.id: staff.shown_name for staff in self.all()}

    def get(self, staff_id: str) -> Staff:
        """Return one account; raise `NotFound`."""
        with reading(self.engine) as connection:
            return self.person(account(connection, staff_id))

    def named(self, login: str) -> Staff | None:
        """Return the account of a login, or None."""
        with reading(self.engine) as connection:
            row = row_named(connection, login)
        return self.person(row) if row else None

    def disable(self, staff_id: str, by: str) -> Staff:
        """Close an account; its sessions end. Raises `NotAllowed` (own_account, last_operator)."""
        if staff_id == by:
            raise NotAllowed("own_account")
        return self._change(staff_id, {"disabled": True}, ends="disabled")

    def enable(self, staff_id: str) -> Staff:
        """Open a closed account again."""
        return self._change(staff_id, {"disabled": False})

    def change(self, staff_id: str, by: str, role: Role, unit: str = "", named: bool = False) -> Staff:
        """Give another role or unit, or name somebody for 举报, which acts with the next request.

        Raises `NotAllowed` (own_role: nobody changes that, last_operator), `InvalidInput` (role, unit).
        """
        if staff_id == by:
            raise NotAllowed("own_role")
        role, unit = checked_post(role, unit)
        return self._change(staff_id, {"role": role.value, "unit": unit, "named": named})

    def reset_password(self, staff_id: str, by: str) -> str:
        """Return a new temporary password; the old one and every session end at once.

        Raises `NotAllowed("own_account")`: one's own password is changed with the old one.
        """
        if staff_id == by:
            raise NotAllowed("own_account")
        chosen = temporary_password()
        self._change(staff_id, self._fresh(chosen), ends="reset")
        return chosen

    def reset_second_factor(self, staff_id: str, by: str) -> Staff:
        """Forget a lost authenticator; sessions end and the next sign-in enrols again.

        Raises `NotAllowed("own_account")`: who holds an open session must not get rid of it.
        """
        if staff_id == by:
            raise NotAllowed("own_account")
        return self._change(staff_id, {"totp_sealed": None, "totp_step": 0}, ends="reset")

    def usable(self, row: Any) -> bool:
        """Whether the account of a row may be used at all."""
        return not row.disabled and (self.demo or not row.demo)

    def person(self, row: Any) -> Staff:
        """Return the person of a row."""
        return staff_of(row, self.policy, self.now())

    def new_password(self, row: Any, password: str) -> dict[str, Any]:
        """Return the columns of a password that the owner chose; raise `InvalidInput` of the policy."""
        check_password(self.policy, password, row.login)
        with reading(self.engine) as connection:
            former = connection.execute(_former(row.id).limit(self.policy.history - 1)).all()
        check_history(self.hashes, [row.password_hash, *(old.password_hash for old in former)], password)
        return {**self._fresh(password), "must_change": False}

    def keep_password(self, connection: Connection, row: Any, fresh: dict[str, Any]) -> None:
        """Put what `new_password` returned in the place of the password of `row`, which is remembered."""
        connection.execute(insert(FormerPasswordRow).values(staff_id=row.id, password_hash=row.password_hash))
        too_old = [old.id for old in connection.execute(_former(row.id)).all()[self.policy.history :]]
        connection.execute(delete(FormerPasswordRow).where(FormerPasswordRow.id.in_(too_old)))
        connection.execute(update(AccountRow).where(AccountRow.id == row.id).values(fresh))

    def renew_hash(self, row: Any, password: str) -> None:
        """Hash a password that was just proved again when the cost or the profile has changed since."""
        if not self.hashes.outdated(row.password_hash):
            return
        same = (AccountRow.id == row.id, AccountRow.password_hash == row.password_hash)
        renewed = self.hashes.make(password)
        with self.engine.begin() as connection:
            connection.execute(update(AccountRow).where(*same).values(password_hash=renewed))

    def seal_secret(self, staff_id: str, secret: str) -> bytes:
        """Return the secret of a second factor, sealed for this account."""
        return self._seal.close(secret, staff_id)

    def open_secret(self, staff_id: str, sealed: bytes) -> str | None:
        """Return what `seal_secret` sealed; None when it is another account's or the key has changed."""
        return self._seal.open(sealed, staff_id)

    def _fresh(self, password: str) -> dict[str, Any]:
        """The columns of a password that somebody else knows as well."""
        made = self.hashes.make(password)
        return {"password_hash": made, "password_at": self.now(), "must_change": True}

    def _change(self, staff_id: str, values: dict[str, Any], ends: str = "") -> Staff:
        with self.engine.begin() as connection:
            one_at_a_time(connection, "staff_account")
            row = account(connection, staff_id)
            connection.execute(update(AccountRow).where(AccountRow.id == row.id).values(values))
            if self._is_operator(row) and not self._operators(connection):
                raise NotAllowed("last_operator")  # takes the update back
            if ends:
                end_sessions(connection, staff_id, ends, self.now())
        return self.get(staff_id)

    def _is_operator(self, row: Any) -> bool:
        return self.usable(row) and row.role == Role.OPERATOR.value

    def _operators(self, connection: Connection) -> list[Any]:
        wanted = select(AccountRow).where(AccountRow.role == Role.OPERATOR.value)
        return [row for row in connection.execute(wanted).all() if self.usable(row)]


def account(connection: Connection, staff_id: str, lock: bool = False) -> Any:
    """Return the row of an account, locked if wished; raise `NotFound`."""
    wanted = select(AccountRow).where(AccountRow.id == staff_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise NotFound("account")
    return row


def row_named(connection: Connection, login: str) -> Any:
    """Return the row of a login, or None."""
    return connection.execute(select(AccountRow).where(AccountRow.login == plain_login(login))).first()


def _former(staff_id: str) -> Any:
    mine = select(FormerPasswordRow).where(FormerPasswordRow.staff_id == staff_id)
    return mine.order_by(FormerPasswordRow.id.desc())
