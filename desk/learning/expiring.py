"""Cards to look at: their rule ends soon or has ended, or nobody has checked them for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from desk.cards import Card
from desk.regions import Atlas

EXPIRED, EXPIRING, UNCHECKED = "expired", "expiring", "unchecked"
REASONS = {EXPIRED: "已过有效期", EXPIRING: "快到期", UNCHECKED: "很久没有核对"}
# Ours: long enough to ask the bureau what comes next. No rule says so.
SOON, LONG_AGO = timedelta(days=60), timedelta(days=180)


@dataclass(frozen=True)
class Due:
    """A card to look at. `reason` is a key of `REASONS`; `day` the one it ends on or was checked on."""

    card: Card
    reason: str
    day: date


def expiring(atlas: Atlas, day: date) -> list[Due]:
    """Return the cards due on `day`, each once: ended ones first, then those that end, then the unchecked."""
    found = [due for card in atlas.all_cards() if (due := _due(card, day))]
    return sorted(found, key=lambda due: (list(REASONS).index(due.reason), due.day, due.card.id))


def _due(card: Card, day: date) -> Due | None:
    if card.until and card.until < day:
        return Due(card, EXPIRED, card.until)
    if card.until and card.until <= day + SOON:
        return Due(card, EXPIRING, card.until)
    return Due(card, UNCHECKED, card.checked) if day - card.checked > LONG_AGO else None
