"""Starts Rasa without TensorFlow, which it imports for components that no model of ours has."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import tarfile
import zlib
from pathlib import Path
from types import ModuleType
from typing import IO, Any, cast

# In skops Rasa's own linear classifiers keep what they have learnt; to import it is a fifth of what is left.
_PACKAGES = frozenset(
    {"keras", "skops", "tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text"}
)
# What of Rasa's own goes without it; ours does (`bot.`).
_FREE_OF_IT = (
    "bot.",
    "rasa.graph_components.",
    "rasa.core.policies.ensemble.",
    "rasa.core.policies.rule_policy.",
    "rasa.nlu.classifiers.regex_message_handler.",
)


def leave_out_tensorflow(model: Path) -> bool:
    """Let Rasa import an empty TensorFlow where no component of the model needs the real one; tell whether.

    Importing it is nearly half of a start and a third of the memory of the process. Rasa imports it
    whatever the model, and has no setting for that. Call it before Rasa is imported.
    """
    try:
        needed = [uses for uses in _components(model) if not uses.startswith(_FREE_OF_IT)]
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, LookupError, TypeError):
        return False  # no model: Rasa says so
    if needed:
        return False
    sys.meta_path.insert(0, _Finder())
    return True


def _components(model: Path) -> list[str]:
    """The classes that answer with this model."""
    with tarfile.open(model) as archive:
        metadata = json.loads(cast(IO[bytes], archive.extractfile("metadata.json")).read())
    return [node["uses"] for node in metadata["predict_schema"]["nodes"].values()]


class _Absent(type):
    """The type of whatever is looked up: a class, so that Rasa can derive from it and name it as a type."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)

    def __call__(cls, *args: Any, **_: Any) -> Any:
        """As a decorator it changes nothing."""
        return args[0] if len(args) == 1 and callable(args[0]) else cls


def _absent(name: str) -> _Absent:
    return _Absent(name, (), {})


class _EmptyModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds TensorFlow and every module of it, all of them empty."""

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in _PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _EmptyModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""
