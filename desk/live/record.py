"""What the live room answers with: plain, frozen rows for the doors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

WAITING, HELD = "waiting", "held"


@dataclass(frozen=True)
class Waiting:
    """A citizen who waits. `position` counts from 1; 0 means that an agent holds the conversation already.

    `words` are the citizen's last words that say what it is about, redacted as they were kept; may be empty.
    """

    sender_id: str
    channel: str
    since: datetime
    position: int
    words: str = ""


@dataclass(frozen=True)
class Closed:
    """Nobody can come. `reason` is `hours` (outside of them) or `nobody` (no agent is there)."""

    reason: str
    hours: str


@dataclass(frozen=True)
class Held:
    """A conversation that an agent holds; `touched_at` is when citizen or agent last said something."""

    sender_id: str
    channel: str
    staff_id: str
    shown_name: str
    since: datetime
    taken_at: datetime
    touched_at: datetime


@dataclass(frozen=True)
class Standing:
    """What the citizen's page shows: `waiting` with a position, or `held` with the agent's name."""

    state: str
    position: int = 0
    name: str = ""


@dataclass(frozen=True)
class Event:
    """One row of the history: ask, leave, take, say, give_back, returned (the agent vanished), silent,
    nobody (no agent was left). `waited` in seconds, with `take` only.
    """

    sender_id: str
    what: str
    staff_id: str
    at: datetime
    waited: int | None = None
    seq: int | None = None
