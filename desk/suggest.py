"""What lies before a 12333 agent for a caller's words: cards to answer from, the office, a ticket to file.

Said is only what a card, the office table or a law says; where nothing fits, that is said instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from desk.card_choice import Choice, Offer, Understood, choose
from desk.counter import Counter
from desk.drafts import Draft, draft
from desk.guide import Answer, Question
from desk.offices import Ambiguous, Found, NoOffice, Unknown
from desk.privacy import redact
from desk.reckoning import Reckoned, reckon
from desk.regions import SERVICES, Button
from desk.spelling import Spelling
from desk.tickets import Advice

__all__ = ["Offer", "Suggester", "Suggestion", "Understood"]

Place: TypeAlias = Found | Ambiguous | NoOffice
LONGEST = 2000  # characters that are looked at, as in one message of a citizen
_MOST_NEXT = 6
# Names everything that is loaded at its first use, so that no caller waits for it.
_FIRST = "五华区交了十二年，十一月二日交的申请还没有结果，能领几个月"


@dataclass(frozen=True)
class Suggestion:
    """Everything for one screen; `words` are the caller's, without personal numbers.

    `offers` are at most three cards; `rooms` the likely topics answered elsewhere (office, status, ...);
    `next` further questions that the cards lead to; `note` what to add where the words name a place with
    other rules; `advice` what has to be said first: danger, or another office's matter; `nothing` the
    sentence for when there is nothing to answer from, else ""; `region` whose rules were looked up.
    """

    words: str
    region: str = ""
    offers: tuple[Offer, ...] = ()
    rooms: tuple[str, ...] = ()
    office: Place | None = None
    reckoned: tuple[Reckoned, ...] = ()
    next: tuple[Button, ...] = ()
    advice: Advice | None = None
    note: str = ""
    nothing: str = ""
    draft: Draft | None = None


class Suggester:
    """Suggests from the rooms of a counter: in milliseconds, without a connection, nothing is kept."""

    def __init__(self, counter: Counter) -> None:
        """Read the spelling, and make one suggestion that nobody sees; raise `DataFault`."""
        self._counter = counter
        self._spelling = Spelling(counter.settings.data)
        self.suggest(_FIRST, None, counter.settings.region, date(2026, 11, 21))

    def suggest(
        self, words: str, understood: Understood | None, region: str, day: date, place: str | None = None
    ) -> Suggestion:
        """Return what fits `words`, redacted if they are not yet.

        Args:
            words: what the caller said, typed or pasted.
            understood: what the trained model made of the same words; None when it does not answer.
            region: whose rules hold unless the words name another region; one of the atlas.
            day: today.
            place: where the caller is insured if the agent knows it; then the words are not searched.
        """
        counter, words = self._counter, redact(words.strip()).text[:LONGEST]
        if not words:
            return Suggestion("")
        named = counter.atlas.region_named(words)
        reached = counter.guide.region_asked(words, named.id if named else region)
        heard = (understood.heard if understood else "") or self._spelling.corrected(words)
        chosen = choose(counter.guide, heard, understood, reached, day)
        found = counter.offices.office_for(place or words)
        office = None if isinstance(found, Unknown) else found
        advice = counter.triage.look(words)
        best = understood.guesses[0].label if understood and understood.guesses else ""
        return Suggestion(
            words=words,
            region=reached,
            offers=chosen.offers,
            rooms=chosen.rooms,
            office=office,
            reckoned=self._reckoned(chosen, words, reached, day),
            next=_next(chosen.offers),
            advice=advice,
            note=counter.guide.elsewhere(words),
            nothing="" if chosen.offers or chosen.rooms or office or advice else self._nothing(reached),
            draft=draft(words, best, office, advice, counter.categories, day),
        )

    def card(self, topic: str, aspect: str, region: str, day: date) -> Offer | None:
        """Return the card that a button of `Suggestion.next` leads to; None where there is none."""
        found = self._counter.guide.answer(Question(topic, aspect, "", region, day))
        return Offer(found, possible=False) if isinstance(found, Answer) else None

    def _reckoned(self, chosen: Choice, words: str, region: str, day: date) -> tuple[Reckoned, ...]:
        """What follows from years and days told, for the topics that may be meant."""
        answers = [offer.answer for offer in chosen.offers]
        meant = [(answer.topic, answer.aspect) for answer in answers] + [
            (room, None) for room in chosen.rooms
        ]
        questions = (Question(topic, aspect, words, region, day) for topic, aspect in meant)
        lines = (reckon(question, self._counter.atlas, self._counter.workdays) for question in questions)
        return tuple({line.text: line for line in lines if line}.values())

    def _nothing(self, region: str) -> str:
        hotline = self._counter.atlas.regions[region].hotline
        return (
            f"没有找到对得上的记录，请不要猜着答。可以请来电人问参保地的经办机构或{hotline.phone}（{hotline.name}），"
            "也可以先登记一张工单。"
        )


def _next(offers: Iterable[Offer]) -> tuple[Button, ...]:
    """The questions that the cards lead to, without those that are on the screen already."""
    answers = [offer.answer for offer in offers]
    shown = {(answer.topic, answer.aspect) for answer in answers}
    buttons = {
        (b.topic, b.aspect): b for answer in answers for b in answer.buttons if b.topic not in SERVICES
    }
    return tuple(button for asked, button in buttons.items() if asked not in shown)[:_MOST_NEXT]
