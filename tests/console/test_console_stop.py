"""A console that is told to stop ends by itself, and nothing in its log looks like a fault."""

from __future__ import annotations

from pathlib import Path

from tests.console.door import StaffDoor
from tests.gateway.door import until


def test_a_stop_is_no_error(tmp_path: Path) -> None:
    door = StaffDoor(tmp_path)
    door.start()
    assert door.process
    # A signal that comes in the moments before is lost to Sanic.
    until(lambda: "Starting worker" in (tmp_path / "console.log").read_text())
    door.process.terminate()
    assert door.process.wait(60) == 0
    log = (tmp_path / "console.log").read_text()
    assert "Server Stopped" in log and '"level": "error"' not in log
