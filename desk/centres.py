"""Reads centres.yml: one point for each district, to tell which ones a place is near.

A point says nothing about borders: what comes out is only ever asked back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desk.yaml_files import Spec, read_fields, read_yaml

_FILE: Spec = {
    "source": ("map", True),
    "source_date": ("date", True),
    "checked": ("date", True),
    "reach": ("number", True),
    "centres": ("maps", True),
}
_SOURCE: Spec = {"title": ("text", True), "clause": ("blank", True), "number": ("blank", True)}
_CENTRE: Spec = {"area": ("text", True), "longitude": ("decimal", True), "latitude": ("decimal", True)}
_KM_OF_A_DEGREE = 111.2


@dataclass(frozen=True)
class Centres:
    """All of one centres.yml. `points`: area -> latitude and longitude in degrees; `reach` in km."""

    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    reach: int = 0

    def near(self, latitude: float, longitude: float, count: int = 3) -> tuple[str, ...]:
        """Return the `count` nearest areas, nearest first; () when even the nearest is out of reach.

        Also () for what is no place on earth. Whether WGS-84 or WeChat's GCJ-02 (some 500 m aside) makes no
        difference here.
        """
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            return ()
        away = {area: _distance(point, (latitude, longitude)) for area, point in self.points.items()}
        nearest = sorted(away, key=lambda area: away[area])[:count]
        return tuple(nearest) if nearest and away[nearest[0]] <= self.reach else ()


def read_centres(path: Path, faults: list[str]) -> Centres:
    """Read one centres.yml; what cannot be used is left out and told in `faults`."""
    values = read_fields(read_yaml(path, faults), _FILE, f"{path}: file", faults)
    read_fields(values.get("source", {}), _SOURCE, f"{path}: source", faults)
    points: dict[str, tuple[float, float]] = {}
    for raw in values.get("centres", ()):
        found = read_fields(raw, _CENTRE, f"{path}: centres", faults)
        if len(found) < len(_CENTRE):
            continue
        faults.extend(f"{path}: centres: {fault}" for fault in _faults(found, points))
        points[found["area"]] = (found["latitude"], found["longitude"])
    return Centres(points, values.get("reach", 0))


def _faults(found: Mapping[str, Any], known: Mapping[str, object]) -> list[str]:
    area, faults = found["area"], []
    if area in known:
        faults.append(f"{area}: is there twice")
    # The two are easily written the wrong way round.
    if not (3 < found["latitude"] < 54 and 73 < found["longitude"] < 136):
        faults.append(f"{area}: is not in China")
    return faults


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points, good to some per cent within a province."""
    north = one[0] - other[0]
    east = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot(north, east) * _KM_OF_A_DEGREE
