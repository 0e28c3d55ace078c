"""The assistant that the tests of this folder break, mended before each of them and judged after all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from desk.invariants import open_invariants
from tests.desk.databases import database
from tests.faults.house import House, until
from tests.faults.machines import NAMES, Machines

_FAILED = Path("var/faults-failed.txt")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how each failure is run again, and keep it where it is found after a long night."""
    failed = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
    lines = []
    for report in failed:
        seeds = re.findall(r"SEED=(\d+)", report.capstdout)
        seed = f"SEED={seeds[-1]} " if seeds else ""
        test = re.sub(r"\[\d+\]$", "", report.nodeid)  # the seed says which round it was
        lines.append(f"{seed}ROUNDS=1 .venv/bin/python -m pytest {test}")
    if lines:
        _FAILED.parent.mkdir(exist_ok=True)
        _FAILED.write_text("\n".join(lines) + "\n")
        terminalreporter.section("run again alone")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="package")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("faults"))
    try:
        made.mend()
        yield made
        made.mend()
        until(lambda: not made.rows("select key from inbox where state = 'new'"))
        assert list(open_invariants(made.settings).breaches()) == []
    finally:
        made.close()


@pytest.fixture
def house(_house: House) -> House:
    """The whole assistant, in order."""
    _house.mend()
    return _house


@pytest.fixture(scope="package")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two machines' worth of processes, all running; tests that kill some start them again."""
    folder = tmp_path_factory.mktemp("machines")
    with database("postgresql", folder) as url:
        made = Machines(folder, url)
        try:
            made.start(*NAMES)
            made.wait(*NAMES)
            until(lambda: made.rasas("gateway-a") == made.rasas("gateway-b") == [True, True])
            yield made
        finally:
            made.close()
