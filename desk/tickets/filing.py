"""What happens when a complaint is filed: the checks, the fingerprint, the number and the first event."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk.errors import InvalidInput
from desk.inbox import NEEDS_HUMAN, InboxRow
from desk.privacy import BANK_CARD, ID_CARD, MOBILE, mask, redact
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal
from desk.tickets.fold import opening
from desk.tickets.number import make_number
from desk.tickets.record import Complaint, Event, Given, Ticket
from desk.tickets.tables import TicketDayRow, TicketRow, longest
from desk.tickets.terms import Actor, Role, State, Tag
from desk.workdays import china_day

LONGEST = 2000  # characters of one text of a citizen
_SHORT = {
    "category": 40,
    "district": 40,
    "accused_unit": 80,
    "accused_person": 80,
    "happened": 200,
    "claim_ref": 64,
    "title": 60,
    "std_code": 20,
}


def check_complaint(complaint: Complaint) -> None:
    """Raise `InvalidInput`: empty, too_long, reply_by, tags, phone, personal_number."""
    if not complaint.narrative.strip():
        raise InvalidInput("empty")
    if any(len(getattr(complaint, name)) > longest for name, longest in _SHORT.items()):
        raise InvalidInput("too_long")
    if complaint.reply_by not in ("here", "phone"):
        raise InvalidInput("reply_by")
    if set(complaint.tags) - {tag.value for tag in Tag} or complaint.priority not in (0, 1):
        raise InvalidInput("tags")
    digits = complaint.phone.replace("-", "")
    if bool(complaint.phone) != (complaint.reply_by == "phone") or (digits and not _is_phone(digits)):
        raise InvalidInput("phone")
    snapshot = complaint.claim_snapshot or {}
    check_texts([complaint.narrative, *(getattr(complaint, name) for name in _SHORT), *snapshot.values()])


def check_texts(values: Iterable[object]) -> None:
    """Refuse texts that are too long or hold a personal number: the gateway should have taken it out."""
    for value in values:
        if isinstance(value, str) and len(value) > LONGEST:
            raise InvalidInput("too_long")
        if isinstance(value, str) and redact(value).found:
            raise InvalidInput("personal_number")


def check_given(given: Given, role: Role) -> None:
    """Raise `InvalidInput`: too_long, personal_number.

    What staff write for the citizen may name an office's mobile number, but nobody's ID or bank card; nothing
    else may hold a number.
    """
    for name, value in given.items():
        if isinstance(value, str) and len(value) > longest(name):
            raise InvalidInput("too_long")
    told = set() if role is Role.CITIZEN else {"reply_text", "channel_text", "question"}
    check_texts(value for name, value in given.items() if name not in told)
    published = (redact(str(value)).found for name, value in given.items() if name in told)
    if any(number.kind in (ID_CARD, BANK_CARD) for found in published for number in found):
        raise InvalidInput("personal_number")


def fingerprint(complaint: Complaint, sender_id: str) -> str:
    """Return what tells two complaints under one key apart; of the phone only what may be shown."""
    content = opening(complaint, sender_id=sender_id, phone=masked(complaint.phone))
    del content["consent_at"]  # the same message may be agreed to at another moment
    for name in ("title", "tags", "priority", "std_code"):  # as it was before these could be given
        if not content[name]:
            del content[name]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def masked(phone: str) -> str:
    """Return `phone` as its owner may see it again, empty when there is none."""
    return mask(MOBILE, phone) if phone else ""


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of phones, sealed with `derive(settings.secret, "tickets")`."""
    return SealedColumn(TicketRow.phone_sealed, Seal(keys), lambda row: ("ticket", row["id"]))


def seal_phone(seal: Seal, complaint: Complaint, ticket: Ticket) -> bytes | None:
    """Return the phone number encrypted for this ticket alone."""
    return seal.close(complaint.phone, "ticket", ticket.id) if complaint.phone else None


def filed(connection: Connection, channel: str, key: str, sender_id: str, fingerprint: str) -> Any:
    """Return number and fingerprint of what was filed for this message; None when nothing was.

    What an earlier message of the conversation filed counts as well if that one was told that it had failed:
    its answer got lost behind the commit, and its sender confirms the very same complaint once more.
    """
    columns = select(TicketRow.public_no, TicketRow.fingerprint)
    of_this = TicketRow.channel == channel, TicketRow.source_msg_id == key
    same = TicketRow.sender_id == sender_id, TicketRow.fingerprint == fingerprint
    untold = columns.join(InboxRow, InboxRow.key == TicketRow.source_msg_id).where(
        *same, TicketRow.ended_at.is_(None), InboxRow.state == NEEDS_HUMAN
    )
    return connection.execute(columns.where(*of_this)).first() or connection.execute(untold).first()


def first_event(
    connection: Connection,
    complaint: Complaint,
    key: str,
    sender_id: str,
    channel: str,
    now: datetime,
    by: Actor,
) -> Event:
    """Return the event that opens a ticket; takes the next number of the day in the caller's transaction."""
    day = china_day(now)
    given = opening(
        complaint,
        id=uuid.uuid4().hex,
        public_no=make_number(day, _next_place(connection, day)),
        phone_masked=masked(complaint.phone),
        sender_id=sender_id,
        channel=channel,
        source_msg_id=key,
    )
    return Event(1, "open", None, State.SUBMITTED, by.role.value, by.id, given, now)


def _next_place(connection: Connection, day: date) -> int:
    """The next place of `day`. The row stays locked until the caller commits, so no number is given twice."""
    bump = update(TicketDayRow).where(TicketDayRow.day == day).values(last=TicketDayRow.last + 1)
    if not connection.execute(bump).rowcount:
        try:
            with connection.begin_nested():
                connection.execute(insert(TicketDayRow).values(day=day, last=1))
        except IntegrityError:  # somebody else filed the first one of the day
            connection.execute(bump)
    return int(connection.scalar(select(TicketDayRow.last).where(TicketDayRow.day == day)))


def _is_phone(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12
