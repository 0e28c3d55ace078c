"""Says which office handles a claim: any words for a place give an office, a question, or a plain no.

The office follows 参保地, so every answer says so; nothing is guessed where no office is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from desk.centres import Centres, read_centres
from desk.errors import DataFault, NotFound
from desk.office_data import Later, Office, OfficeTable, read_offices
from desk.office_regions import Surroundings
from desk.office_words import Said, decisive
from desk.place_data import Area, PlaceBook, read_places
from desk.places import Gazetteer, Place
from desk.regions import Hotline

__all__ = [
    "Ambiguous",
    "Answer",
    "Choice",
    "Found",
    "Later",
    "NoOffice",
    "Office",
    "Offices",
    "Unknown",
    "check",
]


@dataclass(frozen=True)
class Choice:
    """One answer to "which one?". `title` can be sent back as it is; `row` is None without an office."""

    title: str
    row: int | None
    place: str


@dataclass(frozen=True)
class Found:
    """The one office of a place. `note`: what else to know about this way of naming it, or ""."""

    office: Office
    place: str
    note: str
    advice: str


@dataclass(frozen=True)
class Ambiguous:
    """The words fit several areas: ask which one is the 参保地."""

    place: str
    candidates: tuple[Choice, ...]
    note: str
    advice: str


@dataclass(frozen=True)
class NoOffice:
    """A place without a recorded office, here or elsewhere. `near`: where such people may also be insured."""

    place: str
    reason: str
    fallback: Office
    hotline: Hotline
    near: tuple[Choice, ...]
    advice: str


@dataclass(frozen=True)
class Unknown:
    """No place was understood in `text`, or only places that the person ruled out."""

    text: str
    advice: str


Answer: TypeAlias = Found | Ambiguous | NoOffice | Unknown
_SENT = "您发来的位置"


class Offices:
    """The offices of one region."""

    def __init__(self, data: Path, region: str) -> None:
        """Read the region's offices.yml, places.yml and centres.yml (which it may do without).

        Raises `DataFault` with every fault, path first.
        """
        faults: list[str] = []
        folder = data / "regions" / region
        table = read_offices(folder / "offices.yml", faults)
        self._centres = _centres(folder, faults)
        if faults or table is None:
            raise DataFault(faults)
        self._table: OfficeTable = table
        self.gazetteer = Gazetteer(data, region)
        self._surroundings = Surroundings(data, region)
        self._areas = self.gazetteer.areas
        options = (option for place in self.gazetteer.places() for option in _options(place))
        self._titles = {_title(area, hint): area for area, hint in options}

    @property
    def advice(self) -> str:
        """The sentence that goes with every office: 参保地 decides, and phone before going."""
        return self._table.advice

    def names_a_place(self, text: str) -> bool:
        """Tell whether `text` names a place, here or elsewhere."""
        return bool(self._said(text))

    def by_row(self, row: int) -> Office:
        """Return the office of a row; raise `NotFound` if there is none."""
        if row not in self._table.offices:
            raise NotFound(f"office row {row}")
        return self._table.offices[row]

    def all(self) -> tuple[Office, ...]:
        """Return every office in the order of the table."""
        return tuple(self._table.offices.values())

    def office_for(self, place_text: str) -> Answer:
        """Return the office of the places that `place_text` (a name or a whole sentence) speaks of.

        Several areas in one text are a question back, unless all but one are ruled out (不是五华，是西山)
        or only lived in (住盘龙，社保在官渡).
        """
        chosen = self._titles.get(place_text.strip())
        if chosen:
            return self._single(chosen, Place(chosen, (chosen,), ("",), note=self._areas[chosen].note))
        said = decisive(place_text, self._said(place_text))
        if not said:
            return Unknown(place_text, self._table.advice)
        return self._answer([one.place for one in said])

    def office_near(self, latitude: float, longitude: float) -> Ambiguous | NoOffice | Unknown:
        """Return which areas are near a point (degrees) as a question back, never one as certain.

        `NoOffice` when it is far from all of them or no place at all; `Unknown` where the region has no
        centres.yml.
        """
        if not self._centres.points:
            return Unknown("", self._table.advice)
        near = self._centres.near(latitude, longitude)
        if near:
            note = "离得近的是这几个区县；不是的话，就直接说区县或者开发区的名字。"
            choices = tuple(self._choice(area, "") for area in near)
            return Ambiguous(_SENT, choices, note, self._table.advice)
        here, phone = self._surroundings.name, self._surroundings.hotline.phone
        reason = f"{_SENT}离{here}很远。要是在{here}参保，请告诉我区县；在别处参保，请在当地拨打{phone}。"
        table, hotline = self._table, self._surroundings.hotline
        return NoOffice(_SENT, reason, table.fallback, hotline, (), table.advice)

    def _said(self, text: str) -> list[Said]:
        """Every place in the text, with those that are not in this region, in their order."""
        mentions = self.gazetteer.find(text)
        said = [Said(m.start, m.end, place) for m in mentions if (place := self.gazetteer.place(m.name))]
        rest = _blanked(text, said)
        while name := self._surroundings.elsewhere(rest):
            start = rest.find(name)
            if start < 0:
                # Written in traditional characters: where it stands cannot be told from the simplified name.
                return [*said, Said(len(text), len(text), _elsewhere(name))]
            said.append(Said(start, start + len(name), _elsewhere(name)))
            rest = _blanked(text, said)
        return sorted(said, key=lambda one: one.start)

    def _answer(self, places: Sequence[Place]) -> Answer:
        areas = _narrowed(places)
        name = "、".join(dict.fromkeys(place.name for place in places))
        if not any(area in self._areas for area in areas):  # 四川成都: none of them is ours
            return self._single(name, Place(name, areas, ("",)))
        if len(areas) == 1:
            certain = [place for place in places if len(place.areas) == 1]
            return self._single(areas[0], Place(name, areas, ("",), note=_notes(certain)))
        hints = {area: hint for place in reversed(places) for area, hint in _options(place) if hint}
        choices = tuple(self._choice(area, hints.get(area, "")) for area in areas)
        return Ambiguous(name, choices, _notes(places), self._table.advice)

    def _single(self, area_name: str, place: Place) -> Found | NoOffice:
        area = self._areas.get(area_name)
        if area and area.row is not None:
            return Found(self.by_row(area.row), place.name, place.note, self._table.advice)
        near = tuple(self._choice(name, "") for name in (area.near if area else ()))
        reason = area.why if area else self._not_ours(area_name)
        table, hotline = self._table, self._surroundings.hotline
        return NoOffice(place.name, reason, table.fallback, hotline, near, table.advice)

    def _not_ours(self, name: str) -> str:
        here, phone = self._surroundings.name, self._surroundings.hotline.phone
        ask = f"如果您在{name}参保，请在当地拨打{phone}，或问当地的经办机构。"
        return f"我这里只有{here}的经办机构，没有{name}的。{ask}"

    def _choice(self, area_name: str, hint: str) -> Choice:
        area = self._areas.get(area_name)
        return Choice(_title(area_name, hint), area.row if area else None, area_name)


def check(data: Path) -> list[str]:
    """Return every fault of each offices.yml, places.yml and centres.yml under `data`/regions, path first."""
    faults: list[str] = []
    files = (
        path for name in ("offices", "places", "centres") for path in (data / "regions").glob(f"*/{name}.yml")
    )
    for folder in sorted({path.parent for path in files}):
        table = read_offices(folder / "offices.yml", faults)
        book = read_places(folder / "places.yml", faults)
        unknown = _centres(folder, faults).points.keys() - book.areas.keys()
        faults.extend(f"{folder / 'centres.yml'}: {name} is not one of the areas" for name in sorted(unknown))
        if table:
            faults.extend(f"{folder / 'places.yml'}: {fault}" for fault in _faults_between(table, book))
    return faults


def _centres(folder: Path, faults: list[str]) -> Centres:
    path = folder / "centres.yml"
    return read_centres(path, faults) if path.exists() else Centres()


def _faults_between(table: OfficeTable, book: PlaceBook) -> Iterator[str]:
    by_row: dict[int, Area] = {}
    for area in book.areas.values():
        if area.row is None:
            continue
        office = table.offices.get(area.row)
        if office is None:
            yield f"areas: {area.name}: row {area.row} is not in offices.yml"
        elif office.district != area.name:
            yield f"areas: {area.name}: row {area.row} of offices.yml is for {office.district}"
        if by_row.setdefault(area.row, area) is not area:
            yield f"areas: {area.name}: row {area.row} already belongs to {by_row[area.row].name}"
    for row, office in table.offices.items():
        if row not in by_row:
            yield f"areas: no area has row {row}, so nobody can find {office.name}"


def _narrowed(places: Sequence[Place]) -> tuple[str, ...]:
    """The areas that fit all places; where none does, all areas that any of them fits."""
    overlapping = {place.within for place in places if place.within and len(place.areas) > 1}
    # 官渡区阿拉街道: the district says where it lies, not whether one is insured there or in the zone.
    telling = [p for p in places if not (len(p.areas) == 1 and not p.within and p.areas[0] in overlapping)]
    every = tuple(dict.fromkeys(area for place in telling for area in place.areas))
    common = tuple(area for area in every if all(area in place.areas for place in telling))
    return common or every


def _options(place: Place) -> list[tuple[str, str]]:
    return list(zip(place.areas, place.hints, strict=True))


def _title(area: str, hint: str) -> str:
    return f"{area}（{hint}）" if hint else area


def _notes(places: Sequence[Place]) -> str:
    given = [place.note for place in places if place.note]
    unsure = [place for place in places if place.certainty == "中"]
    return "".join(dict.fromkeys([*given, *map(_say_again, unsure)]))


def _say_again(place: Place) -> str:
    return f"“{place.name}”一般指{place.areas[0]}，请再核对参保地。"


def _elsewhere(name: str) -> Place:
    return Place(name, (name,), ("",))


def _blanked(text: str, said: Sequence[Said]) -> str:
    """The text with every place said so far as spaces, so that offsets stay."""
    for one in said:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text
