"""Whatever two Rasas do in whatever order, and whenever the database goes or a Rasa dies: each turn once."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from bot.nlu.stores import AppendingTrackerStore, tracker
from tests.nlu.stores.conversation import rows
from tests.nlu.stores.outages import die

# Of the first or second Rasa, about the first or second conversation.
_STEPS = ["begin", "end", "goes", "comes", "answer_lost", "looks", "dies"]
STEPS = st.lists(
    st.tuples(st.sampled_from(_STEPS), st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=25
)


class House:
    """Two Rasas on one database; what each turn has added is noted."""

    def __init__(self, domain: Domain, url: str, folder: str) -> None:
        self.domain, self.url, self.folder = domain, url, folder
        self.people = [uuid.uuid4().hex for _ in range(2)]
        self.turns: dict[tuple[AppendingTrackerStore, str], list[str]] = defaultdict(list)
        self.running: dict[tuple[int, int], DialogueStateTracker] = {}
        self.away: set[Engine] = set()
        self.stores = [self.opened(), self.opened()]

    def opened(self) -> AppendingTrackerStore:
        store = AppendingTrackerStore(self.domain, host=self.url, spool=self.folder)
        event.listen(store.engine, "begin", lambda _: self._refuse(store.engine))
        return store

    def _refuse(self, engine: Engine) -> None:
        if engine in self.away:
            raise OperationalError("begin", {}, Exception("away"))

    async def begin(self, rasa: int, person: int) -> None:
        found = await self.stores[rasa].get_or_create_tracker(self.people[person], append_action_listen=False)
        self.running[rasa, person] = found

    async def end(self, rasa: int, person: int) -> None:
        """End the turn that was begun, or hold a whole one."""
        if (rasa, person) not in self.running:
            await self.begin(rasa, person)
        running, name = self.running.pop((rasa, person)), uuid.uuid4().hex
        for number in range(3):
            running.update(SlotSet("topic", f"{name} {number}"))
        await self.stores[rasa].save(running)
        self.turns[self.stores[rasa], self.people[person]].append(name)

    async def goes(self, rasa: int, _person: int) -> None:
        self.away.add(self.stores[rasa].engine)

    async def comes(self, rasa: int, _person: int) -> None:
        self.away.discard(self.stores[rasa].engine)

    async def answer_lost(self, rasa: int, person: int) -> None:
        """The database commits a turn, and the connection breaks before it says so."""
        table = self.stores[rasa].table
        append = table.append

        def broken(turns: object) -> None:
            append(turns)
            raise OperationalError("commit", {}, Exception("connection lost"))

        table.append = broken
        await self.end(rasa, person)
        table.append = append

    async def looks(self, rasa: int, _person: int) -> None:
        await asyncio.to_thread(self.stores[rasa]._recover)

    async def dies(self, rasa: int, _person: int) -> None:
        die(self.stores[rasa])
        self.stores[rasa].engine.dispose()
        self.running = {key: value for key, value in self.running.items() if key[0] != rasa}
        self.stores[rasa] = self.opened()

    async def carry_out(self, steps: list[tuple[str, int, int]]) -> None:
        for name, rasa, person in steps:
            await getattr(self, name)(rasa, person)
        self.away.clear()
        for _ in range(2):
            for rasa in range(2):
                await self.looks(rasa, 0)

    def close(self) -> None:
        for store in self.stores:
            die(store)
            store.engine.dispose()


@pytest.fixture(autouse=True)
def _looks_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 1000)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_every_event_is_kept_once_and_every_turn_in_one_piece(
    domain: Domain, url: str, steps: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        house = House(domain, url, folder)
        asyncio.run(house.carry_out(steps))
        kept = [row["value"] for row in rows(url, house.people) if row["event"] == "slot"]
        order = [value.split()[0] for value in kept[::3]]
        assert kept == [f"{name} {number}" for name in order for number in range(3)]
        assert sorted(order) == sorted(name for names in house.turns.values() for name in names)
        for names in house.turns.values():  # what one Rasa did in one conversation, in its order
            assert [name for name in order if name in names] == names
        assert [store.state for store in house.stores] == ["ok", "ok"]
        assert list(Path(folder).iterdir()) == []
        house.close()
