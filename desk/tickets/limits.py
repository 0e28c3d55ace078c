"""The table of time limits (data/limits.yml): how many days each step has, and on whose authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.errors import DataFault
from desk.tickets.terms import Kind
from desk.yaml_files import read_fields, read_yaml

WORKING, CALENDAR = "工作日", "自然日"
STUCK = ("stuck_explain", "stuck_bottleneck", "stuck_meeting")
STEPS = frozenset(kind.value for kind in Kind) | {
    *("accept", "sign", "dispute", "first_contact", "unit_reserve", "need_info", "redo", "follow_up"),
    *("reopen", "retention", "extension", "due_soon", "escalate", "ask_verdict", *STUCK),
}
# Counted in working days from or to another day of the ticket.
ONLY_WORKING = frozenset({"extension", "due_soon", "escalate", "unit_reserve"})
_SPEC = {
    "step": ("text", True),
    "name": ("text", True),
    "unit": ("text", True),
    "own": ("flag", True),
    "source": ("text", True),
    "note": ("text", False),
}


@dataclass(frozen=True)
class Limit:
    """`days` of `unit` (工作日 or 自然日). `own`: a promise of this service, not a rule of law."""

    step: str
    name: str
    days: int
    unit: str
    own: bool
    source: str
    note: str = ""


def load_limits(path: Path) -> Mapping[str, Limit]:
    """Return step -> Limit with every step of `STEPS`; raise `DataFault` with all faults of the file."""
    faults: list[str] = []
    rows = read_yaml(path, faults)
    limits: dict[str, Limit] = {}
    for number, raw in enumerate(rows if isinstance(rows, list) else [], 1):
        limit = _limit(raw, f"{path}: entry {number}", faults)
        if limit:
            limits[limit.step] = limit
    faults += [f"{path}: {step} is missing" for step in sorted(STEPS - limits.keys())]
    if faults:
        raise DataFault(faults)
    return limits


def most_days(step: str) -> int:
    """Return how many days a step may have: a year, but records are kept for longer."""
    return 3660 if step == "retention" else 366


def _limit(raw: object, where: str, faults: list[str]) -> Limit | None:
    entry = dict(raw) if isinstance(raw, dict) else {}
    days, most = entry.pop("days", None), most_days(str(entry.get("step")))
    if type(days) is not int or not 0 <= days <= most:
        faults.append(f"{where}: days should be a number of days from 0 to {most}, but is {days!r}")
        return None
    before = len(faults)
    values = read_fields(entry, _SPEC, where, faults)
    if len(faults) > before:
        return None
    if values["step"] not in STEPS or values["unit"] not in (WORKING, CALENDAR):
        faults.append(f"{where}: unknown step {values['step']!r} or unit {values['unit']!r}")
        return None
    return Limit(days=days, **values)
