"""A clock that stands still until it is told to go on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class Clock:
    """Monday 2026-03-02, nine in the morning in China."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 1, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now

    def pass_by(self, **time: float) -> None:
        """Go on by a `timedelta` of these keywords."""
        self.now += timedelta(**time)
