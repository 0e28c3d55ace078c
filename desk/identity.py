"""Lets a person prove who they are with a one-time code, and lets nobody learn who is known here.

A conversation that names somebody unknown goes through the very same steps and stores the very same
rows; only no message is sent, and no code fits.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection, Engine

from desk.claims import ClaimSource, Person
from desk.code_rows import CodeRow, newest_code, wrong_on
from desk.database import reading, utc_now
from desk.errors import InvalidInput
from desk.id_number import id_fault, plain_name, valid_id
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal, derive
from desk.sms import DemoSms, HttpSms, SmsSender
from desk.text import plain
from desk.workdays import china_day

__all__ = [
    "Begun",
    "Checked",
    "CodeRow",
    "Codes",
    "DemoSms",
    "Expired",
    "HttpSms",
    "Locked",
    "Sent",
    "SmsSender",
    "TooMany",
    "TooSoon",
    "Verified",
    "Wrong",
    "id_fault",
    "plain_name",
    "valid_id",
]

LIFETIME = timedelta(minutes=10)
COOLDOWN = timedelta(seconds=60)
MAX_WRONG = 5
MAX_SENT = 5
_KEPT = timedelta(days=2)  # the counts of a day must outlive it
_OPEN, _VERIFIED, _CLOSED = "open", "verified", "closed"


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of who was named, under `derive(settings.secret, "identity")`."""
    seal = Seal(derive(keys, "seal"))
    return SealedColumn(CodeRow.sealed, seal, lambda row: (row["sender_id"], row["subject"]))


@dataclass(frozen=True)
class Sent:
    """If the person is known, a code is on its way. Tell it in just these terms."""

    expires_at: datetime


@dataclass(frozen=True)
class TooSoon:
    """A code went out for this person moments ago; the next one may in `seconds`."""

    seconds: int


@dataclass(frozen=True)
class TooMany:
    """Five codes were asked for today, for this person or in this conversation."""


@dataclass(frozen=True)
class Verified:
    """The code was right: `Codes.verified` names the person whose matters the conversation may see."""


@dataclass(frozen=True)
class Wrong:
    """The code was wrong, or nobody of that name and number is known: the two are never told apart."""

    tries_left: int


@dataclass(frozen=True)
class Expired:
    """This conversation has no code that could still be used; a new one has to be asked for."""


@dataclass(frozen=True)
class Locked:
    """Five wrong codes for this person today; nothing more until tomorrow."""


Begun = Sent | TooSoon | TooMany | Locked | Expired
Checked = Verified | Wrong | Expired | Locked


class Codes:
    """One-time codes by SMS: six digits, ten minutes, five tries a day, bound to one conversation."""

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        sms: SmsSender,
        source: ClaimSource,
        clock: Callable[[], datetime] = utc_now,
        spawn: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """Take `derive(settings.secret, "identity")`; `spawn` runs the sending, else a thread does.

        Sending stays out of the citizen's way: how long it takes would tell who is known.
        """
        self._engine = engine
        self._keys = derive(keys, "mac")
        self._seal = Seal(derive(keys, "seal"))
        self._sms = sms
        self._source = source
        self._clock = clock
        self._spawn = spawn or ThreadPoolExecutor(4, thread_name_prefix="sms").submit

    def begin(self, sender_id: str, id_number: str, name: str) -> Begun:
        """Start over with a new code for the person named; raise `InvalidInput`, `Unavailable`.

        `InvalidInput.reason` is one of `id_fault` or `name`; both depend on the input alone.
        """
        id_number, name = id_number.strip().upper(), plain_name(name)
        fault = id_fault(id_number) or (None if name else "name")
        if fault:
            raise InvalidInput(fault)
        person = self._source.find(id_number, name)
        code = f"{secrets.randbelow(10**6):06d}"
        # For somebody unknown what is stored fits no six digits, and looks no different.
        sent = self._store(sender_id, id_number, name, code if person else secrets.token_hex(8))
        if isinstance(sent, Sent):
            # The sending logs under the same request as the message that asked for it.
            self._spawn(partial(copy_context().run, self._send, sender_id, person, code))
        return sent

    def resend(self, sender_id: str) -> Begun:
        """Send a new code for the person this conversation named last; `Expired` when that is forgotten."""
        with reading(self._engine) as connection:
            row = newest_code(connection, sender_id)
        claimed = self._claimed(row)
        return self.begin(sender_id, *claimed) if claimed else Expired()

    def check(self, sender_id: str, code: str, message_key: str = "") -> Checked:
        """Try a code; raise `InvalidInput("code")` for what is not six digits (it costs no try).

        The same message gets the same answer as often as it is tried: whoever asked may have died before he
        could pass it on. The register is not asked: a right code must not be used up in vain because that
        does not answer.
        """
        digits = "".join(plain(code).split())
        if not re.fullmatch("[0-9]{6}", digits):
            raise InvalidInput("code")
        with self._engine.begin() as connection:
            row = newest_code(connection, sender_id)
            if row is None:
                return Expired()
            wrong = wrong_on(connection, [row.subject], row.day)
            # Read once more: the one that was waited for may have been this very message.
            row = connection.execute(select(CodeRow).where(CodeRow.id == row.id)).one()
            if message_key and row.judged_for == message_key:
                return self._as_before(row, wrong, digits)
            return self._judge(connection, row, wrong, digits, message_key)

    def verified(self, sender_id: str) -> Person | None:
        """Return the person this conversation has proved to be within ten minutes; raise `Unavailable`."""
        with reading(self._engine) as connection:
            row = newest_code(connection, sender_id)
        if row is None or row.state != _VERIFIED or row.expires_at <= self._clock():
            return None
        return self._person(row)

    def forget(self, sender_id: str) -> None:
        """End what this conversation may see; the counts of the day stay."""
        ended = {"state": _CLOSED, "sealed": None}
        with self._engine.begin() as connection:
            connection.execute(update(CodeRow).where(CodeRow.sender_id == sender_id).values(ended))

    def purge(self, now: datetime | None = None) -> None:
        """Wipe who was named once it has expired, and drop rows no count needs any more."""
        now = now or self._clock()
        with self._engine.begin() as connection:
            connection.execute(delete(CodeRow).where(CodeRow.sent_at <= now - _KEPT))
            connection.execute(update(CodeRow).where(CodeRow.expires_at <= now).values(sealed=None))

    def _store(self, sender_id: str, id_number: str, name: str, secret: str) -> Begun:
        now = self._clock()
        subjects = self._keys.macs(_told("subject", id_number, name))
        row = {
            "sender_id": sender_id,
            "subject": subjects[0],
            "day": china_day(now),
            "code_mac": self._keys.mac(_told("code", sender_id, subjects[0], secret)),
            "sealed": self._seal.close(json.dumps([id_number, name]), sender_id, subjects[0]),
            "sent_at": now,
            "expires_at": now + LIFETIME,
            "wrong": 0,
            "state": _OPEN,
        }
        ended = {"state": _CLOSED, "sealed": None}
        with self._engine.begin() as connection:
            refused = _refusal(connection, sender_id, subjects, now)
            if refused is None:
                connection.execute(update(CodeRow).where(CodeRow.sender_id == sender_id).values(ended))
                connection.execute(insert(CodeRow).values(row))
        return refused or Sent(now + LIFETIME)

    def _judge(self, connection: Connection, row: Any, wrong: int, digits: str, message_key: str) -> Checked:
        """What to answer; a right code is used up by it."""
        now = self._clock()
        if wrong >= MAX_WRONG:
            return Locked()
        if row.state != _OPEN or row.expires_at <= now:
            return Expired()
        this = update(CodeRow).where(CodeRow.id == row.id).values(judged_for=message_key or None)
        if self._fits(row, digits):
            connection.execute(this.values(state=_VERIFIED, expires_at=now + LIFETIME))
            return Verified()
        connection.execute(this.values(wrong=CodeRow.wrong + 1))
        return _refused(wrong + 1)

    def _as_before(self, row: Any, wrong: int, digits: str) -> Checked:
        """What was answered to the same message before."""
        if not self._fits(row, digits):
            return _refused(wrong)
        return Verified() if row.state == _VERIFIED and row.expires_at > self._clock() else Expired()

    def _fits(self, row: Any, digits: str) -> bool:
        return self._keys.fits(row.code_mac, _told("code", row.sender_id, row.subject, digits))

    def _send(self, sender_id: str, person: Person | None, code: str) -> None:
        """Send to whoever is known. A failure is logged only: telling it would tell who is known."""
        if person is None or not person.phone:
            return
        text = f"【失业保险】您的验证码是 {code}，10 分钟内有效。工作人员不会向您要验证码，请不要告诉别人。"
        try:
            self._sms.send(person.phone, text, sender_id)
        except Exception as error:
            structlog.get_logger(__name__).error("sms_failed", cause=type(error.__cause__ or error).__name__)

    def _claimed(self, row: Any) -> tuple[str, str] | None:
        opened = self._seal.open(row.sealed, row.sender_id, row.subject) if row and row.sealed else None
        if opened is None:
            return None
        id_number, name = json.loads(opened)
        return id_number, name

    def _person(self, row: Any) -> Person | None:
        claimed = self._claimed(row)
        return self._source.find(*claimed) if claimed else None


def _told(*parts: str) -> str:
    return json.dumps(parts)


def _refused(wrong: int) -> Wrong | Locked:
    """What a wrong code gets, itself counted."""
    return Wrong(MAX_WRONG - wrong) if wrong < MAX_WRONG else Locked()


def _refusal(connection: Connection, sender_id: str, subjects: list[str], now: datetime) -> Begun | None:
    day = china_day(now)
    if wrong_on(connection, subjects, day) >= MAX_WRONG:
        return Locked()
    newest = select(func.max(CodeRow.sent_at)).where(CodeRow.subject.in_(subjects))
    last = connection.scalar(newest)
    if last and last > now - COOLDOWN:
        return TooSoon(max(1, round((last + COOLDOWN - now).total_seconds())))
    for same in (CodeRow.subject.in_(subjects), CodeRow.sender_id == sender_id):
        sent = connection.scalar(select(func.count()).select_from(CodeRow).where(same, CodeRow.day == day))
        if int(sent or 0) >= MAX_SENT:
            return TooMany()
    return None
