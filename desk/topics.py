"""What each topic is called when the assistant asks back: data/topic_names.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from desk.errors import DataFault
from desk.yaml_files import read_yaml


def read_topic_names(path: Path) -> Mapping[str, str]:
    """Return label -> name; raise `DataFault` with one sentence for each fault, path first."""
    faults: list[str] = []
    raw = read_yaml(path, faults)
    if not faults and not isinstance(raw, dict):
        faults.append(f"{path}: file: should be entries like materials: 要带什么材料")
    names = raw if isinstance(raw, dict) else {}
    faults += [f"{path}: {key}: should be a name" for key, name in names.items() if not _is_name(name)]
    if faults:
        raise DataFault(faults)
    return {str(key): str(name) for key, name in names.items()}


def check(data: Path) -> list[str]:
    """Return every fault of `data`/topic_names.yml, path first."""
    try:
        read_topic_names(data / "topic_names.yml")
    except DataFault as fault:
        return list(fault.faults)
    return []


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip())
