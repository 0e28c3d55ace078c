"""The units that a ticket may go to: the one of the catalogue with its reason, and whom recusal bars."""

from __future__ import annotations

from dataclasses import dataclass

from desk.counter import Counter
from desk.tickets import Ticket
from desk.workdays import today


@dataclass(frozen=True)
class Units:
    """`suggested` is empty when a supervisor has to find one; `barred` says who is left out and why.

    `refer_to` is the authority that the matter may belong to instead.
    """

    allowed: tuple[str, ...]
    suggested: str
    why: str
    barred: str
    refer_to: str = ""


def units_for(counter: Counter, ticket: Ticket) -> Units:
    """Return the units to choose from for `ticket` today."""
    catalogue = counter.catalogue
    said = catalogue.unit_for(ticket.category, ticket.district, today(), ticket.accused_unit)
    accused = {
        catalogue.unit_of(each.accused_unit) for each in (ticket, *counter.tickets.children(ticket))
    } - {""}
    why = f"{said.reason}。" + (f"这件事也可能归{said.refer_to}管，请核对。" if said.refer_to else "")
    barred = (
        f"没有列出{'、'.join(sorted(accused))}：市民反映的就是它，按回避规定不能承办。" if accused else ""
    )
    allowed = tuple(unit for unit in catalogue.units if unit not in accused)
    return Units(allowed, said.unit if said.unit in allowed else "", why, barred, said.refer_to)
