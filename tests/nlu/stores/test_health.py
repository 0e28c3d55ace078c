"""What Rasa's own health tells of its memory."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain

from bot.nlu.channel import _health
from bot.nlu.stores import AppendingTrackerStore, memory_state, tracker
from tests.nlu.stores.conversation import say, turn
from tests.nlu.stores.outages import gone, settled


def told(store: AppendingTrackerStore, domain: Domain) -> dict[str, Any]:
    """What is answered where a model is loaded."""
    wrapped = Agent(domain, tracker_store=store).tracker_store
    agent = SimpleNamespace(tracker_store=wrapped, is_ready=lambda: True)
    answer = _health(SimpleNamespace(app=SimpleNamespace(ctx=SimpleNamespace(agent=agent))))
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_rasa_tells_that_turns_wait_and_when_they_do_no_more(
    domain: Domain, store: AppendingTrackerStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "_LOOK", 0.05)
    assert told(store, domain) == {"status": "ok", "memory": "ok"}
    with gone(url, store.engine):
        await say(store, turn(1))
        assert told(store, domain) == {"status": "degraded", "memory": "spooling"}
    await settled(store)
    assert told(store, domain) == {"status": "ok", "memory": "ok"}


def test_any_other_store_is_called_unsafe(domain: Domain) -> None:
    assert memory_state(InMemoryTrackerStore(domain)) == "unsafe"
