"""Names of places in what people type: found where meant, not found in ordinary talk."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.places import Gazetteer, Mention

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "tests" / "data"


@pytest.fixture(scope="module")
def kunming() -> Gazetteer:
    return Gazetteer(ROOT / "data", "kunming")


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def lines(name: str) -> list[str]:
    return (TABLES / name).read_text(encoding="utf-8").splitlines()


def names(mentions: list[Mention]) -> str:
    return "|".join(mention.name for mention in mentions)


@pytest.mark.parametrize("row", rows("sentences_with_places.tsv"), ids=lambda row: row["text"])
def test_a_place_that_is_meant_is_found(kunming: Gazetteer, row: dict[str, str]) -> None:
    assert names(kunming.find(row["text"])) == row["names"]


@pytest.mark.parametrize("text", lines("sentences_without_places.txt"))
def test_ordinary_talk_names_no_place(kunming: Gazetteer, text: str) -> None:
    assert kunming.find(text) == []


@pytest.mark.parametrize("row", rows("kunming_townships_mca_20251231.tsv"), ids=lambda row: row["name"])
def test_every_township_is_found_whole_under_its_full_name(kunming: Gazetteer, row: dict[str, str]) -> None:
    (mention,) = kunming.find(f"我在{row['name']}上班")
    assert (mention.text, mention.name, mention.exact) == (row["name"], row["name"], True)


@pytest.mark.parametrize("row", rows("kunming_townships_mca_20251231.tsv"), ids=lambda row: row["name"])
def test_a_district_before_a_township_is_found_too(kunming: Gazetteer, row: dict[str, str]) -> None:
    found = kunming.find(f"{row['district']}{row['name']}")
    assert len(found) == 2
    assert found[1].name == row["name"]


def test_every_spelling_in_the_data_is_found_whole_when_said_alone(kunming: Gazetteer) -> None:
    for place in kunming.places():
        (mention,) = kunming.find(place.name)
        assert mention.text == place.name


@pytest.mark.parametrize("text", ["  在呈貢區 上班", "𝟏我在五 华 区的", "…㎡在東川", "\u200b禄\u200b劝县"])
def test_offsets_point_into_the_text_as_typed(kunming: Gazetteer, text: str) -> None:
    (mention,) = kunming.find(text)
    assert text[mention.start : mention.end] == mention.text


def test_a_name_of_the_same_sound_says_that_it_is_not_exact(kunming: Gazetteer) -> None:
    (mention,) = kunming.find("我在成贡上班")
    assert (mention.text, mention.exact, mention.score < 1) == ("成贡", False, True)


def test_sound_is_not_tried_when_a_name_stands_there_exactly(kunming: Gazetteer) -> None:
    assert names(kunming.find("五化和官渡")) == "官渡区"


@pytest.mark.parametrize("office", ["社保局", "人社局", "就业局", "政务服务中心", "就业局失业保险科"])
def test_the_name_of_a_bureau_after_a_place_is_taken_along(kunming: Gazetteer, office: str) -> None:
    (mention,) = kunming.find(f"西山区{office}")
    assert mention.name == "西山区"
    assert mention.end >= len("西山区就业局")


@pytest.mark.parametrize("text", ["", " ", "\n", "😀", "。。。", "a", "区", "五", "/intent{}"])
def test_a_text_without_words_names_no_place(kunming: Gazetteer, text: str) -> None:
    assert kunming.find(text) == []


def test_a_region_without_places_finds_nothing(tmp_path: Path) -> None:
    assert Gazetteer(tmp_path, "nowhere").find("五华区") == []


def test_a_faulty_file_is_refused_with_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "regions" / "small"
    folder.mkdir(parents=True)
    (folder / "places.yml").write_text("checked: 2026-11-21\nareas: [{name: 甲区}]\n", encoding="utf-8")
    with pytest.raises(DataFault, match=r"places\.yml: areas: 甲区: has neither row nor why"):
        Gazetteer(tmp_path, "small")
