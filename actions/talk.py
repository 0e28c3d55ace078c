"""One turn of a conversation as the actions see it, and the few events they answer with."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from desk.asks import asks_yes_or_no, is_ask
from desk.counter import Counter
from desk.doubt import OUTSIDE, SURE, TALK, Guess
from desk.present import button

Events = list[EventType]
Turn = Callable[["Talk", Counter], Events]
Buttons = Iterable[dict[str, str]]

_ANY_WEIGHT = 0.05
_CLEAR_ASK = 0.6
_LONGEST_QUESTION = 30  # in characters; what is longer tells what happened
_COMPLAINS = re.compile(r"我?(?:还?要|想)(?:投诉|举报)|^(?:投诉|举报)[。！!]*$")
CALL = button("转人工 / 12333", "human")
# What the forms hold of a person: gone when a form is over or left, and when the person is. A verdict counts
# as far as it was given, so its form forgets by itself when it has filed it.
PERSONAL = (
    *("claim_id_number", "claim_name", "claim_code"),
    *("complaint_story", "complaint_office", "complaint_when", "complaint_reply_by"),
    *("complaint_anonymous", "complaint_confirmed", "complaint_claim"),
    "ticket_facts",
)


class Talk:
    """What was said, what is remembered, and a way to answer."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._message: dict[str, Any] = tracker.latest_message or {}
        # What the action did with the message and the topic it did it about, where only it can tell.
        self.outcome = ""
        self.about = ""

    @property
    def sender_id(self) -> str:
        """The conversation, as the gateway named it."""
        return str(self._tracker.sender_id)

    @property
    def message_key(self) -> str:
        """The key of the message in the gateway's inbox: one effect for each."""
        return str(self._message.get("message_id") or "")

    @property
    def channel(self) -> str:
        """Where the citizen is, `web` or `wechat`: the first part of the message's key."""
        return self.message_key.partition(":")[0]

    @property
    def text(self) -> str:
        """The redacted words, empty when a button was pressed."""
        text = str(self._message.get("text") or "")
        return "" if text.startswith("/") else text

    @property
    def heard(self) -> str:
        """The words as they were meant: the field's own words in their right spelling."""
        return str(self._message.get("heard") or self.text) if self.text else ""

    @property
    def guesses(self) -> list[Guess]:
        """The labels that the classifier saw in the message, the likeliest first; [] for a button."""
        return [
            Guess(label["name"], label["confidence"]) for label in self._message.get("label_ranking") or []
        ]

    @property
    def also_asked(self) -> list[str]:
        """The labels of the asks within a message, as far as each is clear by itself, in their order."""
        asks = self._message.get("asks") or []
        return [str(ask["label"]) for ask in asks if ask["confidence"] >= _CLEAR_ASK]

    @property
    def whole_text(self) -> str:
        """The words with what lies beyond the part that was understood."""
        rest = (self._message.get("metadata") or {}).get("rest", "")
        return self.text + str(rest)

    @property
    def intent(self) -> str:
        """The intent's name."""
        return str((self._message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        """How sure the classifier is of the intent, 0 to 1."""
        return float((self._message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def likeliest(self) -> tuple[str, float]:
        """The best intent and its confidence, also where the fallback has taken its place."""
        ranking = [r for r in self._message.get("intent_ranking") or [] if r["name"] != "nlu_fallback"]
        return (ranking[0]["name"], ranking[0]["confidence"]) if ranking else (self.intent, self.confidence)

    @property
    def asked(self) -> list[str]:
        """The labels of the asks within a message, however clear each is, in their order."""
        return [str(ask["label"]) for ask in self._message.get("asks") or []]

    def next_best(self, intents: Collection[str]) -> str | None:
        """The likeliest of some intents, if the classifier gives it any weight."""
        ranking = self._message.get("intent_ranking") or []
        return next(
            (r["name"] for r in ranking if r["name"] in intents and r["confidence"] > _ANY_WEIGHT), None
        )

    @property
    def pressed(self) -> bool:
        """Whether a button was pressed rather than words typed."""
        return str(self._message.get("text") or "").startswith("/")

    @property
    def requested_slot(self) -> str | None:
        """The slot that a form is asking for."""
        slot: str | None = self.slot("requested_slot")
        return slot

    @property
    def form(self) -> str | None:
        """The form that is going on."""
        return (self._tracker.active_loop or {}).get("name")

    def slot(self, name: str) -> Any:
        """The remembered value of a slot, or None."""
        return self._tracker.get_slot(name)

    def entity(self, name: str) -> Any:
        """The first value of an entity in this message, or None."""
        return next(self._tracker.get_latest_entity_values(name), None)

    def entities(self, name: str) -> list[str]:
        """All values of an entity in this message, in order."""
        return list(self._tracker.get_latest_entity_values(name))

    def say(
        self, text: str = "", card: dict[str, Any] | None = None, buttons: Buttons = (), **marks: Any
    ) -> None:
        """Answer with words, a card, and buttons as `desk.present.button` makes them."""
        titled = list(buttons)
        if text or titled:
            self._dispatcher.utter_message(text=text, buttons=titled or None)
        extra = {**({"card": card} if card else {}), **marks}
        if extra:
            extra["with_text"] = bool(text or titled)
            self._dispatcher.utter_message(json_message=extra)

    @property
    def showed_a_card(self) -> bool:
        """Whether anything said in this turn carries a card."""
        return any("card" in (message["custom"] or {}) for message in self._dispatcher.messages)

    def mark(self, turn: dict[str, Any]) -> None:
        """Put a mark for the gateway on the last thing said; where nothing was said, another action acts."""
        if self._dispatcher.messages:
            self._dispatcher.messages[-1]["custom"]["turn"] = turn

    def take_back(self) -> None:
        """Forget everything said in this turn."""
        self._dispatcher.messages.clear()


def remember(**values: Any) -> Events:
    """Return the events that set slots."""
    return [SlotSet(name, value) for name, value in values.items()]


def go_on_with(action: str) -> Events:
    """Return the event that makes `action` the next one."""
    return [FollowupAction(action)]


def also_asked(talk: Talk, counter: Counter, answered: str) -> list[dict[str, str]]:
    """A button for the other ask of a message with two, where it is a matter of ours and not answered yet."""
    others = dict.fromkeys(label for label in talk.also_asked if label not in {answered, TALK, *OUTSIDE})
    return [button(f"您还问了：{counter.topic_names[label]}", label) for label in others][:1]


def wants_to_complain(text: str) -> bool:
    """Whether a text says in so many words that it is a complaint."""
    return bool(_COMPLAINS.search(text))


def asks_something(text: str) -> bool:
    """Whether a short text is a question rather than an account of what happened."""
    marks = (
        "？",
        "?",
        "吗",
        "呢",
        "什么",
        "怎么",
        "咋",
        "多少",
        "哪里",
        "哪点",
        "几个",
        "有没有电话",
    )
    # 靠谱不, 办了没: in Yunnan a question ends like that.
    tail = len(text) > 4 and text.rstrip("。！!").endswith(("不", "没", "没得", "嘛"))
    asked = asks_yes_or_no(text) or any(mark in text for mark in marks)
    return len(text) <= _LONGEST_QUESTION and (tail or asked)


def asks_about(talk: Talk, topics: Collection[str]) -> bool:
    """Whether a short text surely asks about one of `topics`, in whatever words: 她要克哪家银行开卡."""
    intent, confidence = talk.likeliest
    short = len(talk.text) <= _LONGEST_QUESTION
    return short and intent in topics and confidence >= SURE and is_ask(talk.text)
