"""What each role may do at all. What a person may do to one ticket, `desk.tickets` decides besides.

Duties are kept apart (三权分离): who runs the accounts sees no citizen, who audits changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from desk.tickets.terms import Role


class Permission(str, Enum):
    """What a route of the staff door asks for. SELF is everybody who is signed in."""

    SELF = "self"
    AGENT_DESK = "agent_desk"
    LIVE = "live"
    FILE_TICKET = "file_ticket"
    SEE_TICKETS = "see_tickets"
    MOVE_TICKETS = "move_tickets"
    DISPATCH = "dispatch"
    NOTE = "note"
    REVEAL = "reveal"
    OVERVIEW = "overview"
    RUNNING = "running"
    EXPORT = "export"
    LEARN = "learn"
    SEE_LEARNING = "see_learning"
    APPROVE_LEARNING = "approve_learning"
    LIMITS = "limits"
    ACCOUNTS = "accounts"
    AUDIT = "audit"


_P = Permission

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(
        {
            _P.SELF,
            _P.AGENT_DESK,
            _P.LIVE,
            _P.FILE_TICKET,
            _P.SEE_TICKETS,
            _P.MOVE_TICKETS,
            _P.DISPATCH,
            _P.NOTE,
            _P.REVEAL,
        }
    ),
    Role.HANDLER: frozenset({_P.SELF, _P.SEE_TICKETS, _P.MOVE_TICKETS, _P.NOTE, _P.REVEAL}),
    Role.SUPERVISOR: frozenset(
        {
            _P.SELF,
            _P.SEE_TICKETS,
            _P.MOVE_TICKETS,
            _P.DISPATCH,
            _P.NOTE,
            _P.REVEAL,
            _P.OVERVIEW,
            _P.RUNNING,
            _P.EXPORT,
            _P.LIMITS,
            _P.SEE_LEARNING,
            _P.APPROVE_LEARNING,
        }
    ),
    Role.OPERATOR: frozenset({_P.SELF, _P.RUNNING, _P.LEARN, _P.SEE_LEARNING, _P.ACCOUNTS}),
    Role.AUDITOR: frozenset({_P.SELF, _P.AUDIT, _P.SEE_TICKETS, _P.OVERVIEW}),
}
STAFF_ROLES = tuple(GRANTS)
NEEDS_SECOND_FACTOR = frozenset({Role.SUPERVISOR, Role.OPERATOR})
