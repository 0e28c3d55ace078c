"""The purge: small transactions, each of which may be the last. Doing it again is no fault."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.engine import Engine

from desk.database import reading, wipe_log
from desk.retention.rows import CONVERSATION_ROWS, DEMO_SMS_ROWS, LEARNING_ROWS, RASA, RASA_ROWS, Rows
from desk.retention.rules import CONVERSATION, DEMO_SMS, KINDS, LEARNING, Rule
from desk.retention.silence import over, silent

_OTHER_ROWS = {LEARNING: LEARNING_ROWS, DEMO_SMS: DEMO_SMS_ROWS}


class Retention:
    """Removes what is older than its rule says, from our database and from Rasa's memory. Blocking."""

    def __init__(
        self, engine: Engine, tracker: Engine, rules: Mapping[str, Rule], rest: float = 0.02
    ) -> None:
        """Take `load_rules(data/retention.yml)`; `rest`: seconds for others between two transactions."""
        self._engine = engine
        self._tracker = tracker
        self._rest = rest
        self.rules = rules

    def due(self, now: datetime) -> dict[str, int]:
        """Return kind -> how many rows `purge` would remove now; removes nothing."""
        counts = dict.fromkeys(KINDS, 0)
        for senders in silent(self._engine, self._cutoff(CONVERSATION, now)):
            counts[CONVERSATION] += self._count(senders, self._cutoff(CONVERSATION, now))
        with reading(self._engine) as connection:
            for kind, parts in _OTHER_ROWS.items():
                cutoff = self._cutoff(kind, now)
                counts[kind] = sum(part.count(connection, cutoff) for part in parts)
        return counts

    def purge(self, now: datetime) -> dict[str, int]:
        """Remove all that is due and return kind -> how many rows that were, or words within them."""
        counts = Counter(dict.fromkeys(KINDS, 0))
        for kind, gone in self.batches(now):
            counts[kind] += gone
        return dict(counts)

    def batches(self, now: datetime) -> Iterator[tuple[str, int]]:
        """Remove one batch after the other and yield the kind and the number of rows of each."""
        for kind in KINDS:
            for gone in self._clear(kind, self._cutoff(kind, now)):
                yield kind, gone
                time.sleep(self._rest)
        for engine in (self._tracker, self._engine):
            wipe_log(engine)

    def _cutoff(self, kind: str, now: datetime) -> datetime:
        return now - self.rules[kind].lasting

    def _count(self, senders: Sequence[str], cutoff: datetime) -> int:
        with reading(self._engine) as connection:
            free = over(connection, senders, cutoff)
        count = 0
        for engine, part in self._parts():
            with reading(engine) as connection:
                count += part.count(connection, cutoff, free)
        return count

    def _clear(self, kind: str, cutoff: datetime) -> Iterator[int]:
        if kind == CONVERSATION:
            parts = self._parts()
            for senders in silent(self._engine, cutoff):
                for engine, part in parts:
                    while gone := self._clear_talk(engine, part, cutoff, senders):
                        yield gone
            return
        for part in _OTHER_ROWS[kind]:
            while gone := self._clear_once(part, cutoff):
                yield gone

    def _clear_talk(self, engine: Engine, part: Rows, cutoff: datetime, senders: Sequence[str]) -> int:
        with engine.begin() as connection:
            # Looked at anew each time: somebody may have come back in the middle of it.
            ours = nullcontext(connection) if engine is self._engine else reading(self._engine)
            with ours as looking:
                free = over(looking, senders, cutoff)
            return part.clear(connection, cutoff, free)

    def _clear_once(self, part: Rows, cutoff: datetime) -> int:
        with self._engine.begin() as connection:
            return part.clear(connection, cutoff)

    def _parts(self) -> list[tuple[Engine, Rows]]:
        """What a conversation consists of. Rasa's memory first: ours knows whose it was."""
        ours = [(self._engine, part) for part in CONVERSATION_ROWS]
        with reading(self._tracker) as connection:
            begun = inspect(connection).has_table(RASA.name)
        return [(self._tracker, RASA_ROWS), *ours] if begun else ours
