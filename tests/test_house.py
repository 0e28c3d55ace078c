"""The rules of the house that a machine can keep: who imports whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

_ROOT = Path(__file__).parent.parent
_DOORS = {"bot", "actions", "console"}
_FRAMEWORKS = {"rasa", "rasa_sdk", "sanic", "aiohttp"}


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (_ROOT / folder).rglob("*.py"))


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", _modules("desk"), ids=str)
def test_the_desk_imports_no_door_and_no_framework(path: Path) -> None:
    assert not _imported(path) & (_DOORS | _FRAMEWORKS)


@pytest.mark.parametrize("path", _modules("bot", "actions", "console"), ids=str)
def test_no_door_imports_another_door(path: Path) -> None:
    own = path.relative_to(_ROOT).parts[0]
    assert not _imported(path) & (_DOORS - {own})


@pytest.mark.parametrize("path", _modules("bot", "actions", "console", "desk", "ops"), ids=str)
def test_only_the_rasa_side_of_bot_imports_rasa(path: Path) -> None:
    inside = path.relative_to(_ROOT).as_posix()
    if not inside.startswith("bot/nlu/"):
        assert "rasa" not in _imported(path)


@pytest.mark.parametrize("path", _modules("bot", "actions", "console", "desk", "ops"), ids=str)
def test_settings_alone_read_the_environment(path: Path) -> None:
    inside = path.relative_to(_ROOT).as_posix()
    if inside.startswith("ops/") or inside == "desk/settings.py":
        pytest.skip("reads it on purpose")
    assert not re.search(r"environ(\[|\.get)|getenv", path.read_text())


@pytest.mark.parametrize("path", _modules("bot", "actions", "console", "desk", "ops", "tests"), ids=str)
def test_no_file_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_no_two_test_files_have_one_name() -> None:
    names = Counter(path.name for path in _modules("tests") if path.name.startswith("test_"))
    assert [name for name, count in names.items() if count > 1] == []  # pytest would take them for one module


@pytest.mark.parametrize("path", sorted((_ROOT / "data" / "regions").rglob("*.yml")), ids=str)
def test_rasa_would_not_take_a_knowledge_file_for_training_data(path: Path) -> None:
    assert not re.search(r"^(nlu|responses|stories|rules|intents|actions):", path.read_text(), re.MULTILINE)


def test_every_topic_has_a_rule_and_a_label() -> None:
    for path in sorted((_ROOT / "data" / "topics").glob("*.yml")):
        content = YAML(typ="safe").load(path)
        (nlu,) = content["nlu"]
        assert nlu["intent"] == path.stem
        assert nlu["metadata"]["label"] == path.stem
        assert {"intent": path.stem} in content["rules"][0]["steps"]


def test_every_label_has_a_name_to_ask_back_with() -> None:
    names = set(YAML(typ="safe").load(_ROOT / "data" / "topic_names.yml"))
    said = [p for folder in ("topics", "talk") for p in (_ROOT / "data" / folder).glob("*.yml")]
    labels = {
        label
        for path in said
        for label in re.findall(r"^  metadata: \{label: (\w+)\}", path.read_text(), re.M)
    }
    assert labels == names


def test_every_topic_has_a_story() -> None:
    told = "\n".join(path.read_text() for path in (_ROOT / "tests" / "stories").glob("*.yml"))
    missing = [p.stem for p in (_ROOT / "data" / "topics").glob("*.yml") if f"topic: {p.stem}\n" not in told]
    assert not missing


def test_every_action_of_the_domain_is_served_and_every_served_one_is_in_the_domain() -> None:
    from actions.__main__ import _ROOMS

    served = {name for room in _ROOMS for name in room.ACTIONS}
    assert served == set(YAML(typ="safe").load(_ROOT / "domain.yml")["actions"])


def test_tests_of_the_model_and_the_browser_stand_where_the_makefile_looks_for_them() -> None:
    makefile = (_ROOT / "Makefile").read_text()
    places = {
        "model": ("tests/test_stories.py", "tests/faults", "tests/browser"),
        "browser": ("tests/browser",),
    }
    for mark, wanted in places.items():
        assert all(place in makefile for place in wanted)
        for path in (_ROOT / "tests").rglob("test_*.py"):
            if f"mark.{mark}" in path.read_text() and path != Path(__file__):
                assert path.relative_to(_ROOT).as_posix().startswith(wanted), path


def test_nothing_in_the_repository_names_one_machine() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, text=True, check=True)
    # Written in two parts so that this file does not find itself.
    forbidden = re.compile("/wo" + "rk/|/ro" + "ot/|py" + "pi\\.org|npmjs\\.o" + "rg")
    for name in filter(None, files.stdout.split("\0")):
        path = _ROOT / name
        if path.suffix not in {".png", ".ico"} and path.exists():
            assert not forbidden.search(path.read_text(errors="ignore")), name
    assert not (_ROOT / ".python-version").exists()


def test_every_promise_of_the_readme_names_a_test_that_is_there() -> None:
    promised = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (_ROOT / "README.md").read_text())
    assert len(promised) >= 7
    for path, name in promised:
        assert re.search(rf"^(?:async )?def {name}\(", (_ROOT / path).read_text(), re.M), f"{path}::{name}"
