"""Reads the YAML files under data/ so that every fault is one sentence with the path first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

# Rasa takes any file with such a line for training data, wherever it lies.
_RASA_KEY = re.compile(r"^(nlu|responses|stories|rules|e2e_tests)\s*:", re.MULTILINE)
# Each kind of value: what Python sees, and how a fault names it.
_KINDS: Mapping[str, tuple[type, str]] = {
    "text": (str, "a text that is not empty"),
    "blank": (str, "a text, in quotes if it is a number"),
    "texts": (list, "a list of texts (numbers in quotes)"),
    "maps": (list, "a list of entries like {title: …}"),
    "map": (dict, "entries like {name: …}"),
    "number": (int, "a whole number"),
    "decimal": (float, "a number like 102.5, with its decimal point"),
    "flag": (bool, "true or false"),
    "date": (date, "a date like 2023-12-01"),
}
# A file format: key -> kind of value, and whether it must be there.
Spec = Mapping[str, tuple[str, bool]]


def read_yaml(path: Path, faults: list[str]) -> object:
    """Return what the file says, or None and one sentence in `faults`."""
    try:
        text = path.read_text(encoding="utf-8")
        if _RASA_KEY.search(text):
            faults.append(f"{path}: file: a line begins with nlu:, responses:, stories: or rules: (for Rasa)")
        return YAML(typ="safe").load(text)
    except FileNotFoundError:
        faults.append(f"{path}: file: is missing")
    except (YAMLError, ValueError) as error:
        faults.append(f"{path}: file: is not YAML in UTF-8: {' '.join(str(error).split())}")
    return None


def read_fields(raw: object, spec: Spec, where: str, faults: list[str]) -> dict[str, Any]:
    """Return the fields of `raw` that `spec` knows and that have their kind; the rest become faults."""
    if not isinstance(raw, dict):
        faults.append(f"{where}: should be entries like {{title: …}}, but is {raw!r}")
        return {}
    faults.extend(f"{where}: unknown key {key!r}" for key in raw if key not in spec)
    values: dict[str, Any] = {}
    for key, (kind, required) in spec.items():
        if key not in raw:
            if required:
                faults.append(f"{where}: {key} is missing")
        elif _is(raw[key], kind):
            values[key] = raw[key]
        else:
            faults.append(f"{where}: {key} should be {_KINDS[kind][1]}, but is {_culprit(raw[key])}")
    return values


def _culprit(value: object) -> str:
    """The part of a long list that is wrong: a bare number among words is easily overlooked."""
    if isinstance(value, list):
        value = [item for item in value if not isinstance(item, str) or not item.strip()]
    return repr(value)


def _is(value: object, kind: str) -> bool:
    if type(value) is not _KINDS[kind][0]:
        return False
    if kind == "text":
        return bool(str(value).strip())
    if isinstance(value, list) and kind == "texts":
        return all(isinstance(item, str) and item.strip() for item in value)
    return True
