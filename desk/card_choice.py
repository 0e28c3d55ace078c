"""Chooses the three cards that an agent sees for a caller's words, and says which of them are only possible.

The trained model names the topics, the words choose the card; without the model the words do both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from desk.asks import the_ask
from desk.doubt import OUTSIDE, SURE, TALK, Guess, Verdict, judge
from desk.guide import Answer, Guide, Question
from desk.regions import SERVICES

MOST = 3
# An ask within a message that is clear by itself, and a topic that is worth a look.
_CLEAR_ASK, _ANY_WEIGHT = 0.6, 0.05
_SEARCHED = 12


@dataclass(frozen=True)
class Understood:
    """What the trained model made of the words: labels, and the asks within, each with its confidence.

    `heard`: the words in the field's own spelling.
    """

    guesses: tuple[Guess, ...]
    asks: tuple[Guess, ...] = ()
    heard: str = ""


@dataclass(frozen=True)
class Offer:
    """A card to answer from. `possible`: the words leave doubt whether it is what was asked (可能)."""

    answer: Answer
    possible: bool


@dataclass(frozen=True)
class Choice:
    """At most three cards, the best first, and those likely topics that a room answers without cards."""

    offers: tuple[Offer, ...]
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Hearing:
    """The words to choose by, for one region on one day."""

    text: str
    region: str
    day: date

    def question(self, topic: str, text: str) -> Question:
        return Question(topic, None, text, self.region, self.day)


def choose(guide: Guide, text: str, understood: Understood | None, region: str, day: date) -> Choice:
    """Return the cards for `text` in the field's own spelling; raise `NotFound` for an unknown region."""
    hearing = _Hearing(text, region, day)
    if understood is None or not understood.guesses:
        return Choice(_distinct([*_pointed_at(guide, hearing, None), *_searched(guide, hearing)]))
    verdict = judge(understood.guesses)
    if verdict.labels == (TALK,):
        return Choice(())
    labels = _likely(understood, verdict)
    certain = {*(verdict.labels if verdict.kind == "sure" else ())}
    certain |= {ask.label for ask in understood.asks if ask.confidence >= SURE}
    rooms = tuple(label for label in labels[:MOST] if label in SERVICES)
    pointed = [] if verdict.kind == "sure" else _pointed_at(guide, hearing, verdict)
    named = [offer for label in labels for offer in _of_topic(guide, hearing, label, certain)]
    return Choice(_distinct([*pointed, *named, *_searched(guide, hearing)]), rooms)


def _likely(understood: Understood, verdict: Verdict) -> list[str]:
    """The labels worth a card, the likeliest first: what is sure, then what was clearly asked."""
    sure = verdict.labels if verdict.kind == "sure" else ()
    asked = [ask.label for ask in understood.asks if ask.confidence >= _CLEAR_ASK]
    weighed = [guess.label for guess in understood.guesses if guess.confidence >= _ANY_WEIGHT]
    return [label for label in dict.fromkeys([*sure, *asked, *weighed]) if label != TALK]


def _of_topic(guide: Guide, hearing: _Hearing, topic: str, certain: set[str]) -> list[Offer]:
    """The card of a topic: by the ask of a long message where it points at one, else by all its words."""
    ask = the_ask(hearing.text)
    found = guide.answer(hearing.question(topic, ask)) if ask else None
    if not isinstance(found, Answer) or found.topic != topic or found.aspect == "overview":
        found = guide.answer(hearing.question(topic, hearing.text))
    return [Offer(found, possible=topic not in certain)] if isinstance(found, Answer) else []


def _pointed_at(guide: Guide, hearing: _Hearing, verdict: Verdict | None) -> list[Offer]:
    """The one card that the words themselves point at, as far as the model does not speak against it."""
    found = guide.sure(hearing.text, hearing.region, hearing.day)
    if found is None or found.topic in OUTSIDE:
        return []
    if verdict and verdict.kind == "between" and found.topic != verdict.labels[0]:
        return []
    return [Offer(found, possible=False)]


def _searched(guide: Guide, hearing: _Hearing) -> list[Offer]:
    """Cards that share words with the text, the best of each topic before a second one of any."""
    found = guide.search(hearing.text, hearing.region, hearing.day, limit=_SEARCHED)
    best = {answer.topic: answer for answer in reversed(found)}
    first = [answer for answer in found if best[answer.topic] is answer]
    rest = [answer for answer in found if best[answer.topic] is not answer]
    return [Offer(answer, possible=True) for answer in (*first, *rest)]


def _distinct(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The first three that differ; a card that comes twice is as certain as its first coming."""
    chosen: dict[str, Offer] = {}
    for offer in offers:
        chosen.setdefault(offer.answer.card, offer)
    return tuple(chosen.values())[:MOST]
