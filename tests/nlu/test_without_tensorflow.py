"""Rasa is imported without TensorFlow for a model that has no component which needs it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bot.nlu.without_tensorflow import leave_out_tensorflow

_START = """
import sys
from pathlib import Path
from bot.nlu.without_tensorflow import leave_out_tensorflow
left_out = leave_out_tensorflow(Path(sys.argv[1]))
if left_out:
    import rasa.core.agent, rasa.engine.recipes.default_recipe
    import tensorflow
    assert tensorflow.__spec__.origin is None, "the real one was imported"
print("left out" if left_out else "there")
"""
_OURS = (
    "bot.nlu.intents.LinearIntentClassifier",
    "bot.nlu.rules.Rules",
    "rasa.core.policies.rule_policy.RulePolicy",
)
_DIET = "rasa.nlu.classifiers.diet_classifier.DIETClassifier"


def model(folder: Path, metadata: bytes) -> Path:
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(metadata)
        archive.addfile(member, io.BytesIO(metadata))
    return path


def metadata(*uses: str) -> bytes:
    nodes = {str(place): {"uses": each} for place, each in enumerate(uses)}
    return json.dumps({"predict_schema": {"nodes": nodes}}).encode()


def started(path: Path) -> str:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _START, str(path)], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_model_of_ours_starts_without_it(tmp_path: Path) -> None:
    assert started(model(tmp_path, metadata(*_OURS))) == "left out"


@pytest.mark.parametrize("content", [metadata(*_OURS, _DIET), b"no json", b"[]"])
def test_what_needs_it_or_is_no_model_is_left_to_rasa_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert started(model(tmp_path, content)) == "there"


def test_a_file_that_is_cut_off_anywhere_raises_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    path = model(tmp_path, metadata(*_OURS))
    whole = path.read_bytes()
    told = set()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        told.add(leave_out_tensorflow(path))
    assert False in told  # the rest may be read, and is cut off behind


def test_a_file_that_is_not_there_is_left_to_rasa(tmp_path: Path) -> None:
    assert started(tmp_path / "none.tar.gz") == "there"


def test_nothing_of_ours_imports_it() -> None:
    files = [path for path in Path("bot").rglob("*.py") if path.name != "without_tensorflow.py"]
    assert files
    wanted = re.compile(r"^\s*(import|from) (tensorflow|keras)", re.MULTILINE)
    assert not [path for path in files if wanted.search(path.read_text())]
