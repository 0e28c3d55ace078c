"""What agents say of a card while a citizen waits: it was used, or it was not what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from desk.database import utc_now
from desk.errors import InvalidInput
from desk.learning.tables import CardFeedbackRow
from desk.privacy import redact
from desk.text import plain

USED, WRONG = "used", "wrong"
_LONGEST_WORDS = 500


class Feedback:
    """Keeps 用了 and 不对. One insert each; the words are redacted here, whoever calls."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    def used(self, words: str, card: str, topic: str, staff_id: str) -> None:
        """Keep that a card (its id and topic) answered a caller's words; longer than 500 they are cut.

        Raises `InvalidInput` ("card", "topic" or "staff_id") for one that is empty or too long.
        """
        self._keep(USED, words, card, topic, staff_id)

    def wrong(self, words: str, card: str, topic: str, staff_id: str) -> None:
        """Keep that a card was not what a caller's words asked; as `used`, and it goes to the operator."""
        self._keep(WRONG, words, card, topic, staff_id)

    def _keep(self, verdict: str, words: str, card: str, topic: str, staff_id: str) -> None:
        named = (("card", card, 120), ("topic", topic, 40), ("staff_id", staff_id, 64))
        for name, value, longest in named:
            if not 0 < len(value) <= longest:
                raise InvalidInput(name)
        # Redacted before it is cut, so that no half of a number stays.
        text = redact(plain(words)).text[:_LONGEST_WORDS]
        row = {"verdict": verdict, "words": text, "card": card, "topic": topic, "staff_id": staff_id}
        with self._engine.begin() as connection:
            connection.execute(insert(CardFeedbackRow).values(**row, at=self._now()))
