"""What stands in deploy/, as Python reads it, and the settings that the code knows."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from desk.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# One statement of nginx: its words, and what stands between its braces.
Statement = tuple[list[str], list[Any]]


class _Recorded(Mapping[str, str]):
    """An environment that remembers what was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def known_settings(var: Path) -> set[str]:
    """Return every DESK_ name that the code asks the environment for."""
    env = _Recorded({"DESK_VAR": str(var)})
    Settings.from_env(env)
    # WeChat's are taken as a group, so that asking does not show them; they are written out there.
    tree = ast.parse((ROOT / "desk" / "wechat_settings.py").read_text())
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    wechat = {text for text in texts if re.fullmatch(r"DESK_WECHAT_\w*[A-Z]", str(text))}
    return {name for name in env.asked if name.startswith("DESK_")} | {str(name) for name in wechat}


def example() -> list[tuple[str, str, str, bool]]:
    """Return name, value, the comment above, and whether it is set, of each line of desk.env.example."""
    found, comment = [], ""
    for line in (DEPLOY / "desk.env.example").read_text().splitlines():
        setting = re.fullmatch(r"(#?)([A-Z][A-Z0-9_]+)=(.*)", line)
        if setting:
            found.append((setting[2], setting[3], comment, not setting[1]))
        else:
            comment = line.removeprefix("#").strip()
    return found


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    return content


def unit(path: Path) -> Mapping[str, str]:
    """Return the section [Service] of a unit; of a key that stands twice the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path, encoding="utf-8")
    return parser["Service"]


def nginx() -> list[Statement]:
    """Return the statements of nginx.conf.example: `["listen", "80"], []`."""
    text = (DEPLOY / "nginx.conf.example").read_text()
    tokens = re.finditer(r"#[^\n]*|'([^']*)'|([{};])|([^\s{};]+)", text)
    block: list[Statement] = []
    open_blocks, words = [block], list[str]()
    for token in tokens:
        quoted, sign, word = token.groups()
        if sign == "}":
            open_blocks.pop()
        elif sign:
            statement: Statement = (words, [])
            open_blocks[-1].append(statement)
            words = []
            if sign == "{":
                open_blocks.append(statement[1])
        elif quoted is not None or word:
            words.append(quoted if word is None else word)
    assert open_blocks == [block] and not words
    return block


def values(block: list[Statement], name: str) -> list[list[str]]:
    """Return the words after `name` of each statement of that name."""
    return [words[1:] for words, _ in block if words[0] == name]


def blocks(block: list[Statement], *name: str) -> list[list[Statement]]:
    """Return what stands inside each block whose first words are `name`."""
    return [inside for words, inside in block if words[: len(name)] == list(name)]
