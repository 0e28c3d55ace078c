from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.topics import read_topic_names

DATA = Path(__file__).parents[2] / "data"


def test_every_topic_has_a_name_and_every_name_a_topic() -> None:
    assert set(read_topic_names(DATA / "topic_names.yml")) == {
        p.stem for p in (DATA / "topics").glob("*.yml")
    }


def test_names_are_told_apart_and_fit_a_button() -> None:
    names = list(read_topic_names(DATA / "topic_names.yml").values())
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 16


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("materials: ''", "materials: should be a name"),
        ("materials: '  '", "materials: should be a name"),
        ("materials: 12", "materials: should be a name"),
        ("materials: [要带什么]", "materials: should be a name"),
        ("- materials", "file: should be entries like"),
        ("", "file: should be entries like"),
        ("materials: [", "file: is not YAML in UTF-8"),
    ],
)
def test_a_fault_is_named_with_its_file(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "topic_names.yml"
    path.write_text(text)
    with pytest.raises(DataFault) as raised:
        read_topic_names(path)
    (found,) = raised.value.faults
    assert found.startswith(f"{path}: {fault}")


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "topic_names.yml"
    path.write_text("materials: 1\nprocess: 怎么申领\noffice:\n")
    with pytest.raises(DataFault) as raised:
        read_topic_names(path)
    assert [fault.partition(": ")[2] for fault in raised.value.faults] == [
        "materials: should be a name",
        "office: should be a name",
    ]


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFault) as raised:
        read_topic_names(tmp_path / "none.yml")
    assert raised.value.faults == [f"{tmp_path / 'none.yml'}: file: is missing"]
