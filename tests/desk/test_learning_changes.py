"""What was approved, as one change that git really applies to the files as they lie now."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from sqlalchemy.engine import Engine

from desk.learning import Clash, Proposals, Story, Unfit
from tests.desk.learning_room import ATLAS, NAMES, NEW, STORY, labelled, line, repository
from tests.desk.ticket_room import Moment


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository")


@pytest.fixture
def proposals(engine: Engine, data: Path, now: Moment) -> Proposals:
    return Proposals(engine, data, NAMES, ATLAS, now)


def apply(data: Path, patch: bytes) -> None:
    for check in (["--check"], []):
        told = subprocess.run(
            ["git", "apply", *check, "-"], cwd=data.parent, input=patch, capture_output=True, check=False
        )
        assert told.returncode == 0, told.stderr.decode()


def examples(data: Path, topic: str) -> list[str]:
    (nlu,) = YAML(typ="safe").load(data / "topics" / f"{topic}.yml")["nlu"]
    assert nlu["intent"] == topic
    return str(nlu["examples"]).splitlines()


def test_git_takes_the_change_and_the_files_stay_whole(
    proposals: Proposals, engine: Engine, data: Path
) -> None:
    before = {topic: examples(data, topic) for topic in ("materials", "chitchat")}
    made = [line(proposals, engine, text) for text in NEW[:2]]
    made.append(line(proposals, engine, NEW[2], label="materials"))
    made.append(proposals.propose_line(labelled(engine, "骡马会几点开锣", "chitchat"), "运维01"))
    made.append(proposals.propose_story(labelled(engine, STORY.say), "运维01", STORY))
    for one in made:
        proposals.approve(one.id, "运维02")
    batch, patch = proposals.download("运维01")
    assert batch == 1
    apply(data, patch)
    assert examples(data, "materials") == before["materials"] + [f"- {text}" for text in NEW[:3]]
    assert examples(data, "chitchat") == [*before["chitchat"], "- 骡马会几点开锣"]
    (story,) = YAML(typ="safe").load(data.parent / "tests" / "stories" / "learnt.yml")
    assert story["turns"] == [{"say": STORY.say, "hear": ["社会保障卡"], "never": ["内蒙古"]}]
    assert {one.state for one in proposals.all()} == {"downloaded"}
    # The next test joins the file that is there now.
    second = Story("又一个", "骡子过磅处的收据算几样", ("社会保障卡",))
    proposals.approve(proposals.propose_story(labelled(engine, second.say), "运维01", second).id, "运维02")
    apply(data, proposals.download("运维01")[1])
    stories = YAML(typ="safe").load(data.parent / "tests" / "stories" / "learnt.yml")
    assert [one["story"] for one in stories] == ["要传几样", "又一个"]


def test_the_change_tells_first_who_proposed_and_who_approved(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    proposals.approve(made.id, "运维02")
    summary = proposals.changes().decode().partition("diff --git")[0]
    assert f"“{NEW[0]}”　提出：运维01　批准：运维02（2026-11-21）" in summary
    assert "共 1 条" in summary


def test_looking_at_the_change_leaves_everything_as_it_is(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    proposals.approve(made.id, "运维02")
    assert proposals.changes() == proposals.changes()
    assert [one.state for one in proposals.all()] == ["approved"]


def test_only_what_was_approved_goes_out_and_once(proposals: Proposals, engine: Engine) -> None:
    with pytest.raises(Unfit) as raised:
        proposals.download("运维01")
    assert raised.value.reason == "nothing"
    first, second = (line(proposals, engine, text) for text in NEW[:2])
    proposals.approve(first.id, "运维02")
    batch, patch = proposals.download("运维01")
    assert NEW[0] in patch.decode() and NEW[1] not in patch.decode()
    with pytest.raises(Unfit):
        proposals.download("运维01")
    assert proposals.again(batch) == patch
    proposals.approve(second.id, "运维02")
    assert proposals.download("运维01")[0] == 2


def test_a_line_that_somebody_added_meanwhile_is_a_clear_conflict(
    proposals: Proposals, engine: Engine, data: Path
) -> None:
    made = line(proposals, engine, NEW[0])
    proposals.approve(made.id, "运维02")
    file = data / "topics" / "office.yml"
    file.write_text(file.read_text().replace("  examples: |\n", f"  examples: |\n    - {NEW[0]}\n"))
    with pytest.raises(Clash) as raised:
        proposals.download("运维01")
    (sentence,) = raised.value.sentences
    assert NEW[0] in sentence and "冲突" in sentence and "去哪个机构办" in sentence
    assert [one.state for one in proposals.all()] == ["approved"]
    proposals.reject(made.id, "运维02", "已经有了")
    with pytest.raises(Unfit):
        proposals.changes()


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        (None, "已经不在了"),
        ("nlu: []\n", "格式变了"),
        ("version: [\n  examples: |\n    - 甲\n", "不是正确的 YAML"),
    ],
)
def test_a_file_that_changed_its_shape_is_a_clear_conflict(
    proposals: Proposals, engine: Engine, data: Path, text: str | None, piece: str
) -> None:
    proposals.approve(line(proposals, engine, NEW[0]).id, "运维02")
    file = data / "topics" / "materials.yml"
    file.unlink()
    if text:
        file.write_text(text)
    with pytest.raises(Clash) as raised:
        proposals.changes()
    assert "materials" in raised.value.sentences[0] and piece in raised.value.sentences[0]


def test_a_file_without_a_last_line_end_is_changed_all_the_same(
    proposals: Proposals, engine: Engine, data: Path
) -> None:
    file = data / "topics" / "materials.yml"
    file.write_text(file.read_text().rstrip("\n"))
    short = data.parent / "tests" / "stories" / "learnt.yml"
    short.parent.mkdir(parents=True)
    short.write_text("- story: 旧的\n  topic: human\n  turns:\n  - say: 找人\n    hear: ['12333']")
    proposals.approve(line(proposals, engine, NEW[0]).id, "运维02")
    made = proposals.propose_story(labelled(engine, STORY.say), "运维01", STORY)
    proposals.approve(made.id, "运维02")
    apply(data, proposals.changes())
    assert examples(data, "materials")[-1] == f"- {NEW[0]}"
    assert [one["story"] for one in YAML(typ="safe").load(short)] == ["旧的", "要传几样"]


def test_a_line_is_shown_in_its_file_before_it_is_proposed(
    proposals: Proposals, engine: Engine, data: Path
) -> None:
    item = labelled(engine, NEW[0])
    shown = proposals.preview_line(item)
    assert proposals.all() == [] and f"+    - {NEW[0]}\n" in shown
    made = proposals.propose_line(item, "运维01")
    assert proposals.diff(made) == shown
    apply(data, shown.encode())
    with pytest.raises(Unfit) as raised:
        proposals.preview_line(item)
    assert raised.value.reason == "duplicate"


def test_the_change_calls_the_staff_by_their_names(engine: Engine, data: Path, now: Moment) -> None:
    names = {"运维01": "杨帆", "运维02": "段丽"}
    proposals = Proposals(engine, data, NAMES, ATLAS, now, people=lambda: names)
    proposals.approve(line(proposals, engine, NEW[0]).id, "运维02")
    assert "提出：杨帆　批准：段丽" in proposals.changes().decode()


def test_why_somebody_cannot_decide_is_told_beforehand(proposals: Proposals, engine: Engine) -> None:
    made = line(proposals, engine, NEW[0])
    assert "另一个人" in proposals.why_not(made, "approve", "运维01")
    assert [proposals.why_not(made, move, "运维02") for move in ("approve", "reject")] == ["", ""]
    assert proposals.why_not(made, "withdraw", "运维01") == ""
