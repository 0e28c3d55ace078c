"""Every ticket is what its events add up to, is filed once, and lies with whom it was given to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import aliased

from desk.invariants.record import BATCH, Breach, moment, rows
from desk.staff.tables import AccountRow
from desk.tickets import fold
from desk.tickets.clock import Clock
from desk.tickets.record import Event, Ticket
from desk.tickets.tables import EVENT, TICKET, TicketEventRow, TicketRow, to_event, to_ticket
from desk.tickets.terms import State

# Counted anew at each reading. Of a ticket that is over they stay as they were counted last.
_DAYS = ("due", "due_estimated", "due_unit", "contact_due", "extension_to", "extended_to", "retention_until")


def unlike_their_events(engine: Engine, clock: Clock) -> Iterator[Breach]:
    """Yield tickets without events, with a gap in them, or whose row is not what they add up to."""
    clock.limits.refresh()
    last = ""
    while True:
        # Each batch is of one moment: between a row and its events nobody may write.
        with moment(engine) as connection:
            wanted = select(*TICKET).where(TicketRow.id > last).order_by(TicketRow.id).limit(BATCH)
            found = [to_ticket(row) for row in connection.execute(wanted)]
            histories = _histories(connection, [ticket.id for ticket in found])
        for ticket in found:
            yield from _judged(ticket, histories.get(ticket.id, []), clock)
        if len(found) < BATCH:
            return
        last = found[-1].id


def filed_twice(engine: Engine) -> Iterator[Breach]:
    """Yield messages that two tickets were made of."""
    source = (TicketRow.channel, TicketRow.source_msg_id)
    for row in rows(engine, select(*source).group_by(*source).having(func.count() > 1)):
        yield Breach("twice", f"{row.channel} {row.source_msg_id}", "同一条消息登记了两张工单")


def merged_into_nothing(engine: Engine) -> Iterator[Breach]:
    """Yield tickets that were merged into one that does not exist."""
    main = aliased(TicketRow)
    there = exists().where(main.public_no == TicketRow.merged_into)
    merged = or_(TicketRow.merged_into != "", TicketRow.state == State.MERGED.value)
    for row in rows(engine, select(TicketRow.public_no).where(merged, ~there)):
        yield Breach("main", row.public_no, "并入的主单不存在")


def in_strange_hands(engine: Engine) -> Iterator[Breach]:
    """Yield open tickets in the hands of somebody whose unit neither leads nor assists."""
    account = aliased(AccountRow)
    columns = (TicketRow.public_no, TicketRow.units_assist, account.unit)
    held = (
        select(*columns)
        .join(account, account.id == TicketRow.assignee)
        .where(TicketRow.ended_at.is_(None), account.unit != TicketRow.unit_main)
    )
    for row in rows(engine, held):
        if row.unit not in row.units_assist:
            yield Breach("hands", row.public_no, "经办人不属于主办或协办单位")


def _histories(connection: Connection, ids: list[str]) -> dict[str, list[Event]]:
    columns = (TicketEventRow.ticket_id, *EVENT)
    wanted = select(*columns).where(TicketEventRow.ticket_id.in_(ids))
    ordered = connection.execute(wanted.order_by(TicketEventRow.ticket_id, TicketEventRow.seq))
    return {
        ticket_id: [to_event(row[1:]) for row in of_ticket]
        for ticket_id, of_ticket in groupby(ordered, lambda row: row.ticket_id)
    }


def _judged(ticket: Ticket, events: list[Event], clock: Clock) -> Iterator[Breach]:
    if not events:
        yield Breach("no_events", ticket.public_no, "工单没有任何经过")
    elif [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield Breach("gap", ticket.public_no, "工单的经过缺号")
    elif (folded := _replayed(events)) is None or _without_days(ticket) != folded:
        yield Breach("fold", ticket.public_no, "工单和它的经过对不上")
    elif ticket.ended_at is None and clock.on(folded) != ticket:
        yield Breach("days", ticket.public_no, "工单的期限和日历对不上（重新启动 worker 会改正）")


def _replayed(events: list[Event]) -> Ticket | None:
    """What the events add up to; None when they add up to nothing."""
    try:
        return fold.replay(events)
    except (KeyError, TypeError, ValueError):
        return None


def _without_days(ticket: Ticket) -> Ticket:
    nothing: dict[str, Any] = {name: False if name == "due_estimated" else None for name in _DAYS}
    return replace(ticket, **nothing)
