"""The whole assistant in one process, without servers: what it understands and what it then does."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from rasa.core.agent import Agent
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from ruamel.yaml import YAML

from actions.__main__ import make_executor
from actions.doubt import NOTHING_NEAR
from bot.nlu.calls import build_answer_check_once
from desk.counter import Counter
from desk.doubt import OUTSIDE, TALK
from desk.offices import Ambiguous, Found, NoOffice
from desk.privacy import redact

_ANSWERS = {"action_guide", "action_follow_up", "action_fallback", "action_office", "action_correct"}


@dataclass(frozen=True)
class Heard:
    """What became of one message. `kind`: answered, asked_back, refused or handed_over.

    `label2` is the other ask of a message with two, else the next best guess; `place` office rows joined
    by |, none (no office there), outside (another city), ask (asked for it) or empty.
    """

    label: str
    confidence: float
    label2: str
    confidence2: float
    kind: str
    place: str
    milliseconds: float


class _InProcess(EndpointConfig):
    """The action server's endpoint without the server."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = make_executor(counter, CollectorRegistry())

    async def request(self, *_args: Any, **kwargs: Any) -> Any:
        return await self._executor.run(kwargs["json"])


class Listener:
    """A trained model with the assistant's actions behind it; every message is a new conversation."""

    def __init__(self, model: Path, counter: Counter) -> None:
        build_answer_check_once()
        self._counter = counter
        self._agent = Agent.load(str(model), action_endpoint=_InProcess(counter))
        self._agent.tracker_store = InMemoryTrackerStore(self._agent.domain)
        if self._agent.processor:
            self._agent.processor.tracker_store = self._agent.tracker_store
        self._label_of = labels()

    async def hear(self, text: str) -> Heard:
        """Let the assistant take one message and tell what it did."""
        words = redact(text).text
        started = time.perf_counter()
        parsed = await self._agent.parse_message(words)
        milliseconds = (time.perf_counter() - started) * 1000
        ranking = self._ranking(parsed)
        if self._counter.triage.danger(words):
            return Heard(*ranking[0], *ranking[1], "handed_over", "", milliseconds)
        sender = uuid.uuid4().hex
        said = await self._agent.handle_text(words, sender_id=sender) or []
        tracker = await self._agent.tracker_store.retrieve(sender)
        assert tracker is not None
        label, kind = _outcome(tracker, said, ranking[0][0])
        (first, second) = _ordered(label, ranking, parsed)
        return Heard(*first, *second, kind, self._place(words, label), milliseconds)

    def _ranking(self, parsed: dict[str, Any]) -> list[tuple[str, float]]:
        """The labels with their confidences; stock Rasa knows intents only, so theirs are added up."""
        if found := parsed.get("label_ranking"):
            return [(label["name"], label["confidence"]) for label in found]
        chances = dict.fromkeys(self._label_of.values(), 0.0)
        for intent in parsed["intent_ranking"]:
            if label := self._label_of.get(intent["name"]):
                chances[label] += intent["confidence"]
        return sorted(chances.items(), key=lambda item: -item[1])

    def _place(self, words: str, label: str) -> str:
        found = self._counter.offices.office_for(words)
        if isinstance(found, Found):
            return str(found.office.row)
        if isinstance(found, Ambiguous):
            return "|".join(str(choice.row) for choice in found.candidates if choice.row) or "ask"
        if isinstance(found, NoOffice):
            return "none" if found.place in self._counter.offices.gazetteer.areas or found.near else "outside"
        return "ask" if label == "office" else ""


def labels() -> dict[str, str]:
    """Return the label of every intent, as the files of data/topics and data/talk name them."""
    found: dict[str, str] = {}
    for path in (*Path("data/topics").glob("*.yml"), *Path("data/talk").glob("*.yml")):
        # Only the heads of the entries are read: the sentences are long.
        lines = [line for line in path.read_text().splitlines() if not line.startswith("    - ")]
        text = "\n".join(lines).replace("examples: |", "examples: ''")
        for entry in YAML(typ="safe").load(text).get("nlu") or []:
            found[entry["intent"]] = entry["metadata"]["label"]
    return found


def _outcome(tracker: DialogueStateTracker, said: list[dict[str, Any]], best: str) -> tuple[str, str]:
    """The label that was acted on, and the kind of what was done."""
    done = _actions(tracker)
    card = any("card" in (message.get("custom") or {}) for message in said)
    topic = tracker.get_slot("topic") if card else None
    label = str(topic) if topic and done & _ANSWERS else best
    if "action_handoff" in done:
        return label, "handed_over"
    if any(NOTHING_NEAR in (message.get("text") or "") for message in said):
        return label, "refused"
    if label in OUTSIDE and "action_guide" in done:
        return label, "refused"
    if label == TALK and "action_chitchat" in done:
        return label, "refused"
    return label, "asked_back" if done & _ANSWERS and not card else "answered"


def _actions(tracker: DialogueStateTracker) -> set[str]:
    names: set[str] = set()
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            names.add(event.action_name)
    return names


def _ordered(
    label: str, ranking: list[tuple[str, float]], parsed: dict[str, Any]
) -> tuple[tuple[str, float], tuple[str, float]]:
    """The label that was acted on and the next: the other ask of the message, or the next best guess."""
    first = (label, dict(ranking).get(label, 0.0))
    asked = [(a["label"], a["confidence"]) for a in parsed.get("asks") or [] if a["label"] != label]
    rest = [*asked, *(pair for pair in ranking if pair[0] != label)]
    return first, rest[0]
