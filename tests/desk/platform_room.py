"""The desk's side of the provincial platform, for tests: short limits, a breaker on a clock, a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desk.claims.breaker import Breaker
from desk.claims.platform import Platform
from desk.claims.wire import Limits
from desk.database import open_database, utc_now
from desk.health import PLATFORM, Health
from desk.platform_settings import PlatformSettings
from tests.desk.databases import migrated
from tests.fakes.clock import Clock
from tests.fakes.people import KNOWN, NAME, NOBODY, PHONE, UNKNOWN
from tests.fakes.platform import FakePlatform, claim

LIMITS = Limits(connect=1.0, read=0.4, whole=0.8)
OFFICES = range(1, 18)
NOW = utc_now()  # a run may go on past midnight: for claims it stays this day
OTHER_PHONE = "10000000002"
# What is out of order, and what an enquiry then ends with.
MODES = {
    "status:500": "status",
    "status:302": "status",
    "status:404": "malformed",
    "status:503": "status",
    "hang": "timeout",
    "drip": "timeout",
    "drip_headers": "timeout",
    "page": "malformed",
    "half": "broken",
    "huge": "too_big",
    "wrong_person": "wrong_person",
    "list": "schema",
    "twice": "duplicate",
}


class Seconds:
    """A monotonic clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A platform with two persons behind it; `clock` moves the breaker's rest, `day` what is written down."""

    def __init__(
        self,
        var: Path,
        fake: FakePlatform,
        settings: PlatformSettings | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        url = f"sqlite:///{var / 'desk.db'}"
        migrated(url)
        self.fake = fake
        self.clock, self.day = Seconds(), Clock()
        self.engine = open_database(url)
        self.health = Health(self.engine, PLATFORM, self.day)
        self.outcomes: list[str] = []
        self.health.watch(lambda outcome, _seconds: self.outcomes.append(outcome))
        settings = settings or fake.settings()
        self.source = Platform(settings, OFFICES, self.health, Breaker(self.clock), limits, lambda: NOW)

    def claim(self) -> Any:
        """The claim of the person who is known, as found by number and name."""
        person = self.source.find(KNOWN, NAME)
        return person and self.source.status(person)


def peopled(fake: FakePlatform) -> FakePlatform:
    """Add two persons with a claim each."""
    fake.add(KNOWN, NAME, PHONE, claim())
    fake.add(UNKNOWN, NOBODY, OTHER_PHONE, claim(number="YN-2"))
    return fake
