"""What the offices need to know of regions: our hotline, and the names of places that are not ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from desk.errors import DataFault
from desk.outside import read_outside
from desk.regions import Hotline
from desk.text import simplified
from desk.yaml_files import read_yaml


class Surroundings:
    """The region `region` among all regions under `data`. Raises `DataFault` if region.yml cannot be used."""

    def __init__(self, data: Path, region: str) -> None:
        faults: list[str] = []
        files = (data / "regions").glob("*/region.yml")
        raw = {path.parent.name: read_yaml(path, faults) for path in sorted(files)}
        regions = {name: values for name, values in raw.items() if isinstance(values, dict)}
        aliases = {name: list(map(str, values.get("aliases") or ())) for name, values in regions.items()}
        known = [alias for names in aliases.values() for alias in names]
        self._outside = read_outside((data / "regions").glob("*/outside.yml"), known, faults)
        chain = list(_chain(regions, region))
        hotlines = (values.get("hotline") for values in chain)
        hotline: dict[str, Any] = next((found for found in hotlines if isinstance(found, dict)), {})
        if not chain or not {"name", "phone"} <= set(hotline):
            faults.append(f"{data / 'regions' / region / 'region.yml'}: {region}: has no hotline")
        if faults:
            raise DataFault(faults)
        self.name = str(chain[0].get("name", region))
        self.hotline = Hotline(str(hotline["name"]), str(hotline["phone"]))
        ours = {alias for values in chain for alias in aliases[str(values.get("id"))]}
        self._foreign = sorted((set(known) - ours), key=len, reverse=True)

    def elsewhere(self, text: str) -> str | None:
        """Return the name of a place that is not in our region, or None."""
        words = simplified(text)
        return next((name for name in self._foreign if name in words), None) or self._outside.named(words)


def _chain(regions: Mapping[str, Mapping[str, Any]], start: object) -> Iterator[Mapping[str, Any]]:
    seen: set[object] = set()
    while start in regions and start not in seen:
        seen.add(start)
        yield regions[str(start)]
        start = regions[str(start)].get("parent")
