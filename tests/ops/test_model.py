from __future__ import annotations

import io
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.model import fingerprint, main, model_path, train, training_seconds

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything a model could be made from, and the working directory."""
    for name in ("data", "bot", "desk"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(path: Path) -> bool:
    """Whether a change of one file makes another model."""
    before = fingerprint()
    path.write_bytes(path.read_bytes() + b"\n# one more line\n")
    return fingerprint() != before


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "data/topics/materials.yml",
        "data/talk/greeting.yml",
        "data/regions/kunming/places.yml",
        "bot/nlu/reader.py",
        "desk/place_sounds.py",
        "bot/nlu/intents.py",
        "bot/nlu/heads.py",
        "bot/nlu/encoder.py",
        "desk/spelling.py",
        "data/vocabulary.yml",
        "desk/places.py",
        "desk/place_context.py",
        "desk/place_data.py",
        "desk/place_sounds.py",
        "desk/text.py",
    ],
)
def test_whatever_shapes_the_model_makes_a_new_one(project: Path, name: str) -> None:
    assert changed(project / name)


@pytest.mark.parametrize(
    "name",
    [
        "data/regions/kunming/materials.yml",
        "data/regions/china/eligibility.yml",
        "data/regions/kunming/region.yml",
        "data/limits.yml",
        "data/triage.yml",
        "data/demo/claims.csv",
        "data/calendar/2026.yml",
        "desk/guide.py",
        "bot/gateway/web.py",
    ],
)
def test_a_card_or_a_rule_of_the_desk_needs_no_training(project: Path, name: str) -> None:
    assert not changed(project / name)


def test_a_new_topic_a_removed_one_and_a_renamed_one_each_make_a_new_model(project: Path) -> None:
    seen = [fingerprint()]
    topic = project / "data" / "topics" / "materials.yml"
    shutil.copy(topic, topic.with_name("another.yml"))
    seen.append(fingerprint())
    topic.unlink()
    seen.append(fingerprint())
    topic.with_name("another.yml").rename(topic.with_name("third.yml"))
    seen.append(fingerprint())
    assert len(set(seen)) == 4


def test_the_same_files_elsewhere_and_files_of_editors_change_nothing(project: Path) -> None:
    before = fingerprint()
    (project / "data" / "topics" / "materials.yml~").write_text("x")
    (project / "data" / "topics" / ".DS_Store").write_text("x")
    (project / "var").mkdir()
    assert fingerprint() == before


def test_a_model_that_is_there_is_not_trained_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = model_path(project / "var")
    path.parent.mkdir(parents=True)
    _archive(path)
    assert train(project / "var") == path
    assert "没有变化" in capsys.readouterr().out


@pytest.mark.parametrize("harm", [lambda whole: whole[: len(whole) // 2], lambda _: b"", lambda _: b"<html>"])
def test_a_model_file_that_is_cut_off_or_none_is_trained_anew(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[bytes], bytes],
) -> None:
    path, commands = model_path(project / "var"), trains(monkeypatch)
    path.parent.mkdir(parents=True)
    _archive(path)
    path.write_bytes(harm(path.read_bytes()))
    assert train(project / "var") == path
    assert path.read_bytes() == b"a model"
    assert len(commands) == 1
    assert f"模型文件坏了，重新训练：{path.name}" in capsys.readouterr().out


def test_another_model_under_the_name_of_ours_is_trained_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = trains(monkeypatch)
    path = train(project / "var")
    assert train(project / "var") == path
    assert len(commands) == 1
    _archive(path)
    train(project / "var")
    assert path.read_bytes() == b"a model"
    assert len(commands) == 2


def _archive(path: Path) -> None:
    """A file that looks like a model of Rasa's."""
    with tarfile.open(path, "w:gz") as archive:
        told = tarfile.TarInfo("metadata.json")
        told.size = 30_000
        archive.addfile(told, io.BytesIO(random.Random(1).randbytes(told.size)))


def test_a_command_that_does_not_exist_says_which_there_are(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_VAR", str(project / "var"))
    assert main(["nonesuch"]) == 2
    assert "train [CONFIG]|validate|path [CONFIG]" in capsys.readouterr().err
    assert main(["path"]) == 0
    assert capsys.readouterr().out.strip() == str(model_path(project / "var"))


STOCK = "recipe: default.v1\nlanguage: zh\npipeline: [{name: KeywordIntentClassifier}]\n"


def trains(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let `rasa train` write a small file instead of a model; return the commands given to it."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        folder, name = (command[command.index(key) + 1] for key in ("--out", "--fixed-model-name"))
        (Path(folder) / f"{name}.tar.gz").write_bytes(b"a model")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("ops.model.subprocess.run", run)
    return commands


def test_another_configuration_makes_another_model_in_a_folder_of_its_own(project: Path) -> None:
    (project / "stock.yml").write_text(STOCK)
    own, other = model_path(project / "var"), model_path(project / "var", "stock.yml")
    assert own.name != other.name
    assert own.parent != other.parent


def test_other_data_and_another_domain_make_other_models(project: Path) -> None:
    shutil.copy(project / "domain.yml", project / "other.yml")
    (project / "other.yml").open("a").write("\n# one more line\n")
    var = project / "var"
    paths = {model_path(var), model_path(var, data=["data/topics"]), model_path(var, domain="other.yml")}
    assert len({path.name for path in paths}) == 3


def test_our_components_do_not_shape_a_model_that_has_none_of_them(project: Path) -> None:
    (project / "stock.yml").write_text(STOCK)
    before = fingerprint("stock.yml")
    (project / "bot" / "nlu" / "reader.py").open("a").write("\n# one more line\n")
    assert fingerprint("stock.yml") == before


def test_many_models_of_other_configurations_leave_the_own_one_in_place(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trains(monkeypatch)
    own = train(project / "var")
    for number in range(9):
        (project / "stock.yml").write_text(f"{STOCK}# {number}\n")
        newest = train(project / "var", "stock.yml")
    assert own.exists()
    assert newest.exists()
    assert len(list(newest.parent.glob("*.tar.gz"))) < 9


def test_a_model_says_how_long_its_training_took_and_what_was_trained(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = trains(monkeypatch)
    (project / "stock.yml").write_text(STOCK)
    monkeypatch.setenv("DESK_VAR", str(project / "var"))
    assert main(["train", "stock.yml"]) == 0
    assert "stock.yml" in commands[0]
    assert "--force" in commands[0]  # nothing of an earlier training in Rasa's own cache
    assert training_seconds(model_path(project / "var", "stock.yml")) is not None
    assert training_seconds(model_path(project / "var")) is None
