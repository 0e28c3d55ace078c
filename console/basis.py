"""The knowledge cards that an answer to a citizen may rest on, each as one line that fits the ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.counter import Counter
from desk.guide import Answer
from desk.tickets.tables import longest
from desk.workdays import today

_SHOWN = 5


@dataclass(frozen=True)
class Basis:
    """A card: `value` is what the ticket keeps, the rest is to choose by."""

    value: str
    title: str
    scope: str
    say: str


def bases_for(counter: Counter, words: str, likely: Sequence[Answer] = ()) -> list[Basis]:
    """Return the `likely` cards, then those that share words with `words`, at most five."""
    found = counter.guide.search(words, counter.settings.region, today(), _SHOWN) if words.strip() else []
    each = {answer.card: answer for answer in (*likely, *found)}
    return [_basis(answer) for answer in each.values()][:_SHOWN]


def _basis(answer: Answer) -> Basis:
    source = answer.sources[0]
    named = " ".join(part for part in (source.title, source.clause, source.number) if part)
    return Basis(
        f"{named}（{answer.card}）"[: longest("reply_basis")], answer.title, answer.scope, answer.say
    )
