"""Which office: every row of the guide, every name of a place, and an honest answer where there is none."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from desk.errors import DataFault, NotFound
from desk.offices import Ambiguous, Answer, Choice, Found, NoOffice, Offices, Unknown, check

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "tests" / "data"
DATA = ROOT / "data"


@pytest.fixture(scope="module")
def kunming() -> Offices:
    return Offices(DATA, "kunming")


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def colloquial() -> list[tuple[str, str, set[int]]]:
    """Every colloquial name with how sure it is and the rows it can mean."""
    found = []
    for row in rows("kunming_places.tsv"):
        numbers = {int(number) for number in row["seed_office_rows"].split("|") if number}
        names = row["alias(|分隔)"].replace("/", "|").split("|")
        found.extend((name, row["confidence"], numbers) for name in names)
    return found


def numbers(answer: Answer) -> set[int | None]:
    """The rows an answer offers, sure or not."""
    if isinstance(answer, Found):
        return {answer.office.row}
    if isinstance(answer, Ambiguous):
        return {choice.row for choice in answer.candidates}
    return {choice.row for choice in answer.near} if isinstance(answer, NoOffice) else set()


OVERLAPS = {"阿拉", "洛羊", "七甸", "汤池", "马金铺", "大渔", "大板桥", "长水", "小哨"}


@pytest.mark.parametrize("row", rows("kunming_offices.tsv"), ids=lambda row: row["name"])
def test_every_row_is_as_the_guide_gives_it(kunming: Offices, row: dict[str, str]) -> None:
    office = kunming.by_row(int(row["row"]))
    assert (office.name, office.address, office.bank) == (row["name"], row["address"], row["bank"])
    assert office.phones == tuple(row["phones"].split("、"))
    assert (office.source.title, office.source_date) == ("昆明市失业保险金网上申领指南", None)
    assert office.checked >= date(2026, 11, 21)


@pytest.mark.parametrize("row", rows("kunming_offices.tsv"), ids=lambda row: row["name"])
def test_the_district_and_the_name_of_an_office_lead_to_it(kunming: Offices, row: dict[str, str]) -> None:
    for words in (
        row["district"],
        row["name"],
        f"{row['district']}失业金去哪里领",
        f"我在{row['district']}参保",
    ):
        answer = kunming.office_for(words)
        assert isinstance(answer, Found), words
        assert answer.office.row == int(row["row"])
        assert "参保地" in answer.advice
        assert "打电话" in answer.advice


def test_the_seventeen_rows_state_their_four_facts_each_once(kunming: Offices) -> None:
    facts = [fact for office in kunming.all() for fact in office.facts]
    assert facts == [f"S1-{number:03d}" for number in range(96, 164)]


def test_a_row_that_is_not_there_is_told_as_not_found(kunming: Offices) -> None:
    with pytest.raises(NotFound):
        kunming.by_row(18)


def test_anning_keeps_the_row_of_the_guide_and_carries_the_later_value(kunming: Offices) -> None:
    office = kunming.by_row(9)
    assert office.phones == ("68688041",)
    assert office.later is not None
    assert (office.later.address, office.later.phones) == ("安宁市政务中心412号窗口", ("0871-68690687",))
    assert (office.later.date, office.later.hours) == (date(2025, 6, 17), "工作日 9:00-12:00、13:30-17:00")
    assert "安宁市人民政府网" in office.later.source.title


def test_landlines_are_dialled_with_the_area_code_and_mobiles_are_not(kunming: Offices) -> None:
    assert kunming.by_row(10).dialled == ("0871-62138526", "0871-62138524")
    assert kunming.by_row(16).dialled == ("13354909010",)


@pytest.mark.parametrize("row", rows("kunming_townships_mca_20251231.tsv"), ids=lambda row: row["name"])
def test_every_township_leads_to_its_office_or_to_a_question(kunming: Offices, row: dict[str, str]) -> None:
    answer = kunming.office_for(row["name"])
    district = kunming.office_for(row["district"])
    assert isinstance(district, Found)
    assert district.office.row in numbers(answer)
    overlaps = row["name"].removesuffix("街道") in OVERLAPS
    assert isinstance(answer, Ambiguous if overlaps else Found)


@pytest.mark.parametrize(("name", "sure", "wanted"), colloquial())
def test_every_colloquial_name_leads_where_the_list_says(
    kunming: Offices, name: str, sure: str, wanted: set[int]
) -> None:
    for words in (name, f"我在{name}附近上班"):
        answer = kunming.office_for(words)
        if "追问" in sure:
            assert isinstance(answer, Ambiguous | NoOffice)
            assert wanted <= numbers(answer)
        else:
            assert isinstance(answer, Found)
            assert {answer.office.row} == wanted


def test_a_name_from_common_knowledge_asks_to_check_again(kunming: Offices) -> None:
    answer = kunming.office_for("同德广场")
    assert isinstance(answer, Found)
    assert "再核对参保地" in answer.note


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("北市区", {3, 2}),
        ("北京路481号", {3, 4}),
        ("环城西路31号", {2, 5, 11}),
        ("螺丝湾", {4, 5}),
        ("马街", {5, 11}),
        ("乌龙", {7, 10}),
        ("乌龍", {7, 10}),
        ("七甸", {7, 17}),
        ("黄土坡", {2, 7}),
        ("官渡区阿拉街道", {4, 6}),
        ("机场", {4, None}),
        ("五华还是西山", {2, 5}),
        ("从五华换到官渡", {2, 4}),
        ("汤池镇办失业金去宜良还是阳宗海", {11, 17}),
    ],
)
def test_a_name_with_several_meanings_is_asked_back(kunming: Offices, words: str, wanted: set[int]) -> None:
    answer = kunming.office_for(words)
    assert isinstance(answer, Ambiguous)
    assert numbers(answer) == wanted


def test_the_title_of_every_choice_sent_back_is_understood_as_that_choice(kunming: Offices) -> None:
    for place in kunming.gazetteer.places():
        answer = kunming.office_for(place.name)
        for choice in answer.candidates if isinstance(answer, Ambiguous) else ():
            chosen = kunming.office_for(choice.title)
            assert isinstance(chosen, NoOffice if choice.row is None else Found)
            assert isinstance(chosen, NoOffice) or chosen.office.row == choice.row


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("石林", 12),
        ("石林街道", 12),
        ("官渡", 4),
        ("马街镇", 11),
        ("乌龙镇", 10),
        ("官渡的螺蛳湾", 4),
        ("经开区阿拉", 6),
        ("祿勸", 15),
        ("成贡", 7),
        ("杨宗海", 17),
        ("不是五华，是西山", 5),
        ("不是五華，是西山", 5),
        ("不在五华在西山", 5),
        ("五华说错了，是西山", 5),
        ("五华，不是西山", 2),
        ("是不是五华", 2),
        ("我不是在五华参保的吗", 2),
        ("不是上海，是五华", 2),
        ("我是宜良马街的，不是昆明西山那个马街", 11),
        ("我住盘龙，社保在官渡交的", 4),
        ("住五华社保在西山", 5),
        ("户口在曲靖，社保交在盘龙", 3),
        ("太平新城属于安宁还是西山", 9),
        ("昆明市就业局", 1),
    ],
)
def test_the_words_around_places_decide_between_them(kunming: Offices, words: str, row: int) -> None:
    answer = kunming.office_for(words)
    assert isinstance(answer, Found)
    assert answer.office.row == row


@pytest.mark.parametrize(
    "words", ["高新区", "滇池度假区", "空港", "磨憨", "轿子山管委会", "省直单位", "曲靖", "满洲里"]
)
def test_a_place_without_an_office_is_told_honestly(kunming: Offices, words: str) -> None:
    answer = kunming.office_for(words)
    assert isinstance(answer, NoOffice)
    assert answer.fallback.row == 1
    assert answer.hotline.phone == "12333"
    assert answer.reason
    assert "参保地" in answer.advice


def test_a_zone_without_an_office_offers_where_its_people_may_be_insured(kunming: Offices) -> None:
    answer = kunming.office_for("高新区")
    assert isinstance(answer, NoOffice)
    assert answer.near == (Choice("五华区", 2, "五华区"), Choice("呈贡区", 7, "呈贡区"))


@pytest.mark.parametrize(
    "words", ["", "你好", "我想问一下失业金", "我在昆明交的社保", "不是五华也不是西山", "😀"]
)
def test_words_without_a_place_stay_unknown(kunming: Offices, words: str) -> None:
    assert kunming.office_for(words) == Unknown(words, kunming.office_for("").advice)


REGION = """
id: small
name: 小城市
scope: 小城市
aliases: [小城]
hotline: {name: 咨询电话, phone: "12333"}
"""
OFFICES = """
source: {title: 小城市办事指南, clause: "", number: ""}
source_date: 2026-01-05
checked: 2026-11-21
area_code: "0999"
fallback: 1
advice: 看最后参保地，先打电话。
offices:
  - {row: 1, name: 小城市失业保险科, district: 甲区, address: 一号楼, bank: 某银行, phones: ["5550001"]}
"""
PLACES = """
checked: 2026-11-21
areas:
  - {name: 甲区, row: 1, names: [甲城]}
  - {name: 乙园, why: 没有记录。, near: [甲区]}
townships:
  甲区: [河湾镇, 长桥街道]
overlaps:
  - {name: 长桥街道, also: [乙园], note: 也可能在乙园。}
"""


def small_city(data: Path, **changed: str) -> Path:
    folder = data / "regions" / "small"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"region": REGION, "offices": OFFICES, "places": PLACES, **changed}.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return data


def test_another_city_is_two_files_and_no_code(tmp_path: Path) -> None:
    city = Offices(small_city(tmp_path), "small")
    found = city.office_for("我在河弯镇上班")
    assert isinstance(found, Found)
    assert (found.office.name, found.office.dialled) == ("小城市失业保险科", ("0999-5550001",))
    assert isinstance(city.office_for("长桥"), Ambiguous)
    assert isinstance(city.office_for("乙园"), NoOffice)
    assert isinstance(city.office_for("五华区"), Unknown)
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("offices", 'phones: ["5550001"]', "phones: []", "row 1: phones is empty"),
        ("offices", "bank: 某银行, ", "", "row 1: bank is missing"),
        ("offices", "fallback: 1", "fallback: 7", "fallback: 7 is not the row"),
        ("offices", "district: 甲区", "district: 丙区", "row 1 of offices.yml is for 丙区"),
        ("places", "row: 1", "row: 8", "row 8 is not in offices.yml"),
        ("places", "near: [甲区]", "near: [丙区]", "near: 丙区 is not one of the areas"),
        ("places", "names: [甲城]", "names: [甲城, 乙园]", "乙园: is written twice"),
        ("places", "长桥街道, also", "短桥街道, also", "短桥街道: is not a township"),
        ("places", "checked:", "chekked:", "unknown key"),
    ],
)
def test_a_fault_in_the_files_is_told_with_its_path(
    tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    text = {"offices": OFFICES, "places": PLACES}[file].replace(old, new)
    faults = check(small_city(tmp_path, **{file: text}))
    assert any(fault in one and f"{tmp_path}" in one for one in faults), faults


def test_a_faulty_table_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(DataFault):
        Offices(small_city(tmp_path, offices="offices: []"), "small")


def test_the_shipped_files_have_no_fault() -> None:
    assert check(DATA) == []
