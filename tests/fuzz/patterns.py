"""Every regular expression of the product.

`python -m tests.fuzz.patterns` prints them as JSON, from a process of its own: it looks over the shoulder of
`re` while the whole product is imported and its data read, and finds what functions compile in the source.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "actions", "desk", "console", "ops")
_METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
# How a pattern is asked: all the others try at each place, as search does.
_WAYS = {"search", "match", "fullmatch"}


@dataclass(frozen=True)
class Pattern:
    """One regular expression: `where` it is made (file:line), and the `ways` in which it is asked."""

    text: str
    flags: int
    where: str
    ways: tuple[str, ...]


def product_patterns() -> tuple[list[Pattern], list[str]]:
    """Return the patterns, and the calls whose pattern could not be seen, as file and source."""
    command = [sys.executable, "-m", "tests.fuzz.patterns"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    patterns, unseen = json.loads(found)
    return [Pattern(**{**each, "ways": tuple(each["ways"])}) for each in patterns], unseen


class _Watch:
    """Notes what `re` compiles for a file of the product, with the line."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], str] = {}
        self._compile: Any = re._compile  # type: ignore[attr-defined]
        re._compile = self  # type: ignore[attr-defined]

    def __call__(self, pattern: Any, flags: Any) -> Any:
        made = self._compile(pattern, flags)
        frame = sys._getframe(2)
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS:
            self.seen.setdefault((made.pattern, made.flags), f"{_inside(path)}:{frame.f_lineno}")
        return made


def _collect() -> tuple[list[Pattern], list[str]]:
    watch = _Watch()
    modules = {path: _imported(path) for path in _sources() if any(True for _ in _calls(path))}
    _read_the_data()
    asked = _asked()
    found = {key: _pattern(*key, where, asked) for key, where in watch.seen.items()}
    unseen = []
    for path, names in modules.items():
        for call, method in _calls(path):
            made = _evaluated(call, names)
            if made is None:
                unseen.append(f"{_inside(path)}: {ast.unparse(call.args[0])}")
            elif (made.pattern, made.flags) not in found or method != "compile":
                ways = _ways({method} if method != "compile" else set())
                where = f"{_inside(path)}:{call.lineno}"
                found[made.pattern, made.flags] = Pattern(made.pattern, made.flags, where, ways)
    return sorted(found.values(), key=lambda each: each.where), unseen


def _read_the_data() -> None:
    """Whatever patterns come from the data."""
    from desk.counter import open_counter
    from desk.settings import Settings

    open_counter(Settings.from_env({"DESK_DATA": str(ROOT / "data"), "DESK_DATABASE_URL": "sqlite://"}))


def _sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def _inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a function of `re` in a file, with the function's name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "re" and node.func.attr in _METHODS | {"compile"}:
                yield node, node.func.attr


def _imported(path: Path) -> dict[str, Any]:
    """The names of a module; none of one that imports Rasa, which takes half a minute."""
    if re.search("^(?:from|import) rasa[. ]", path.read_text(), re.MULTILINE):
        return {"re": re}
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return vars(importlib.import_module(name))


def _evaluated(call: ast.Call, names: dict[str, Any]) -> re.Pattern[str] | None:
    """The pattern of a call; None where it hangs on what only its function knows."""
    compiles = isinstance(call.func, ast.Attribute) and call.func.attr == "compile"
    try:
        made = eval(ast.unparse(call if compiles else call.args[0]), dict(names))
    except NameError:
        return None
    return made if isinstance(made, re.Pattern) else re.compile(made)


def _asked() -> dict[str, set[str]]:
    """By the name of a pattern, how it is asked anywhere in the product; by a file, how in there."""
    asked: dict[str, set[str]] = {}
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in _METHODS:
                name = getattr(node.value, "id", getattr(node.value, "attr", ""))
                for key in (name, _inside(path)):
                    asked.setdefault(key, set()).add(node.attr)
    return asked


def _pattern(text: str, flags: int, where: str, asked: dict[str, set[str]]) -> Pattern:
    path, line = where.rsplit(":", 1)
    name = _assigned(ROOT / path, int(line))
    return Pattern(text, flags, where, _ways(asked.get(name) or asked.get(path, set())))


def _assigned(path: Path, line: int) -> str:
    """The name that an assignment around this line gives; empty where the pattern has none of its own."""
    for node in ast.parse(path.read_text()).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and node.lineno <= line <= (node.end_lineno or 0):
            return target.id
    return ""


def _ways(asked: set[str]) -> tuple[str, ...]:
    ways = {method if method in _WAYS else "search" for method in asked}
    return tuple(sorted(ways)) or ("fullmatch", "search")


if __name__ == "__main__":
    patterns, calls = _collect()
    print(json.dumps([[asdict(each) for each in patterns], calls], ensure_ascii=False))
