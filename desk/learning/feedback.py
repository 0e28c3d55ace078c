"""What agents say of a card while a citizen waits: it was used, or it was not what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from desk.database import utc_now
from desk.errors import InvalidInput, NotFound
from desk.learning.tables import CardFeedbackRow
from desk.privacy import redact
from desk.text import plain

USED, WRONG, UNDONE = "used", "wrong", "undone"
VERDICTS = (USED, WRONG)
_UNDO = timedelta(minutes=30)  # afterwards somebody may have worked with it
_LONGEST_WORDS = 500
_BEYOND = 2**31  # no entry has such a number, and no database looks for it


class Feedback:
    """Keeps 用了 and 不对. One write each; the words are redacted here, whoever calls."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    def used(self, words: str, card: str, topic: str, staff_id: str) -> int:
        """Keep that a card (its id and topic) answered a caller's words and return the number of the entry.

        Words longer than 500 are cut. Raises `InvalidInput` ("card", "topic" or "staff_id") for one that is
        empty, too long or a personal number.
        """
        return self._keep(USED, words, card, topic, staff_id)

    def wrong(self, words: str, card: str, topic: str, staff_id: str) -> int:
        """Keep that a card was not what a caller's words asked; as `used`, and it goes to the operator."""
        return self._keep(WRONG, words, card, topic, staff_id)

    def take_back(self, entry: int, staff_id: str) -> None:
        """Make one's own entry of the last half hour count no more; raise `NotFound` for any other."""
        if entry >= _BEYOND:
            raise NotFound("feedback")
        row = CardFeedbackRow
        mine = (row.id == entry, row.staff_id == staff_id, row.at >= self._now() - _UNDO)
        with self._engine.begin() as connection:
            if not connection.execute(update(row).where(*mine).values(verdict=UNDONE)).rowcount:
                raise NotFound("feedback")

    def _keep(self, verdict: str, words: str, card: str, topic: str, staff_id: str) -> int:
        named = (("card", card, 120), ("topic", topic, 40), ("staff_id", staff_id, 64))
        for name, value, longest in named:
            if not 0 < len(value) <= longest or (name != "staff_id" and redact(value).found):
                raise InvalidInput(name)
        row = {
            "verdict": verdict,
            "words": as_kept(words),
            "card": card,
            "topic": topic,
            "staff_id": staff_id,
        }
        with self._engine.begin() as connection:
            made = connection.execute(insert(CardFeedbackRow).values(**row, at=self._now()))
        return int(made.inserted_primary_key[0])


def as_kept(words: str) -> str:
    """Return `words` as an entry holds them: redacted before cut, so that no half of a number stays."""
    return redact(plain(words)).text[:_LONGEST_WORDS]
