"""An OpenAPI document of a door, as the tests ask it: which routes there are, and what each may answer."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
_METHODS = ("get", "head", "post")


class Document:
    """One document of `docs/`."""

    def __init__(self, name: str) -> None:
        self.content: dict[str, Any] = YAML(typ="safe").load(ROOT / "docs" / f"{name}.yaml")

    @cached_property
    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By method and path (`/tickets/{ticket_id}`), what is said of it."""
        return {
            (method.upper(), path): said[method]
            for path, said in self.content["paths"].items()
            for method in _METHODS
            if method in said
        }

    def statuses(self, method: str, path: str) -> set[int]:
        """Return what a path, as it was asked for, may be answered with."""
        said = self._said_of(method, path.split("?")[0].split("#")[0])
        return {int(status) for status in (said["responses"] if said else self._elsewhere)}

    def fields(self, method: str, path: str) -> list[str]:
        """Return the names of the fields of a form, or of a query."""
        said = self.operations[method, path]
        content = said.get("requestBody", {}).get("content", {})
        asked = [each["name"] for each in said.get("parameters", []) if each.get("in") == "query"]
        return asked + [name for each in content.values() for name in self._properties(each["schema"])]

    @property
    def _elsewhere(self) -> list[str]:
        usual = self.content["x-usual"]
        return [*self.content["x-elsewhere"], *next(iter(usual.values()))]

    def _properties(self, schema: dict[str, Any]) -> list[str]:
        if "$ref" in schema:
            schema = self.content["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return list(schema.get("properties", {}))

    def _said_of(self, method: str, path: str) -> dict[str, Any] | None:
        """What stands of a path; one written out comes before one with a parameter."""
        path = path.rstrip("/") or "/"
        if path in self.content["paths"]:
            return self.operations.get((method, path))
        fits = (said for (known, _), said in self._patterns.items() if known == method and _.fullmatch(path))
        return next(fits, None)

    @cached_property
    def _patterns(self) -> dict[tuple[str, re.Pattern[str]], dict[str, Any]]:
        return {(method, _pattern(path)): said for (method, path), said in self.operations.items()}


def _pattern(path: str) -> re.Pattern[str]:
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/"))
    return re.compile("/".join(parts).replace("/static/[^/]+", "/static/.*"), re.DOTALL)
