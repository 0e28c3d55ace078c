"""What the citizens of the load test say, drawn from talks.yml by a seeded chance."""

from __future__ import annotations

import csv
import random
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from ruamel.yaml import YAML

_FILE = Path(__file__).with_name("talks.yml")
_DEMO = Path(__file__).parents[2] / "data" / "demo" / "claims.csv"


@dataclass
class Words:
    """Draws conversations. The people of the demo register are named in turn: each has five codes a day."""

    chance: random.Random
    _content: dict[str, Any] = field(init=False)
    _register: deque[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._content = YAML(typ="safe").load(_FILE)
        with _DEMO.open(encoding="utf-8") as file:
            people = [(row["身份证号"], row["姓名"]) for row in csv.DictReader(file)]
        self._register = deque(people)

    def talk(self) -> list[str]:
        """Return what one citizen says, in order; {code} is left for whoever gets the code."""
        told: dict[str, str] = {}
        return [self._filled(line, told) for line in self.chance.choice(self._content["talks"])]

    def burst(self) -> str:
        """Return one question of somebody who asks only that."""
        return self._filled(self.chance.choice(self._content["burst"]), {})

    def _filled(self, line: str, told: dict[str, str]) -> str:
        for _, name, _, _ in Formatter().parse(line):
            if name in {"id", "name"} and name not in told:
                self._register.rotate(-1)
                told["id"], told["name"] = self._register[0]
            elif name in self._content["words"]:
                told.setdefault(name, self.chance.choice(self._content["words"][name]))
        return line.format(**{"code": "{code}", **told})
