"""Reads and checks data/regions: which regions there are, whose rules hold where, and all their cards.

`python -m desk.regions` prints every fault with its path (exit 1), or one line of counts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from desk import spelling
from desk.cards import Button, Card, Source, read_card
from desk.errors import DataFault
from desk.months import MonthsTable, read_months
from desk.outside import Outside, read_outside
from desk.text import simplified
from desk.topics import check as check_names
from desk.yaml_files import Spec, read_fields, read_yaml

__all__ = ["SERVICES", "Atlas", "Button", "Card", "Hotline", "Region", "Source", "load_atlas"]

# Topics a button may lead to that another room answers, so that they need no card.
SERVICES = frozenset({"office", "status", "complaint", "complaint_followup", "human"})
_OTHER_FILES = frozenset({"region", "offices", "places", "centres", "outside", "months"})
_REGION: Spec = {
    "id": ("text", True),
    "name": ("text", True),
    "scope": ("text", True),
    "parent": ("text", False),
    "aliases": ("texts", True),
    "hotline": ("map", True),
    "label": ("blank", False),
    "own_terms": ("texts", False),
}
_HOTLINE: Spec = {"name": ("text", True), "phone": ("text", True)}


@dataclass(frozen=True)
class Hotline:
    """Whom to call where nothing is recorded."""

    name: str
    phone: str


@dataclass(frozen=True)
class Region:
    """A place whose rules we hold. `label` stands before every answer of a region that is not ours.

    `own_terms` are words that only this region's cards may use: its platforms, windows and levels.
    """

    id: str
    name: str
    scope: str
    hotline: Hotline
    parent: str = ""
    aliases: tuple[str, ...] = ()
    label: str = ""
    own_terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Atlas:
    """All regions by id, and the cards of each: region -> topic -> cards in the order of the file.

    `months` has the table of each region that writes one of its own.
    """

    regions: Mapping[str, Region]
    cards: Mapping[str, Mapping[str, tuple[Card, ...]]]
    places: Outside
    months: Mapping[str, MonthsTable] = field(default_factory=dict)

    def chain(self, region: str) -> tuple[Region, ...]:
        """Return the region and its parents, nearest first; empty for an unknown region."""
        return tuple(_chain(self.regions, region))

    def region_named(self, text: str) -> Region | None:
        """Return the region whose alias `text` contains: our own before a labelled one, longest first.

        Who names both Kunming and Inner Mongolia gets Kunming: another region's rule is never the safe one.
        """
        words = simplified(text)
        found = [
            (not region.label, len(alias), len(self.chain(region.id)), region)
            for region in self.regions.values()
            for alias in map(simplified, region.aliases)
            if alias in words
        ]
        return max(found, key=lambda hit: hit[:3])[3] if found else None

    def outside(self, text: str) -> str | None:
        """Return the province or prefecture-level city without a region of ours that `text` names."""
        return self.places.named(simplified(text))

    def region_of(self, place: str) -> Region | None:
        """Return our region whose rules still reach a place that `outside` returned (玉溪 -> 云南省)."""
        province = self.places.province(place)
        named = (r for r in self.regions.values() if province and r.name.startswith(province) and not r.label)
        return next(named, None)

    def all_cards(self) -> Iterator[Card]:
        """Yield every card of every region."""
        for topics in self.cards.values():
            for cards in topics.values():
                yield from cards


def load_atlas(data: Path) -> Atlas:
    """Read every region under `data`/regions; raise `DataFault` with every fault found, path first."""
    faults: list[str] = []
    regions: dict[str, Region] = {}
    cards: dict[str, dict[str, tuple[Card, ...]]] = {}
    months: dict[str, MonthsTable] = {}
    for folder in sorted(path for path in (data / "regions").glob("*") if path.is_dir()):
        region = _region(folder / "region.yml", faults)
        if region:
            regions[region.id] = region
        cards[folder.name] = dict(_topics(folder, faults))
        if table := read_months(folder / "months.yml", faults):
            months[folder.name] = table
    if not regions and not faults:
        faults.append(f"{data / 'regions'}: there is no region here")
    places = read_outside((data / "regions").glob("*/outside.yml"), _aliases(regions), faults)
    atlas = Atlas(regions, cards, places, months)
    faults.extend(_faults_between(atlas, data / "regions"))
    if faults:
        raise DataFault(faults)
    return atlas


def _region(path: Path, faults: list[str]) -> Region | None:
    found: list[str] = []
    raw = read_yaml(path, found)
    where = f"{path}: {path.parent.name}"
    values = {} if found else read_fields(raw, _REGION, where, found)
    hotline = read_fields(values.get("hotline", {}), _HOTLINE, f"{where}: hotline", found)
    if not found and values["id"] != path.parent.name:
        found.append(f"{where}: id should be {path.parent.name}, like its folder")
    faults.extend(found)
    if found:
        return None
    values["hotline"] = Hotline(**hotline)
    for key in ("aliases", "own_terms"):
        values[key] = tuple(values.get(key, ()))
    return Region(**values)


def _topics(folder: Path, faults: list[str]) -> Iterator[tuple[str, tuple[Card, ...]]]:
    for path in sorted(folder.glob("*.yml")):
        if path.stem in _OTHER_FILES:
            continue
        raw = read_yaml(path, faults)
        if not isinstance(raw, list):
            faults.append(f"{path}: file: should be a list of cards")
            continue
        found = (read_card(entry, folder.name, path.stem, str(path), faults) for entry in raw)
        yield path.stem, tuple(card for card in found if card)


def _chain(regions: Mapping[str, Region], start: str) -> Iterator[Region]:
    """The region and its parents; stops at a cycle or an unknown parent, which are faults of their own."""
    seen: set[str] = set()
    while start in regions and start not in seen:
        seen.add(start)
        yield regions[start]
        start = regions[start].parent


def _aliases(regions: Mapping[str, Region]) -> Iterator[str]:
    return (alias for region in regions.values() for alias in region.aliases)


def _faults_between(atlas: Atlas, root: Path) -> Iterator[str]:
    """Yield what is wrong between files that are each right."""
    yield from _region_faults(atlas, root)
    yield from _double_ids(atlas, root)
    for card in atlas.all_cards():
        where = f"{root / card.region / card.topic}.yml: {card.id}"
        for fault in (*_term_faults(card, atlas), *_button_faults(card, atlas)):
            yield f"{where}: {fault}"
    parents = {region.parent for region in atlas.regions.values()}
    for region in atlas.regions.values():
        # Only a region that people are in, and that is ours, must have an answer to the bare topic.
        if region.id not in parents and not region.label:
            yield from _topic_faults(region, atlas, root)


def _region_faults(atlas: Atlas, root: Path) -> Iterator[str]:
    owner: dict[str, str] = {}
    for region in atlas.regions.values():
        where = f"{root / region.id / 'region.yml'}: {region.id}"
        last = atlas.chain(region.id)[-1]
        if last.parent and last.parent in atlas.regions:
            yield f"{where}: its parents go round in a circle"
        elif region.parent and region.parent not in atlas.regions:
            yield f"{where}: parent {region.parent!r} is not a region"
        for alias in region.aliases:
            if owner.setdefault(alias, region.id) != region.id:
                yield f"{where}: alias {alias} already belongs to {owner[alias]}"


def _double_ids(atlas: Atlas, root: Path) -> Iterator[str]:
    seen: set[str] = set()
    for card in atlas.all_cards():
        if card.id in seen:
            yield f"{root / card.region / card.topic}.yml: {card.id}: this id is there twice"
        seen.add(card.id)


def _term_faults(card: Card, atlas: Atlas) -> Iterator[str]:
    others = (region for region in atlas.regions.values() if region.id != card.region)
    for region in others:
        for term in region.own_terms:
            if term in card.shown:
                yield f"{term} belongs to {region.name} only"


def _button_faults(card: Card, atlas: Atlas) -> Iterator[str]:
    for button in card.buttons:
        known = _aspects(atlas, card.region, button.topic)
        if button.aspect not in known and button.topic not in SERVICES:
            yield f"button {button.title} leads to {button.topic}.{button.aspect}, which no card answers here"


def _topic_faults(region: Region, atlas: Atlas, root: Path) -> Iterator[str]:
    topics = dict.fromkeys(topic for part in atlas.chain(region.id) for topic in atlas.cards[part.id])
    for topic in topics:
        aspects = _aspects(atlas, region.id, topic)
        if "overview" not in aspects:
            yield f"{root / region.id}: {topic}: no card with aspect overview here or above"
        steps = sorted(int(aspect[4:]) for aspect in aspects if re.fullmatch(r"step\d+", aspect))
        if steps != list(range(1, len(steps) + 1)):
            yield f"{root / region.id}: {topic}: the steps are {steps}, one is missing"


def _aspects(atlas: Atlas, region: str, topic: str) -> set[str]:
    parts = (atlas.cards.get(part.id, {}).get(topic, ()) for part in atlas.chain(region))
    return {card.aspect for cards in parts for card in cards}


def _office_faults(data: Path) -> Iterable[str]:
    """The faults of offices.yml and places.yml, which the room `offices` knows."""
    if not any((data / "regions").glob("*/offices.yml")):
        return ()
    try:
        return list(import_module("desk.offices").check(data))
    except (ImportError, AttributeError):
        return ()


def _main(data: Path) -> int:
    faults: list[str] = []
    try:
        atlas = load_atlas(data)
    except DataFault as error:
        faults.extend(error.faults)
    faults.extend(_office_faults(data))
    if (data / "dispatch.yml").exists():
        faults.extend(import_module("desk.tickets.catalogue").check(data))
    if (data / "vocabulary.yml").exists():
        faults.extend([*spelling.check(data), *check_names(data)])
    if faults:
        print("\n".join(faults))
        return 1
    about = [card.topic for card in atlas.all_cards()]
    print(f"{len(atlas.regions)} regions, {len({*about})} topics, {len(about)} cards: no fault")
    return 0


if __name__ == "__main__":
    from desk.settings import Settings

    sys.exit(_main(Settings.from_env().data))
