"""Puts items that say nearly the same together, so that one look settles many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from desk.learning.missed import NEWEST, Item
from desk.text import simplified
from desk.workdays import china_day

# From this cosine distance on, on the mean, two groups stay apart: a shared question keeps
# together, a shared 怎么办 alone does not.
_APART = 0.84
_LONGEST_READ = 200  # in characters; what is alike shows earlier


@dataclass(frozen=True)
class Cluster:
    """Items that are alike, the most central first; `first` and `last` are the moments of its span."""

    items: tuple[Item, ...]
    first: datetime
    last: datetime

    @classmethod
    def of(cls, items: Sequence[Item]) -> Cluster:
        """Put items together, the most central first."""
        moments = [item.at for item in items]
        return cls(tuple(items), min(moments), max(moments))

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.items)

    @property
    def central(self) -> Item:
        """The item that is nearest to all others."""
        return self.items[0]

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day in China on which they came."""
        return china_day(self.first), china_day(self.last)

    @property
    def days(self) -> int:
        """Over how many days they came, 1 for those of one day."""
        first, last = self.span
        return (last - first).days + 1


def clusters(items: Sequence[Item]) -> list[Cluster]:
    """Return the clusters of the newest 2,000 items, biggest first; the same items, the same clusters."""
    newest = sorted(items, key=lambda item: (item.at, item.id), reverse=True)[:NEWEST]
    kept = [item for item in newest if item.text.strip()]
    if len(kept) < 2:
        return [Cluster.of([item]) for item in kept]
    near, groups = _grouped([simplified(item.text[:_LONGEST_READ]) or " 空" for item in kept])
    found = []
    for group in groups:
        # Ties go to the newest, which stands first.
        order = sorted(group, key=lambda i: (-round(float(near[i, group].sum()), 6), i))
        found.append(Cluster.of([kept[i] for i in order]))
    return sorted(found, key=lambda cluster: (-cluster.size, -cluster.last.timestamp(), cluster.central.id))


def _grouped(texts: list[str]) -> tuple[Any, list[list[int]]]:
    """The likeness of each two texts, and the groups as places in `texts`."""
    # Only needed here: a second and 60 MB that no other page of the staff should pay for.
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(texts)
    near = (vectors @ vectors.T).toarray()
    distances = np.clip(1.0 - near, 0.0, None)
    np.fill_diagonal(distances, 0.0)
    together = AgglomerativeClustering(
        n_clusters=None, affinity="precomputed", linkage="average", distance_threshold=_APART
    )
    groups: dict[int, list[int]] = {}
    for place, number in enumerate(together.fit_predict(distances)):
        groups.setdefault(int(number), []).append(place)
    return near, list(groups.values())
