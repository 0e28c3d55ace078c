"""The table of data/retention.yml: how many days each kind is kept, and on whose authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from desk.errors import DataFault
from desk.yaml_files import read_fields, read_yaml

CONVERSATION, LEARNING, DEMO_SMS = KINDS = ("conversation", "learning", "demo_sms")
# A slip of the pen must not take the talk of last week.
_LEAST = {CONVERSATION: 30, LEARNING: 30, DEMO_SMS: 1}
_MOST = 3660
_SPEC = {
    "kind": ("text", True),
    "name": ("text", True),
    "days": ("number", True),
    "own": ("flag", True),
    "source": ("text", True),
    "note": ("text", False),
}


@dataclass(frozen=True)
class Rule:
    """`days` that a kind is kept. `own`: chosen by this service, not a rule of law."""

    kind: str
    name: str
    days: int
    own: bool
    source: str
    note: str = ""

    @property
    def lasting(self) -> timedelta:
        """The days as a span of time."""
        return timedelta(days=self.days)


def load_rules(path: Path) -> Mapping[str, Rule]:
    """Return kind -> Rule with every kind of `KINDS`; raise `DataFault` with all faults of the file."""
    faults: list[str] = []
    entries = read_yaml(path, faults)
    rules: dict[str, Rule] = {}
    for number, raw in enumerate(entries if isinstance(entries, list) else [], 1):
        rule = _rule(raw, f"{path}: entry {number}", faults)
        if rule:
            rules[rule.kind] = rule
    faults += [f"{path}: {kind} is missing" for kind in KINDS if kind not in rules]
    if faults:
        raise DataFault(faults)
    return rules


def _rule(raw: object, where: str, faults: list[str]) -> Rule | None:
    before = len(faults)
    values = read_fields(raw, _SPEC, where, faults)
    if len(faults) > before:
        return None
    rule = Rule(**values)
    if rule.kind not in KINDS:
        faults.append(f"{where}: unknown kind {rule.kind!r}")
    elif not _LEAST[rule.kind] <= rule.days <= _MOST:
        faults.append(f"{where}: days should be {_LEAST[rule.kind]} to {_MOST}, but is {rule.days}")
    return rule if len(faults) == before else None
