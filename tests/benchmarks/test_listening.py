from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions.doubt import NOTHING_NEAR
from tests.benchmarks.listening import _ordered, _outcome, labels

ROOT = Path(__file__).parents[2]
CARD: list[dict[str, Any]] = [{"text": ""}, {"custom": {"card": {"title": "照片"}}}]
WORDS: list[dict[str, Any]] = [{"text": "您是想问哪一个？"}]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


def tracker(domain: Domain, action: str, topic: str | None = None) -> DialogueStateTracker:
    """A conversation whose last message was answered by `action`; the one before by the handoff."""
    events = [
        UserUttered("转人工"),
        ActionExecuted("action_handoff"),
        UserUttered("那个"),
        ActionExecuted(action),
        SlotSet("topic", topic),
        ActionExecuted("action_listen"),
    ]
    return DialogueStateTracker.from_events("x", events, domain.slots)


@pytest.mark.parametrize(
    ("action", "topic", "said", "best", "outcome"),
    [
        ("action_guide", "materials", CARD, "process", ("materials", "answered")),
        ("action_fallback", "materials", CARD, "process", ("materials", "answered")),
        ("action_fallback", "materials", WORDS, "process", ("process", "asked_back")),
        ("action_fallback", None, [{"text": NOTHING_NEAR}], "process", ("process", "refused")),
        ("action_office", None, WORDS, "office", ("office", "asked_back")),
        ("action_office", "office", CARD, "office", ("office", "answered")),
        ("action_handoff", None, CARD, "human", ("human", "handed_over")),
        ("action_guide", "oos_social", CARD, "oos_social", ("oos_social", "refused")),
        ("action_chitchat", None, WORDS, "chitchat", ("chitchat", "refused")),
        ("action_greet", None, WORDS, "chitchat", ("chitchat", "answered")),
        ("action_claim_start", "materials", CARD, "status", ("status", "answered")),
    ],
)
def test_what_was_done_is_told_from_the_last_turn_alone(
    domain: Domain,
    action: str,
    topic: str | None,
    said: list[dict[str, Any]],
    best: str,
    outcome: tuple[str, str],
) -> None:
    assert _outcome(tracker(domain, action, topic), said, best) == outcome


RANKING = [("materials", 0.6), ("process", 0.3), ("office", 0.1)]


def test_the_next_best_guess_stands_second() -> None:
    assert _ordered("materials", RANKING, {}) == (("materials", 0.6), ("process", 0.3))
    assert _ordered("office", RANKING, {}) == (("office", 0.1), ("materials", 0.6))
    assert _ordered("status", RANKING, {})[0] == ("status", 0.0)


def test_the_other_ask_of_a_message_stands_before_every_guess() -> None:
    asks = [{"label": "materials", "confidence": 0.9}, {"label": "office", "confidence": 0.8}]
    assert _ordered("materials", RANKING, {"asks": asks}) == (("materials", 0.6), ("office", 0.8))


def test_every_intent_of_the_domain_has_a_label(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = labels()
    own = set(domain.intents) - set(Domain.empty().intents)
    by_button_alone = {"verdict", "reopen"}  # nobody says these: no training sentence, no label
    assert own - set(found) == by_button_alone
    assert found["next_step"] == found["which_step"] == "process"
