"""The hours in which this service's own agents work (data/service_hours.yml), on legal working days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path

from desk.errors import DataFault
from desk.workdays import Workdays, china_day, china_time
from desk.yaml_files import read_fields, read_yaml

_SPEC = {"spans": ("texts", True), "own": ("flag", True), "source": ("text", True)}
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
Span = tuple[time, time]


class ServiceHours:
    """`own`: these hours are this service's own arrangement, not a published rule."""

    def __init__(self, spans: Sequence[Span], workdays: Workdays, own: bool = True) -> None:
        """Take spans of a day in China; the end of a span is not part of it."""
        self._spans = tuple(spans)
        self._workdays = workdays
        self.own = own

    @classmethod
    def load(cls, path: Path, workdays: Workdays) -> ServiceHours:
        """Read the file; raise `DataFault` with every fault."""
        faults: list[str] = []
        values = read_fields(read_yaml(path, faults), _SPEC, str(path), faults)
        spans = [_span(text, path, faults) for text in values.get("spans", [])]
        if not spans and not faults:
            faults.append(f"{path}: spans is empty")
        if faults:
            raise DataFault(faults)
        return cls([span for span in spans if span], workdays, values["own"])

    def open_at(self, moment: datetime) -> bool:
        """Tell whether agents work at an aware `moment`."""
        clock = china_time(moment)
        inside = any(start <= clock < end for start, end in self._spans)
        return inside and self._workdays.is_workday(china_day(moment))

    @property
    def text(self) -> str:
        """The hours in words, and whose they are: `法定工作日 9:00—17:00，这是本服务自己的安排`."""
        spans = "、".join(f"{_clock(start)}—{_clock(end)}" for start, end in self._spans)
        return f"法定工作日 {spans}{'，这是本服务自己的安排' if self.own else ''}"


def _span(text: str, path: Path, faults: list[str]) -> Span | None:
    match = _SPAN.fullmatch(text)
    numbers = [int(part) for part in match.groups()] if match else []
    if match and numbers[0] < 24 and numbers[2] < 24 and numbers[1] < 60 and numbers[3] < 60:
        span = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
        if span[0] < span[1]:
            return span
    faults.append(f"{path}: spans should be like 9:00-17:00, the end after the start, but one is {text!r}")
    return None


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
