"""Says at the end how many cases each door had."""

from __future__ import annotations

import pytest

from tests.fuzz.cases import CASES, RAN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if RAN:
        terminalreporter.section(f"bad input: {sum(RAN.values())} cases, {CASES} asked for")
        for name, count in sorted(RAN.items()):
            terminalreporter.write_line(f"{count:8d}  {name}")
