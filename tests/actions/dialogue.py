"""One conversation with the actions, without Rasa: a tracker made by hand, and the few rules of its forms."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

from actions.__main__ import _ROOMS
from actions.talk import Talk
from desk import conversation
from desk.counter import Counter
from desk.spelling import Spelling
from tests.assistant import words
from tests.gateway.door import ROOT

ACTIONS = {name: turn for room in _ROOMS for name, turn in room.ACTIONS.items()}
SPELLING = Spelling(ROOT / "data")
DOMAIN = YAML(typ="safe").load(ROOT / "domain.yml")
_ENDS = {
    "claim_form": "action_claim_show",
    "complaint_form": "action_complaint_file",
    "facts_form": "action_ticket_file_facts",
    "verdict_form": "action_ticket_file_verdict",
}
_PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")


def tracker_of(
    sender_id: str, message: dict[str, Any], slots: dict[str, Any], loop: str | None = None
) -> Tracker:
    """Return a tracker as Rasa hands it over: every slot of the domain is there."""
    every = {**dict.fromkeys(DOMAIN["slots"]), **slots}
    active = {"name": loop} if loop else {}
    return Tracker(sender_id, every, message, [], False, None, active, "action_listen")


def message_of(
    text: str, intent: str, confidence: float, entities: Iterable[tuple[str, Any]], message_id: str
) -> dict[str, Any]:
    """Return a latest message in the shape of Rasa's parse."""
    heard = {} if text.startswith("/") else {"heard": SPELLING.corrected(text)}
    return {
        **heard,
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": intent, "confidence": confidence}],
        "entities": [{"entity": name, "value": value} for name, value in entities],
        "message_id": message_id,
        "metadata": {"rest": ""},
    }


class Dialogue:
    """One conversation: slots and the active form from one message to the next, as Rasa keeps them."""

    def __init__(self, counter: Counter, sender_id: str) -> None:
        self.counter = counter
        self.sender_id = sender_id
        self.slots: dict[str, Any] = {}
        self.form: str | None = None
        self.heard: list[dict[str, Any]] = []
        self.count = 0
        self._more: dict[str, Any] = {}

    def say(
        self,
        text: str,
        intent: str = "inform",
        confidence: float = 0.9,
        to: str = "",
        asks: Iterable[str] = (),
    ) -> str:
        """Say words that the classifier takes for `intent`; outside of a form `to` is the action.

        `asks`: the labels of a message with several asks.
        """
        self._more |= {"asks": [_ask(label) for label in asks]}
        redacted = self.counter.vault.redact(self.sender_id, text).text
        places = [("place", mention.name) for mention in self.counter.offices.gazetteer.find(redacted)]
        return self._turn(redacted, intent, confidence, places, to)

    def doubt(self, text: str, asks: Iterable[str] = (), number: str = "", **chances: float) -> str:
        """Say words that leave the classifier in doubt; `chances` of the labels, the likeliest first.

        `asks`: the labels of a message with several; `number`: of the ticket that the words name.
        """
        self._more = {
            "label_ranking": [{"name": label, "confidence": chance} for label, chance in chances.items()],
            "asks": [_ask(label) for label in asks],
        }
        entities = [("ticket_number", number)] if number else []
        return self._turn(text, "nlu_fallback", 1.0, entities, "action_fallback")

    def press(self, title: str, to: str = "") -> str:
        """Press a button that the last turn offered, by the beginning of its title."""
        offered = {b["title"]: b["payload"] for m in self.heard for b in m["buttons"]}
        payload = next((p for t, p in offered.items() if t.startswith(title)), None)
        assert payload, f"no button {title!r} among {list(offered)}"
        return self.send(payload, to)

    def send(self, payload: str, to: str = "") -> str:
        """Send the payload of a button."""
        match = _PAYLOAD.fullmatch(payload)
        assert match
        return self._turn(payload, match[1], 1.0, json.loads(match[2] or "{}").items(), to)

    @property
    def titles(self) -> list[str]:
        """The buttons that the last turn offered."""
        return [button["title"] for message in self.heard for button in message["buttons"]]

    def code(self) -> str:
        """The newest one-time code that the demo shows; it is sent by another thread."""
        for _ in range(200):
            said = conversation.since(self.counter.engine, self.sender_id)
            codes = [re.findall(r"(?<!\d)\d{6}(?!\d)", m.body["text"]) for m in said]
            if codes:
                return str(codes[-1][0])
            time.sleep(0.02)
        raise TimeoutError("no code came")

    def _turn(
        self, text: str, intent: str, confidence: float, entities: Iterable[tuple[str, Any]], to: str
    ) -> str:
        self.count += 1
        key = f"web:{self.sender_id}:{self.count}"
        message = message_of(text, intent, confidence, list(entities), key) | self._more
        self._more = {}
        self.heard = []
        if self.form:
            self._carry_on(message)
        else:
            self._follow(self._run(to, message), message)
        return words(self.heard)

    def _carry_on(self, message: dict[str, Any]) -> None:
        """One message into the active form: validate, then the next question, or its end."""
        form = str(self.form)
        follow = self._run(f"validate_{form}", message)
        left = "requested_slot" in self._set and self._set["requested_slot"] is None
        missing = [s for s in DOMAIN["forms"][form]["required_slots"] if self.slots.get(s) is None]
        if follow and not left:
            self._follow(follow, message)
        elif left or not missing:
            self.form = None
            self.slots["requested_slot"] = None
            self._follow(follow or self._run(_ENDS[form], message), message)
        else:
            self._ask(form, missing[0], message)

    def _follow(self, action: str | None, message: dict[str, Any]) -> None:
        while action:
            if action in DOMAIN["forms"]:
                self.form = action
                missing = [s for s in DOMAIN["forms"][action]["required_slots"] if self.slots.get(s) is None]
                action = None if missing else _ENDS[action]
                if missing:
                    self._ask(str(self.form), missing[0], message)
            else:
                action = self._run(action, message)

    def _ask(self, form: str, slot: str, message: dict[str, Any]) -> None:
        self.slots["requested_slot"] = slot
        self._run(f"action_ask_{form}_{slot}", message)

    def _run(self, action: str, message: dict[str, Any]) -> str | None:
        """Run one action, keep what it says and sets, and return the action that it wants next."""
        dispatcher = CollectingDispatcher()
        tracker = tracker_of(self.sender_id, message, self.slots, self.form)
        turn: Callable[..., Any] = ACTIONS[action]
        events = turn(Talk(dispatcher, tracker), self.counter)
        json.dumps(events)
        self.heard += [_shown(message) for message in dispatcher.messages]
        self._set = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
        self.slots.update(self._set)
        return next((event["name"] for event in events if event["event"] == "followup"), None)


def _ask(label: str) -> dict[str, Any]:
    return {"label": label, "intent": label, "confidence": 0.9}


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    custom = message.get("custom") or {}
    return {
        "text": message.get("text") or "",
        "card": custom.get("card"),
        "buttons": message.get("buttons") or [],
    }
