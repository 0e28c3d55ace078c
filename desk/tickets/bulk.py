"""Sends many accepted tickets at once to the units that the catalogue says; each row stands for itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from desk.errors import Conflict, InvalidInput, NotAllowed, NotFound
from desk.tickets import visible
from desk.tickets.catalogue import Catalogue
from desk.tickets.record import Ticket
from desk.tickets.store import Tickets
from desk.tickets.terms import Actor
from desk.workdays import today

MOST = 100  # rows of one time


@dataclass(frozen=True)
class Row:
    """A ticket and where it goes and why; `refused` is the reason when it cannot, `ticket` None: not seen.

    `version` is that of the preview, so that nothing is sent that somebody has changed meanwhile.
    """

    ticket_id: str
    ticket: Ticket | None = None
    version: int = 0
    unit: str = ""
    assist: tuple[str, ...] = ()
    why: str = ""
    refused: str = ""


class Bulk:
    """Plans and sends; whatever happens to one row, the others go on."""

    def __init__(self, tickets: Tickets, catalogue: Catalogue) -> None:
        self._tickets = tickets
        self._catalogue = catalogue

    def plan(self, actor: Actor, ticket_ids: Iterable[str]) -> list[Row]:
        """Return what would become of each ticket; refused: not_found, wrong_state, no_unit, other_choice."""
        return [self._planned(actor, each) for each in list(dict.fromkeys(ticket_ids))[:MOST]]

    def send(self, actor: Actor, versions: dict[str, int], request_id: str) -> list[Row]:
        """Send each ticket on the version that was planned; refused says conflict or what the table says."""
        return [
            self._sent(actor, replace(row, version=versions[row.ticket_id]), request_id)
            for row in self.plan(actor, versions)
        ]

    def _planned(self, actor: Actor, ticket_id: str) -> Row:
        try:
            ticket = self._tickets.get(ticket_id)
        except NotFound:
            return Row(ticket_id, refused="not_found")
        if not visible.sees(actor, ticket):
            return Row(ticket_id, refused="not_found")
        said = self._catalogue.unit_for(ticket.category, ticket.district, today(), ticket.accused_unit)
        row = Row(ticket_id, ticket, ticket.version, said.unit or "", said.assist, said.reason)
        if "dispatch" not in {move.name for move in self._tickets.moves_for(ticket, actor)}:
            return replace(row, refused="wrong_state")
        if not said.unit:
            return replace(row, refused="no_unit")
        # Whoever accepted it chose another unit for a reason that the catalogue does not know.
        return row if ticket.unit_main in ("", said.unit) else replace(row, refused="other_choice")

    def _sent(self, actor: Actor, row: Row, request_id: str) -> Row:
        # A second click finds the ticket sent already: the move itself knows the request again.
        if row.ticket is None or row.refused not in ("", "wrong_state"):
            return row
        given = {"unit_main": row.unit, **({"units_assist": list(row.assist)} if row.assist else {})}
        number = row.ticket.public_no
        try:
            after = self._tickets.move(number, "dispatch", actor, row.version, given, request_id)
        except Conflict:
            return replace(row, refused="conflict")
        except (NotAllowed, InvalidInput) as error:
            return replace(row, refused=error.reason)
        return replace(row, ticket=after, unit=after.unit_main, refused="")
