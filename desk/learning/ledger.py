"""Proposals in their tables: what one is, the table of its moves, and each move as one event and one row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk.errors import NotFound
from desk.learning.errors import Clash, Forbidden
from desk.learning.tables import ProposalEventRow, ProposalRow

EXAMPLE, STORY = "example", "story"
KIND_NAMES = {EXAMPLE: "例句", STORY: "对话测试"}
DRAFT, APPROVED, REJECTED, WITHDRAWN, DOWNLOADED = STATES = (
    "draft",
    "approved",
    "rejected",
    "withdrawn",
    "downloaded",
)
STATE_NAMES = dict(zip(STATES, ("待批准", "已批准", "未批准", "已撤回", "已下载"), strict=True))
# What may still come into the files, or is on its way there.
ALIVE = (DRAFT, APPROVED, DOWNLOADED)
PROPOSE, APPROVE, REJECT, WITHDRAW, DOWNLOAD = "propose", "approve", "reject", "withdraw", "download"
_SOMEBODY_ELSE = "这条已经被别人处理过了，请刷新后再看。"


@dataclass(frozen=True)
class Proposal:
    """One line (`text`) for a topic, or one conversation test (`text` is what is said)."""

    id: int
    kind: str
    topic: str
    text: str
    story: dict[str, Any] | None
    item: str
    author: str
    state: str
    decided_by: str | None
    reason: str
    batch: int | None
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class Step:
    """One line of a proposal's history."""

    move: str
    to_state: str
    staff_id: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class _Move:
    """From which states to which. `by_author`: True, only the author; False, never the author."""

    sources: tuple[str, ...]
    target: str
    by_author: bool | None
    needs_reason: bool = False


MOVES = {
    APPROVE: _Move((DRAFT,), APPROVED, False),
    REJECT: _Move((DRAFT, APPROVED, DOWNLOADED), REJECTED, False, needs_reason=True),
    WITHDRAW: _Move((DRAFT,), WITHDRAWN, True),
    DOWNLOAD: _Move((APPROVED,), DOWNLOADED, None),
}
_COLUMNS = [getattr(ProposalRow, part.name) for part in fields(Proposal)]


def read(connection: Connection, *conditions: Any) -> list[Proposal]:
    """Return proposals in the order in which they were made."""
    wanted = select(*_COLUMNS).where(*conditions).order_by(ProposalRow.id)
    return [Proposal(*row) for row in connection.execute(wanted)]


def one(connection: Connection, proposal_id: int) -> Proposal:
    """Return one proposal, or raise `NotFound`."""
    found = read(connection, ProposalRow.id == proposal_id)
    if not found:
        raise NotFound("proposal")
    return found[0]


def add(connection: Connection, values: dict[str, Any], staff_id: str, at: datetime) -> int:
    """Keep a new draft with the first line of its history; return its id."""
    row = {**values, "author": staff_id, "state": DRAFT, "reason": "", "created_at": at}
    made = connection.execute(insert(ProposalRow).values(**row)).inserted_primary_key[0]
    _note(connection, int(made), PROPOSE, DRAFT, staff_id, "", at)
    return int(made)


def check_move(proposal: Proposal, name: str, staff_id: str, reason: str) -> None:
    """Raise `Forbidden` where the table of moves does not let this person make this move now."""
    move = MOVES[name]
    if proposal.state not in move.sources:
        raise Forbidden("state", f"这条现在是“{STATE_NAMES[proposal.state]}”，不能这样处理。")
    if move.by_author is False and proposal.author == staff_id:
        raise Forbidden("own_proposal", "自己提出的修改要由另一个人来批准或退回。")
    if move.by_author is True and proposal.author != staff_id:
        raise Forbidden("not_own", "只有提出人能撤回；不同意请退回并写明原因。")
    if move.needs_reason and not reason.strip():
        raise Forbidden("reason", "请写明不批准的原因。")


def move(
    connection: Connection, proposal: Proposal, name: str, staff_id: str, at: datetime, **more: Any
) -> None:
    """Carry out a move that `check_move` allows. `more`: reason, batch. Raises `Clash` when beaten to it."""
    target = MOVES[name].target
    decided = {} if name == DOWNLOAD else {"decided_by": staff_id, "decided_at": at}
    row = ProposalRow
    changed = connection.execute(
        update(row)
        .where(row.id == proposal.id, row.state == proposal.state)
        .values(state=target, **decided, **more)
    )
    if changed.rowcount != 1:
        raise Clash([_SOMEBODY_ELSE])
    _note(connection, proposal.id, name, target, staff_id, str(more.get("reason", "")), at)


def history(connection: Connection, proposal_id: int) -> list[Step]:
    """Return every step of one proposal, oldest first."""
    row = ProposalEventRow
    wanted = select(row.move, row.to_state, row.staff_id, row.reason, row.at)
    found = connection.execute(wanted.where(row.proposal_id == proposal_id).order_by(row.seq))
    return [Step(*step) for step in found]


def _note(
    connection: Connection, proposal_id: int, name: str, state: str, staff_id: str, reason: str, at: datetime
) -> None:
    row = ProposalEventRow
    seq = int(connection.scalar(select(func.count()).where(row.proposal_id == proposal_id))) + 1
    values = {"proposal_id": proposal_id, "seq": seq, "move": name, "to_state": state}
    try:
        connection.execute(insert(row).values(**values, staff_id=staff_id, reason=reason, at=at))
    except IntegrityError as error:
        raise Clash([_SOMEBODY_ELSE]) from error
