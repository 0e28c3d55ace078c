"""Answers a question about one topic from the cards of the citizen's region and the regions above it.

The nearest card wins; a rule that has run out is never spoken as valid; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from desk.errors import NotFound
from desk.regions import SERVICES, Atlas, Button, Card, Hotline, Region, Source
from desk.text import simplified

Kind = Literal["card", "checklist", "steps"]
_Rank = tuple[int, bool, int, int]
_FEWEST_LETTERS = 4
_STEP = re.compile(r"step(\d+)")


@dataclass(frozen=True)
class Question:
    """What a person wants to know. `aspect` if it is certain (a button); else the words of `text` decide."""

    topic: str
    aspect: str | None
    text: str
    region: str
    day: date


@dataclass(frozen=True)
class Progress:
    """The place of a step among all steps, counted from 1."""

    step: int
    of: int


@dataclass(frozen=True)
class Answer:
    """What a door shows of a card, in the words of the card. `label` stands before everything else."""

    card: str
    topic: str
    aspect: str
    title: str
    lines: tuple[str, ...]
    say: str
    sources: tuple[Source, ...]
    scope: str
    checked: date
    hotline: Hotline
    kind: Kind = "card"
    ordered: bool = False
    since: date | None = None
    label: str = ""
    note: str = ""
    buttons: tuple[Button, ...] = ()
    progress: Progress | None = None


@dataclass(frozen=True)
class NotRecorded:
    """Nothing is written about this topic here; the hotline is the honest answer."""

    topic: str
    region: str
    hotline: Hotline


@dataclass(frozen=True)
class NoSuchStep:
    """Step `asked` does not exist: the steps are 1..`of`, and `of` is 0 where a topic has none."""

    topic: str
    asked: int
    of: int


@dataclass(frozen=True)
class _Entry:
    """A card, ready to be compared: each word as the parts that must all occur."""

    card: Card
    region: Region
    distance: int
    order: int
    words: tuple[tuple[str, ...], ...] = field(repr=False)

    def score(self, text: str) -> int:
        """How many characters of simplified, case-folded `text` the words of this card cover."""
        covered: set[int] = set()
        for parts in self.words:
            # The first test alone settles nearly every word; it keeps a search over all cards short.
            if parts[0] in text and all(part in text for part in parts):
                for part in parts:
                    start = text.index(part)
                    covered.update(range(start, start + len(part)))
        return len(covered)

    def valid(self, day: date) -> bool:
        return self.card.until is None or day <= self.card.until


class Guide:
    """The counter's knowledge: built once from an `Atlas`, then answers in well under a millisecond."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._index = {region: _by_topic(_entries(atlas, region)) for region in atlas.regions}

    @property
    def topics(self) -> frozenset[str]:
        """Every topic that has cards in some region and no room of its own."""
        return frozenset(topic for topics in self._index.values() for topic in topics) - SERVICES

    def answer(self, question: Question) -> Answer | NotRecorded:
        """Answer from the nearest fitting card; raise `NotFound` for an unknown region."""
        entries = self._current(question.topic, question.region, question.day)
        if not entries:
            region = self._atlas.regions[question.region]
            return NotRecorded(question.topic, region.name, region.hotline)
        chosen = _choose(entries, question)
        if question.aspect is None and not chosen.score(_comparable(question.text)):
            # Nothing in the topic fits the words; a card of a neighbouring topic may.
            sure = self.sure(question.text, question.region, question.day)
            if sure and not sure.topic.startswith("oos_"):
                return sure
        return self._shown(chosen, entries, question.day)

    def search(self, text: str, region: str, day: date, limit: int = 3) -> list[Answer]:
        """Return the cards of all topics whose words fit `text` best, at most `limit`, best first."""
        words = _comparable(text)
        hits: list[tuple[_Rank, _Entry, list[_Entry]]] = []
        for topic in self._topics(region):
            entries = self._current(topic, region, day)
            hits.extend((_rank(entry, words), entry, entries) for entry in entries)
        best = sorted((hit for hit in hits if hit[0][0]), key=lambda hit: hit[0], reverse=True)
        return [self._shown(entry, entries, day) for _, entry, entries in best[:limit]]

    def sure(self, text: str, region: str, day: date) -> Answer | None:
        """Return the card whose words make up at least half of `text`; None when none does.

        For texts that a classifier could not place: so many words of one card leave little doubt.
        """
        words = _comparable(text)
        letters = sum(letter.isalnum() for letter in words)
        entries = [e for topic in self._topics(region) for e in self._current(topic, region, day)]
        best = max(entries, key=lambda entry: _rank(entry, words))
        points = best.score(words)
        if points < _FEWEST_LETTERS or points * 2 < letters:
            return None
        return self._shown(best, self._current(best.card.topic, region, day), day)

    def settles(self, first: str, second: str, text: str, region: str, day: date) -> bool:
        """Tell whether the words of the cards decide between two topics, for `first` and clearly."""
        words = _comparable(text)
        fits = [
            max((entry.score(words) for entry in self._current(topic, region, day)), default=0)
            for topic in (first, second)
        ]
        return fits[0] >= _FEWEST_LETTERS and fits[0] >= 2 * fits[1]

    def step(self, topic: str, n: int, region: str, day: date) -> Answer | NoSuchStep:
        """Return step `n` of a topic. The next and the previous step are `n` + 1 and `n` - 1.

        Past either end the result says so: `asked` < 1 or `asked` > `of`.
        """
        entries = self._current(topic, region, day)
        for entry in entries:
            if entry.card.aspect == f"step{n}":
                return self._shown(entry, entries, day)
        return NoSuchStep(topic, n, _step_count(entries))

    def titles(self, topic: str, region: str) -> list[Button]:
        """Return every card of a topic as a button, overview first, then as the files have them."""
        entries = self._current(topic, region, date.min)
        entries.sort(key=lambda entry: entry.card.aspect != "overview")
        return [Button(entry.card.title, topic, entry.card.aspect) for entry in entries]

    def region_asked(self, text: str, region: str) -> str:
        """Return the region whose cards still hold for the place that `text` names: 曲靖 -> yunnan,
        成都 -> china; `region` itself when the text names no place, or one of ours."""
        place = self._atlas.outside(text)
        if not place or self._atlas.region_named(text):
            return region
        shared = self._atlas.region_of(place)
        return shared.id if shared else self._atlas.chain(region)[-1].id

    def elsewhere(self, text: str) -> str:
        """Return what to add when `text` names a place whose rules we do not hold; "" if it names none."""
        place = self._atlas.outside(text)
        if not place:
            return ""
        if self._atlas.region_named(text):
            return f"{place}那边的规定我没有记录，请问当地的12333。"
        shared = self._atlas.region_of(place)
        scopes = f"“{shared.scope}”或“全国”" if shared else "“全国”"
        return f"您提到了{place}：只有写明{scopes}的规定在那里也适用，其他的我没有记录，请问当地的12333。"

    def _topics(self, region: str) -> dict[str, list[_Entry]]:
        if region not in self._index:
            raise NotFound(region)
        return self._index[region]

    def _current(self, topic: str, region: str, day: date) -> list[_Entry]:
        """One entry for each aspect: the nearest that is valid on `day`, else the nearest that was."""
        chosen: dict[str, _Entry] = {}
        for entry in self._topics(region).get(topic, ()):
            known = chosen.get(entry.card.aspect)
            if known is None or (entry.valid(day) and not known.valid(day)):
                chosen[entry.card.aspect] = entry
        return list(chosen.values())

    def _shown(self, entry: _Entry, entries: list[_Entry], day: date) -> Answer:
        card, region = entry.card, entry.region
        valid = entry.valid(day)
        return Answer(
            card=card.id,
            topic=card.topic,
            aspect=card.aspect,
            title=card.title,
            lines=card.lines if valid else (card.lapsed, "到期前的规定是：", *card.lines),
            say=region.label + (card.say if valid else card.lapsed),
            sources=card.sources,
            scope=region.scope,
            checked=card.checked,
            hotline=region.hotline,
            kind=_kind(card, entries),
            ordered=card.ordered and valid,
            since=card.since,
            label=region.label,
            note=card.note(day),
            buttons=card.buttons,
            progress=_progress(card, entries),
        )


def _entries(atlas: Atlas, region: str) -> Iterator[_Entry]:
    """Every card that reaches a region: nearest region first, then in the order of the files."""
    order = 0
    for distance, part in enumerate(atlas.chain(region)):
        for cards in atlas.cards.get(part.id, {}).values():
            for card in cards:
                words = tuple(tuple(map(_comparable, word.split("+"))) for word in card.words)
                yield _Entry(card, part, distance, order, words)
                order += 1


def _by_topic(entries: Iterable[_Entry]) -> dict[str, list[_Entry]]:
    topics: dict[str, list[_Entry]] = {}
    for entry in entries:
        topics.setdefault(entry.card.topic, []).append(entry)
    return topics


def _comparable(text: str) -> str:
    return simplified(text).casefold()


def _choose(entries: list[_Entry], question: Question) -> _Entry:
    for entry in entries:
        if entry.card.aspect == question.aspect:
            return entry
    words = _comparable(question.text)
    best = max(entries, key=lambda entry: _rank(entry, words))
    if best.score(words):
        return best
    # Who asks about a region that is not ours wants its own rules first, even where it has no overview.
    wanted = [entry for entry in entries if entry.region.label] or entries
    return next((entry for entry in wanted if entry.card.aspect == "overview"), wanted[0])


def _rank(entry: _Entry, words: str) -> _Rank:
    """More characters win; then one item before the whole, the nearer region, the earlier card."""
    return entry.score(words), entry.card.aspect != "overview", -entry.distance, -entry.order


def _kind(card: Card, entries: list[_Entry]) -> Kind:
    if _STEP.fullmatch(card.aspect) or (card.aspect == "overview" and _step_count(entries)):
        return "steps"
    return "checklist" if card.ordered else "card"


def _progress(card: Card, entries: list[_Entry]) -> Progress | None:
    step = _STEP.fullmatch(card.aspect)
    return Progress(int(step[1]), _step_count(entries)) if step else None


def _step_count(entries: list[_Entry]) -> int:
    return sum(bool(_STEP.fullmatch(entry.card.aspect)) for entry in entries)
