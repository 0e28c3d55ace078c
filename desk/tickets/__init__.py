"""The 接诉即办 queue: a citizen's complaint becomes a ticket with a number, a deadline and a history.

`triage` comes first, then `Tickets.open`; the table in `workflow` says who may move a ticket where.
"""

from desk.tickets.catalogue import Catalogue, Dispatch
from desk.tickets.categories import Categories
from desk.tickets.choices import choices
from desk.tickets.clock import Clock, Deadline, due_text
from desk.tickets.limit_table import LimitChange, Limits
from desk.tickets.limits import load_limits
from desk.tickets.number import find_number
from desk.tickets.record import Complaint, Event, Ticket
from desk.tickets.store import Tickets, Urged
from desk.tickets.terms import Actor, Kind, Role, Satisfaction, State, Verdict
from desk.tickets.triage import Advice, Triage
from desk.tickets.wording import along, promise, refusal

__all__ = [
    "Actor",
    "Advice",
    "Catalogue",
    "Categories",
    "Clock",
    "Complaint",
    "Deadline",
    "Dispatch",
    "Event",
    "Kind",
    "LimitChange",
    "Limits",
    "Role",
    "Satisfaction",
    "State",
    "Ticket",
    "Tickets",
    "Triage",
    "Urged",
    "Verdict",
    "along",
    "choices",
    "due_text",
    "find_number",
    "load_limits",
    "promise",
    "refusal",
]
