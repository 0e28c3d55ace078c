"""Signing in, step by step, and what a token stands for afterwards. Every step gives a new token."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from desk.database import reading, utc_now
from desk.errors import NotAllowed
from desk.sealing import Keys, derive
from desk.staff import second_factor
from desk.staff.accounts import Accounts, account, row_named
from desk.staff.failures import Failures
from desk.staff.permissions import NEEDS_SECOND_FACTOR
from desk.staff.person import Staff, plain_login
from desk.staff.tables import AccountRow, SessionRow, end_sessions

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=8)
_SEEN_EVERY = timedelta(seconds=30)
_KEPT = timedelta(days=7)  # so long one can be told why a session ended
DONE, SECOND_FACTOR, ENROL, CHANGE_PASSWORD = "done", "second_factor", "enrol", "change_password"


@dataclass(frozen=True)
class Begun:
    """A new token, which replaces the one before, and the step that comes next."""

    token: str
    step: str


@dataclass(frozen=True)
class Signed:
    """Whose token it is, the token of the forms, and how far the sign-in has come."""

    staff: Staff
    csrf: str
    step: str


@dataclass(frozen=True)
class Visit:
    """A session that is open now; `proved` says that the second factor was given."""

    began_at: datetime
    seen_at: datetime
    address: str
    proved: bool


class Sessions:
    """The sessions of one database: one active for each account, 15 minutes idle, 8 hours at most."""

    def __init__(
        self, engine: Engine, accounts: Accounts, keys: Keys, now: Callable[[], datetime] = utc_now
    ) -> None:
        """Take `derive(settings.secret, "sessions")`."""
        self._engine = engine
        self._accounts = accounts
        self._csrf_keys = derive(keys, "csrf")
        self._failures = Failures(derive(keys, "failures"))
        self._now = now

    def begin(self, login: str, password: str, address: str) -> Begun:
        """Sign in with a password; raise `NotAllowed` (wrong: whatever it was, locked)."""
        login = plain_login(login)
        with reading(self._engine) as connection:
            row = row_named(connection, login)
            known = connection.scalar(_been_in(login, address)) is not None
        counted = self._count(login, address, known)
        fits = self._accounts.hashes.fits(row.password_hash if row else None, password)
        if not fits or not self._accounts.usable(row):
            raise NotAllowed("wrong")
        now, token = self._now(), _token()
        with self._engine.begin() as connection:
            person = account(connection, row.id, lock=True)
            if person.password_hash != row.password_hash:
                raise NotAllowed("wrong")  # an operator has just reset it
            self._failures.forgive(connection, counted)
            values = {
                "token_hash": _hash(token),
                "staff_id": row.id,
                "address": address[:64],
                "proved": False,
                "began_at": now,
                "seen_at": now,
                "ended_reason": "",
            }
            made = connection.execute(insert(SessionRow).values(values))
            step = self._arrive(connection, person, made.inserted_primary_key[0], proved=False)
        self._accounts.renew_hash(row, password)
        return Begun(token, step)

    def of(self, token: str, at_work: bool = True) -> Signed | None:
        """Return whose token it is; None for one that is unknown, ended or too old.

        `at_work` is False where a page asks by itself: that keeps no idle session alive.
        """
        with reading(self._engine) as connection:
            session, row = _find(connection, token)
        now = self._now()
        if session is None or _why_ended(session, now) or not self._accounts.usable(row):
            return None
        if at_work and now - session.seen_at >= _SEEN_EVERY:
            alive = (SessionRow.id == session.id, SessionRow.ended_at.is_(None))
            with self._engine.begin() as connection:
                connection.execute(update(SessionRow).where(*alive).values(seen_at=now))
        staff = self._accounts.person(row)
        return Signed(staff, self._csrf(token), _step(staff, session.proved))

    def second_factor(self, token: str, code: str) -> Begun:
        """Give the code of the app; raise `NotAllowed` (wrong_code, locked, step), `InvalidInput("code")`."""
        session, row = self._at(token, SECOND_FACTOR)
        return self._prove(session, row, row.totp_sealed, code, {})

    def enrol(self, token: str) -> tuple[str, str]:
        """Return the secret and the `otpauth://` address for the app; the same until it is confirmed."""
        session, row = self._at(token, ENROL, DONE)
        if row.totp_sealed is not None:
            raise NotAllowed("enrolled")
        secret = self._accounts.open_secret(row.id, session.pending_sealed or b"")
        if secret is None:
            secret = second_factor.new_secret()
            sealed = self._accounts.seal_secret(row.id, secret)
            this = update(SessionRow).where(SessionRow.id == session.id)
            with self._engine.begin() as connection:
                connection.execute(this.values(pending_sealed=sealed))
        return secret, second_factor.address_of(secret, row.login)

    def confirm_enrol(self, token: str, code: str) -> Begun:
        """Show that the app has the secret; raise `NotAllowed` (wrong_code, locked, step, enrolled)."""
        session, row = self._at(token, ENROL, DONE)
        if row.totp_sealed is not None or session.pending_sealed is None:
            raise NotAllowed("enrolled" if row.totp_sealed else "step")
        pending = session.pending_sealed
        return self._prove(session, row, pending, code, {"totp_sealed": pending})

    def change_password(self, token: str, old: str, new: str) -> Begun:
        """Change one's own password; raise `NotAllowed` (wrong, locked, step), `InvalidInput` (policy)."""
        session, row = self._at(token, CHANGE_PASSWORD, DONE)
        counted = self._count(row.login, session.address)
        if not self._accounts.hashes.fits(row.password_hash, old):
            raise NotAllowed("wrong")
        with self._engine.begin() as connection:
            self._failures.forgive(connection, counted)
        fresh = self._accounts.new_password(row, new)
        with self._engine.begin() as connection:
            if account(connection, row.id, lock=True).password_hash != row.password_hash:
                raise NotAllowed("wrong")  # an operator has just reset it
            self._accounts.keep_password(connection, row, fresh)
            return self._renew(connection, session, session.proved)

    def ended_reason(self, token: str) -> str | None:
        """Return why a token is no longer good; None for one that is, or was never.

        elsewhere, signed_out, idle, expired, disabled, reset (password or app), ended (by an operator).
        """
        with reading(self._engine) as connection:
            session, row = _find(connection, token)
        if session is None:
            return None
        return _why_ended(session, self._now()) or (None if self._accounts.usable(row) else "disabled")

    def end(self, token: str) -> None:
        """Sign out."""
        this = (SessionRow.token_hash == _hash(token), SessionRow.ended_at.is_(None))
        ended = {"ended_at": self._now(), "ended_reason": "signed_out", "pending_sealed": None}
        with self._engine.begin() as connection:
            connection.execute(update(SessionRow).where(*this).values(ended))

    def all_of(self, staff_id: str) -> list[Visit]:
        """Return the open sessions of an account, newest first."""
        mine = select(SessionRow).where(SessionRow.staff_id == staff_id, SessionRow.ended_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(mine.order_by(SessionRow.id.desc())).all()
        now = self._now()
        return [
            Visit(row.began_at, row.seen_at, row.address, row.proved)
            for row in rows
            if not _why_ended(row, now)
        ]

    def end_all(self, staff_id: str) -> None:
        """End every session of an account, as an operator does."""
        with self._engine.begin() as connection:
            end_sessions(connection, staff_id, "ended", self._now())

    def purge(self) -> None:
        """Drop sessions nobody asks about any more, and failures that count no more."""
        now = self._now()
        over = or_(SessionRow.ended_at <= now - _KEPT, SessionRow.began_at <= now - ABSOLUTE - _KEPT)
        with self._engine.begin() as connection:
            connection.execute(delete(SessionRow).where(over))
            self._failures.purge(connection, now)

    def _at(self, token: str, *steps: str) -> tuple[Any, Any]:
        """The session and account of a token that is at one of `steps`; raise `NotAllowed("step")`."""
        signed = self.of(token)
        if signed is None or signed.step not in steps:
            raise NotAllowed("step")
        with reading(self._engine) as connection:
            session, row = _find(connection, token)
        if session is None:
            raise NotAllowed("step")
        return session, row

    def _prove(self, session: Any, row: Any, sealed: bytes, code: str, values: dict[str, Any]) -> Begun:
        """Take a code once: the account moves on to its 30 seconds, and no code before them fits again."""
        secret = self._accounts.open_secret(row.id, sealed)
        step = second_factor.step_of(secret, code, self._now()) if secret else None
        counted = self._count(row.login, session.address)
        if step is None:
            raise NotAllowed("wrong_code")
        fresh = and_(AccountRow.id == row.id, AccountRow.totp_step < step)
        known = AccountRow.totp_sealed.is_(None) if values else AccountRow.totp_sealed == sealed
        with self._engine.begin() as connection:
            used = connection.execute(update(AccountRow).where(fresh, known).values(totp_step=step, **values))
            if used.rowcount != 1:
                raise NotAllowed("wrong_code")
            self._failures.forgive(connection, counted)
            return self._renew(connection, session, proved=True)

    def _renew(self, connection: Connection, session: Any, proved: bool) -> Begun:
        """Put a new token in the place of the old one; raise `NotAllowed("step")` when that has ended."""
        token = _token()
        same = and_(SessionRow.token_hash == session.token_hash, SessionRow.ended_at.is_(None))
        values = {"token_hash": _hash(token), "proved": proved, "pending_sealed": None}
        if connection.execute(update(SessionRow).where(same).values(values)).rowcount != 1:
            raise NotAllowed("step")
        row = account(connection, session.staff_id, lock=True)
        return Begun(token, self._arrive(connection, row, session.id, proved))

    def _arrive(self, connection: Connection, row: Any, session_id: int, proved: bool) -> str:
        """The step that is next; whoever is in ends the account's other sessions and its failures."""
        if not self._accounts.usable(row):
            raise NotAllowed("wrong")
        step = _step(self._accounts.person(row), proved)
        if step == DONE:
            end_sessions(connection, row.id, "elsewhere", self._now(), except_id=session_id)
            self._failures.clear(connection, row.login)
        return step

    def _count(self, login: str, address: str, known: bool = False) -> list[int]:
        with self._engine.begin() as connection:
            return self._failures.count(connection, login, address, self._now(), known)

    def _csrf(self, token: str) -> str:
        return self._csrf_keys.mac(token)


def _been_in(login: str, address: str) -> Any:
    """Select a session, not yet dropped, that this account had from there with all that it needs to be in."""
    enough = or_(
        SessionRow.proved,
        AccountRow.demo,
        and_(AccountRow.totp_sealed.is_(None), AccountRow.role.not_in(NEEDS_SECOND_FACTOR)),
    )
    mine = select(SessionRow.id).join(AccountRow, AccountRow.id == SessionRow.staff_id)
    return mine.where(AccountRow.login == login, SessionRow.address == address[:64], enough).limit(1)


def _step(staff: Staff, proved: bool) -> str:
    """Computed at every request, so that a new role or an old password acts at once."""
    if staff.needs_second_factor and not proved:
        return SECOND_FACTOR if staff.second_factor else ENROL
    return CHANGE_PASSWORD if staff.must_change else DONE


def _why_ended(session: Any, now: datetime) -> str:
    if session.ended_at is not None:
        return str(session.ended_reason)
    if now - session.began_at >= ABSOLUTE:
        return "expired"
    return "idle" if now - session.seen_at >= IDLE else ""


def _find(connection: Connection, token: str) -> tuple[Any, Any]:
    """The session and the account of a token, or twice None."""
    session = connection.execute(select(SessionRow).where(SessionRow.token_hash == _hash(token))).first()
    return (session, account(connection, session.staff_id)) if session else (None, None)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
