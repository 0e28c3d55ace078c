from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from desk.claims import ClaimStatus, Stage, assess, review_due
from desk.errors import DataFault
from desk.guide import Question
from desk.reckoning import Reckoned, reckon
from desk.regions import Atlas, load_atlas
from desk.workdays import Workdays

DATA = Path(__file__).parents[2] / "data"
DAY = date(2026, 11, 21)
Tell = Callable[..., str]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas(DATA)


@pytest.fixture(scope="module")
def workdays() -> Workdays:
    return Workdays(DATA / "calendar")


@pytest.fixture
def tell(atlas: Atlas, workdays: Workdays) -> Tell:
    """Return the line for some words, "" where there is none."""

    def line(
        text: str,
        topic: str = "amount_duration",
        aspect: str | None = "months",
        region: str = "kunming",
        day: date = DAY,
    ) -> str:
        found = reckon(Question(topic, aspect, text, region, day), atlas, workdays)
        return found.text if found else ""

    return line


def reviewed(
    atlas: Atlas, workdays: Workdays, text: str, topic: str = "review_time", day: date = DAY
) -> Reckoned:
    found = reckon(Question(topic, "overview", text, "kunming", day), atlas, workdays)
    assert found is not None
    return found


# Months of benefit


def test_years_paid_lead_to_months_in_yunnan(tell: Tell) -> None:
    assert tell("交了八年半能领几个月") == "您说交了8年半：满8年，在云南可以领17个月，以经办机构核定为准。"
    assert tell("交了八年半能领几个月", aspect="overview") == tell("交了八年半能领几个月")


@pytest.mark.parametrize(
    ("years", "months"),
    [(1, 2), (2, 4), (3, 7), (4, 10), (5, 13), (6, 15), (7, 16), (14, 23), (15, 24), (40, 24)],
)
def test_each_full_year_counts_as_the_table_of_yunnan_says(atlas: Atlas, years: int, months: int) -> None:
    assert atlas.months["yunnan"].months(years) == months


def test_only_full_years_count(tell: Tell) -> None:
    assert "交了2年11个月：满2年，在云南可以领4个月" in tell("交了两年十一个月")
    assert "交了1年11个月：满1年，在云南可以领2个月" in tell("交了两年差一个月")


def test_the_table_and_the_cards_say_the_same(atlas: Atlas) -> None:
    table = atlas.months["yunnan"]
    for card in atlas.cards["yunnan"]["amount_duration"]:
        said = re.findall(r"满?(\d+)年领?(\d+)个月", card.lines[0] + card.lines[min(3, len(card.lines) - 1)])
        if card.aspect in {"months", "overview"}:
            assert {int(y): int(m) for y, m in said if int(m) != 12} == dict(enumerate(table.first, start=1))
            assert f"{table.most}个月" in card.shown


def test_less_than_a_year_gives_nothing_and_the_law_is_named(tell: Tell) -> None:
    line = tell("只交了十个月能领几个月")
    assert line.startswith("您说交了10个月：还不满1年")
    assert "社会保险法第四十五条" in line
    assert "可以领" not in line


def test_rough_years_are_said_as_rough(tell: Tell) -> None:
    assert tell("交了三年多") == "您说交了三年多：大约满3年，在云南大约可以领7个月，以经办机构核定为准。"
    assert "大约满8年" in tell("2015年到2023年一直交，能领几个月")


@pytest.mark.parametrize("region", ["neimenggu", "china"])
def test_a_region_without_a_table_gets_no_number_of_another(tell: Tell, region: str) -> None:
    assert tell("交了八年", region=region) == ""


@pytest.mark.parametrize(
    "text", ["在成都交了3年，转到昆明", "我在内蒙古交了5年，回昆明能领几个月", "北京交了8年"]
)
def test_years_paid_where_the_table_does_not_hold_give_no_number(tell: Tell, text: str) -> None:
    assert tell(text) == ""


def test_another_prefecture_of_the_province_has_the_same_table(tell: Tell) -> None:
    assert "可以领13个月" in tell("我在玉溪交了5年", region="yunnan")


@pytest.mark.parametrize(
    "text",
    [
        "上回领过10个月，后来又交了两年，这回能领几个月", "在两家公司各交了半年", "我交了六年她交了四年半",
        "第二次失业，交了5年", "干了十年", "我五十九岁能领几个月", "", "满一年领几个月",
    ],
)  # fmt: skip
def test_what_one_line_could_not_say_rightly_is_left_to_the_card(tell: Tell, text: str) -> None:
    assert tell(text) == ""


def test_other_questions_get_no_months(tell: Tell) -> None:
    assert tell("交了八年多少钱", aspect="amount") == ""
    assert tell("交了八年要带什么材料", topic="materials", aspect="overview") == ""


# The last day of a review


def test_a_day_of_handing_in_leads_to_the_last_day_of_the_review(atlas: Atlas, workdays: Workdays) -> None:
    found = reviewed(atlas, workdays, "11月10号交的，什么时候能批")
    assert found.text == (
        "您说11月10日交的：最晚到11月24日（10个工作日，社会保险经办条例第二十四条），现在还没有到。"
    )
    assert found.buttons == ()


def test_a_day_that_has_passed_offers_the_complaint(atlas: Atlas, workdays: Workdays) -> None:
    found = reviewed(atlas, workdays, "十月八號交的申請還沒結果", "status")
    assert "最晚到10月21日" in found.text
    assert found.text.endswith("这一天已经过了。")
    assert [(b.topic, b.aspect) for b in found.buttons] == [
        ("complaint", "overview"),
        ("review_time", "late"),
    ]


def test_the_last_day_itself_has_not_passed(atlas: Atlas, workdays: Workdays) -> None:
    found = reviewed(atlas, workdays, "11月10号交的", day=date(2026, 11, 24))
    assert found.text.endswith("就是今天。")
    assert not found.buttons


def test_a_rough_day_is_said_as_rough(atlas: Atlas, workdays: Workdays) -> None:
    text = reviewed(atlas, workdays, "国庆前交的，多久能批").text
    assert text.startswith("您说国庆前交的：按9月30日算，大约最晚到10月20日")


def test_a_year_without_a_calendar_is_said_to_be_expected(atlas: Atlas, workdays: Workdays) -> None:
    assert "预计最晚到2027年1月" in reviewed(atlas, workdays, "12月25号交的", day=date(2026, 12, 28)).text
    assert "您说2025年12月8日交的" in reviewed(atlas, workdays, "12月8号交的还没批").text


def test_the_review_is_counted_as_the_claim_card_counts_it(workdays: Workdays) -> None:
    for handed_in in (date(2026, 2, 9), date(2026, 9, 22), date(2026, 12, 25)):
        status = ClaimStatus("1", Stage.REVIEWING, handed_in, 1)
        assert assess(status, DAY, workdays).latest == review_due(handed_in, workdays).day


@pytest.mark.parametrize(
    "text",
    [
        "审核要多久", "七月二十号我就交了申请，八月一号通过了", "家里房贷十五号要扣，多久能批",
        "打算元旦过后交", "上周投诉过", "9月3号交了社保", "去年三月交的养老保险",
        "三月递交的仲裁申请没结果", "10月8号还没提交",
        "国庆放假算不算工作日", "",
    ],
)  # fmt: skip
def test_without_an_open_application_there_is_no_last_day(tell: Tell, text: str) -> None:
    assert tell(text, topic="review_time", aspect="overview") == ""


def test_a_complaint_about_something_else_gets_no_last_day(tell: Tell) -> None:
    assert tell("10月8号交的材料被窗口弄丢了", topic="complaint", aspect=None) == ""
    assert "最晚到" in tell("审核太慢了，10月8号交的", topic="complaint", aspect=None)


def test_when_the_money_comes_has_no_last_day(tell: Tell) -> None:
    assert tell("10月8号交的几天到账", topic="review_time", aspect="first_payment") == ""


# What can be wrong with a table

TABLE = """
full_years: {{{years}}}
each_further_year: {further}
most: {most}
source: {{title: 条例}}
checked: 2026-11-21
confidence: 中
"""
REGION = """
id: land
name: 大国
scope: 大国
aliases: []
hotline: {name: 热线, phone: "12333"}
"""


def table(folder: Path, text: str) -> Path:
    (folder / "regions" / "land").mkdir(parents=True)
    (folder / "regions" / "land" / "region.yml").write_text(REGION, encoding="utf-8")
    (folder / "regions" / "land" / "months.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("years", "further", "most", "fault"),
    [
        ("1: 2, 3: 7", 1, 24, "leave out no year"),
        ("2: 4", 1, 24, "begin with 1"),
        ("1: 2, 2: 2", 1, 24, "more months for more years"),
        ("1: 二", 1, 24, "whole months"),
        ("1: 2, 2: 9", 1, 8, "most is 8"),
        ("1: 2", -1, 24, "each_further_year should not be below 0"),
        ("1: 3", "多", 24, "each_further_year should be a whole number"),
        ("1: 13", 1, 24, "1 full years give 13 months, 社会保险法第四十六条 allows 12"),
        ("1: 2, 2: 4", 5, 24, "社会保险法第四十六条 allows 12"),
    ],
)
def test_a_fault_of_the_table_names_its_path(
    tmp_path: Path, years: str, further: object, most: int, fault: str
) -> None:
    with pytest.raises(DataFault) as caught:
        load_atlas(table(tmp_path, TABLE.format(years=years, further=further, most=most)))
    assert any("land/months.yml" in said and fault in said for said in caught.value.faults)


def test_a_table_without_a_source_is_refused(tmp_path: Path) -> None:
    text = TABLE.format(years="1: 2", further=1, most=24).replace("source: {title: 条例}", "")
    with pytest.raises(DataFault) as caught:
        load_atlas(table(tmp_path, text))
    assert any("months.yml: months: source is missing" in fault for fault in caught.value.faults)


def test_a_new_region_with_a_table_needs_no_code(tmp_path: Path) -> None:
    text = TABLE.format(years="1: 1, 2: 2", further=1, most=12)
    assert load_atlas(table(tmp_path, text)).months["land"].months(30) == 12
