"""A position that a citizen sends: the address that the map writes under it, or only a point on the map."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from desk.centres import read_centres
from desk.errors import DataFault
from desk.offices import Ambiguous, Choice, Found, NoOffice, Offices, Unknown, check
from desk.present import office_body
from tests.desk.test_offices import DATA, numbers, rows, small_city

CENTRES = """
source: {title: 某地图, clause: "", number: ""}
source_date: 2026-01-05
checked: 2026-11-21
reach: 60
centres:
  - {area: 甲区, longitude: 102.5, latitude: 25.0}
"""


@pytest.fixture(scope="module")
def kunming() -> Offices:
    return Offices(DATA, "kunming")


@pytest.mark.parametrize(
    ("label", "district"),
    [
        ("云南省昆明市五华区人民中路", "五华区"),
        ("昆明市官渡区关上街道关兴路", "官渡区"),
        ("中国云南省昆明市五华区护国路", "五华区"),
        ("云南省昆明市石林彝族自治县鹿阜街道石林北路", "石林县"),
        ("云南省昆明市禄劝彝族苗族自治县屏山街道五星路", "禄劝县"),
        ("云南省昆明市宜良县匡远街道环城西路31号", "宜良县"),
        ("云南省昆明市安宁市太平新城街道", "安宁市"),
        ("翠湖宾馆(五华区翠湖南路6号)", "五华区"),
        # A road of several districts, or one that is called after another district or lies in one mostly.
        ("云南省昆明市盘龙区北京路", "盘龙区"),
        ("云南省昆明市西山区广福路", "西山区"),
        ("云南省昆明市五华区龙泉路", "五华区"),
        ("云南省昆明市富民县安宁路", "富民县"),
        ("云南省昆明市官渡区石林路", "官渡区"),
        # Houses that carry the name of a place far away.
        ("云南省昆明市盘龙区上海东盟大厦", "盘龙区"),
        ("云南省昆明市五华区北京大学云南校友会", "五华区"),
        ("云南省昆明市盘龙区桃源街曲靖会馆", "盘龙区"),
        # A township of two readings, decided by what stands behind it.
        ("云南省昆明市呈贡区洛羊街道信息产业基地春漫大道", "经开区"),
    ],
)
def test_the_district_of_an_address_decides(kunming: Offices, label: str, district: str) -> None:
    answer = kunming.office_for(label)
    assert isinstance(answer, Found)
    assert answer.office.district == district


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("云南省昆明市官渡区长水街道昆明长水国际机场", {4, None}),
        ("昆明长水国际机场(T1航站楼)", {4, None}),
        ("云南省昆明市宜良县汤池街道", {11, 17}),
        ("云南省昆明市呈贡区马金铺街道", {7, None}),
        ("云南省昆明市五华区黑林铺街道昆明高新技术产业开发区", {2, None}),
        ("云南省昆明市官渡区经开区", {4, 6}),
        ("五华区西山区交界", {2, 5}),
    ],
)
def test_an_address_in_two_areas_is_asked_back(kunming: Offices, label: str, wanted: set[int | None]) -> None:
    answer = kunming.office_for(label)
    assert isinstance(answer, Ambiguous)
    assert numbers(answer) == wanted


@pytest.mark.parametrize(
    "label",
    [
        "云南省曲靖市麒麟区麒麟南路",
        "云南省曲靖市麒麟区官渡路",
        "云南省楚雄彝族自治州禄丰市安宁路",
        "云南省玉溪市红塔区",
        "北京市朝阳区建国路",
        "四川省成都市武侯区",
        "湖南省长沙市岳麓区官渡镇",
        "内蒙古自治区呼和浩特市新城区",
    ],
)
def test_an_address_elsewhere_is_told_as_elsewhere(kunming: Offices, label: str) -> None:
    answer = kunming.office_for(label)
    assert isinstance(answer, NoOffice)
    assert answer.hotline.phone == "12333"
    assert answer.near == ()


@pytest.mark.parametrize("label", ["", "云南省昆明市", "人民中路"])
def test_an_address_without_a_district_is_not_understood(kunming: Offices, label: str) -> None:
    assert isinstance(kunming.office_for(label), Unknown)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("昆明市五华区还是西山区", {2, 5}),
        ("我住昆明市五华区，社保交在官渡", {4}),
        ("昆明市五华区转到官渡", {2, 4}),
    ],
)
def test_talk_about_places_is_not_taken_for_an_address(
    kunming: Offices, words: str, wanted: set[int | None]
) -> None:
    assert numbers(kunming.office_for(words)) == wanted


@pytest.mark.parametrize("words", ["四川成都", "曲靖还是大理"])
def test_several_places_elsewhere_are_one_plain_no(kunming: Offices, words: str) -> None:
    assert isinstance(kunming.office_for(words), NoOffice)


@pytest.mark.parametrize(
    ("latitude", "longitude", "first"),
    [
        (25.0406, 102.7123, "五华区"),
        (24.8856, 102.8217, "呈贡区"),
        (26.0829, 103.1878, "东川区"),
        (24.7718, 103.2905, "石林县"),
        (25.9, 102.5, "禄劝县"),
    ],
)
def test_a_point_is_asked_back_with_the_three_nearest(
    kunming: Offices, latitude: float, longitude: float, first: str
) -> None:
    answer = kunming.office_near(latitude, longitude)
    assert isinstance(answer, Ambiguous)
    assert answer.candidates[0].place == first
    assert len(answer.candidates) == 3
    assert all(choice.row for choice in answer.candidates)
    assert "参保地" in answer.advice


@pytest.mark.parametrize(
    ("latitude", "longitude", "choice"),
    [(25.10, 102.93, Choice("官渡区", 4, "官渡区")), (26.35, 102.45, Choice("禄劝县", 15, "禄劝县"))],
    ids=["the airport", "the far north, on the river"],
)
def test_a_corner_of_a_district_is_still_offered_it(
    kunming: Offices, latitude: float, longitude: float, choice: Choice
) -> None:
    answer = kunming.office_near(latitude, longitude)
    assert isinstance(answer, Ambiguous)
    assert choice in answer.candidates


def test_the_question_back_says_that_other_districts_can_be_named(kunming: Offices) -> None:
    body = office_body(kunming.office_near(25.04, 102.71))
    assert "您发来的位置" in body["text"] and "直接说区县" in body["text"]
    assert body["buttons"][0]["title"] == "五华区"


NOWHERE = [(0.0, 0.0), (102.7, 25.0), (-25.0, 102.7), (1e300, 1e300)]
NOT_A_NUMBER = [(math.nan, 102.7), (25.0, math.nan), (math.inf, -math.inf)]


@pytest.mark.parametrize(("latitude", "longitude"), [(39.9, 116.4), (21.68, 100.0), *NOWHERE, *NOT_A_NUMBER])
def test_a_point_far_away_or_nowhere_has_no_office(
    kunming: Offices, latitude: float, longitude: float
) -> None:
    answer = kunming.office_near(latitude, longitude)
    assert isinstance(answer, NoOffice)
    assert (answer.fallback.row, answer.hotline.phone, answer.near) == (1, "12333", ())
    assert "请告诉我区县" in answer.reason


def test_each_of_the_fourteen_districts_has_a_point(kunming: Offices) -> None:
    faults: list[str] = []
    points = read_centres(DATA / "regions" / "kunming" / "centres.yml", faults).points
    assert faults == []
    districts = {row["district"] for row in rows("kunming_townships_mca_20251231.tsv")}
    places = [kunming.gazetteer.place(name) for name in districts]
    assert set(points) == {place.name for place in places if place}
    assert len(points) == 14


def test_a_region_without_points_asks_in_words(tmp_path: Path) -> None:
    city = Offices(small_city(tmp_path), "small")
    assert isinstance(city.office_near(25.0, 102.5), Unknown)
    assert isinstance(
        Offices(small_city(tmp_path, centres=CENTRES), "small").office_near(25, 102.5), Ambiguous
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("area: 甲区", "area: 丙区", "丙区 is not one of the areas"),
        ("latitude: 25.0", "latitude: 25", "latitude should be a number like 102.5"),
        ("102.5, latitude: 25.0", "25.0, latitude: 102.5", "甲区: is not in China"),
        ("centres:", "centres:\n  - {area: 甲区, longitude: 102.5, latitude: 25.1}", "甲区: is there twice"),
        ("reach: 60\n", "", "reach is missing"),
        ("{title: 某地图, ", "{", "title is missing"),
    ],
)
def test_a_fault_in_the_points_is_told_with_its_path(tmp_path: Path, old: str, new: str, fault: str) -> None:
    faults = check(small_city(tmp_path, centres=CENTRES.replace(old, new)))
    assert any(fault in one and f"{tmp_path}" in one for one in faults), faults


def test_faulty_points_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(DataFault):
        Offices(small_city(tmp_path, centres="centres: 3"), "small")
