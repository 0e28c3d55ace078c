from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from desk.particulars import Particular, aligned, particulars
from desk.tickets.number import make_number

DAY = date(2026, 11, 21)  # a Saturday


def told(text: str, kind: str, day: date = DAY) -> list[Particular]:
    return [one for one in particulars(text, day) if one.kind == kind]


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("上个月15号交的", "上个月15号", "2026-10-15"),
        ("上个月十八号在手机上申请的", "上个月十八号", "2026-10-18"),
        ("上月二十号交的", "上月二十号", "2026-10-20"),
        ("這個月3號遞的", "這個月3號", "2026-11-03"),
        ("我8月15号交的申请", "8月15号", "2026-08-15"),
        ("8月十五号", "8月十五号", "2026-08-15"),
        ("十月八号去的", "十月八号", "2026-10-08"),
        ("十一月三號遞的材料", "十一月三號", "2026-11-03"),
        ("2026年9月3日提交", "2026年9月3日", "2026-09-03"),
        ("二〇二六年九月三日", "二〇二六年九月三日", "2026-09-03"),
        ("2026-09-03", "2026-09-03", "2026-09-03"),
        ("提交日期2026/9/3", "2026/9/3", "2026-09-03"),
        ("2026.9.3提交", "2026.9.3", "2026-09-03"),
        ("20260903交的", "20260903", "2026-09-03"),
        ("9.3", "9.3", "2026-09-03"),
        ("9.3交的申请", "9.3", "2026-09-03"),
        ("１０月８号交的", "１０月８号", "2026-10-08"),
        ("10 月 8 号交的", "10 月 8 号", "2026-10-08"),
        ("去年三月五号", "去年三月五号", "2025-03-05"),
        ("前年12月1日", "前年12月1日", "2024-12-01"),
        ("12月8号交的", "12月8号", "2025-12-08"),
        ("2月29号交的", "2月29号", "2024-02-29"),
        ("15号交的", "15号", "2026-11-15"),
        ("25号交的", "25号", "2026-10-25"),
        ("我老公四号交的", "四号", "2026-11-04"),
        ("上周五交的", "上周五", "2026-11-13"),
        ("上個星期三", "上個星期三", "2026-11-11"),
        ("上上周五", "上上周五", "2026-11-06"),
        ("上礼拜天", "上礼拜天", "2026-11-15"),
        ("周五交的", "周五", "2026-11-20"),
        ("前天", "前天", "2026-11-19"),
        ("大前天下午", "大前天", "2026-11-18"),
        ("昨晚提交的", "昨晚", "2026-11-20"),
        ("三天前", "三天前", "2026-11-18"),
        ("12月8号能批吗", "12月8号", "2026-12-08"),
    ],
)
def test_a_day_is_found_where_it_stands(text: str, said: str, value: str) -> None:
    (found,) = told(text, "date")
    assert (found.text, found.value, found.rough) == (said, value, False)
    assert text[found.start : found.end] == said


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("国庆前交的", "国庆前", "2026-09-30"),
        ("國慶節後交的", "國慶節後", "2026-10-08"),
        ("十一前就交了", "十一前", "2026-09-30"),
        ("五一后", "五一后", "2026-05-06"),
        ("五一交的从哪天算", "五一", "2026-05-01"),
        ("中秋前", "中秋前", "2026-09-24"),
        ("春节前交的", "春节前", "2026-02-14"),
        ("过年前", "过年前", "2026-02-14"),
        ("去年国庆前", "去年国庆前", "2025-09-30"),
        ("打算元旦过后就交申请", "元旦过后", "2027-01-04"),
        ("半个月前", "半个月前", "2026-11-06"),
        ("三个月前", "三个月前", "2026-08-21"),
        ("兩個星期前", "兩個星期前", "2026-11-07"),
        ("两个半月前", "两个半月前", "2026-09-06"),
        ("一个多月前", "一个多月前", "2026-10-21"),
        ("一年半以前", "一年半以前", "2025-05-21"),
        ("去年三月", "去年三月", "2025-03-31"),
        ("十月底交的", "十月底", "2026-10-31"),
        ("八月中旬", "八月中旬", "2026-08-20"),
        ("十一月初", "十一月初", "2026-11-10"),
        ("九月份点了提交", "九月份", "2026-09-30"),
        ("上个月", "上个月", "2026-10-31"),
        ("上周交的", "上周", "2026-11-15"),
        ("11月交的", "11月", "2026-11-21"),
        ("去年年底", "去年年底", "2025-12-31"),
    ],
)
def test_a_day_that_is_only_roughly_known_says_so(text: str, said: str, value: str) -> None:
    (found,) = told(text, "date")
    assert (found.text, found.value, found.rough) == (said, value, True)


@pytest.mark.parametrize(
    "text",
    [
        "审核要10个工作日", "一个月多少钱", "一月给好多", "每月15号发", "环城西路31号", "三号窗口",
        "国务院令第765号令", "周一到周五上班吗", "国庆放假那几天算不算", "下个月5号", "明天去交",
        "以前天天去", "两三天前", "1.8万", "2.5年", "0.7%", "2月30号", "前几天", "最近", "第五步",
        "领了三个月", "三百号人", "中午12点半", "〔手机号#1〕", "12333", "月底", "JS-20261121-000123-0",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_day_is_none(text: str) -> None:
    assert not told(text, "date")


def test_a_day_without_a_year_is_the_last_one() -> None:
    (found,) = told("十月八号交的", "date", date(2026, 3, 2))
    assert found.value == "2025-10-08"
    (found,) = told("国庆前交的", "date", date(2026, 3, 2))
    assert found.value == "2025-09-30"


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("交了八年半", 102),
        ("缴了十二年零三个月", 147),
        ("失業保險繳了十二年三個月", 147),
        ("交了3年", 36),
        ("交 8 年", 96),
        ("交了8.5年", 102),
        ("交12年3个月", 147),
        ("18个月社保", 18),
        ("18個月的社保", 18),
        ("交了两年差一个月", 23),
        ("差两个月交满三年", 34),
        ("交了五年整", 60),
        ("缴纳社保十六年", 192),
        ("男，55岁，社保交了22年", 264),
        ("买了5年社保", 60),
        ("社保买了三年", 36),
        ("缴费年限：12年3个月", 147),
        ("累计参保十三个月", 13),
        ("只交了十三个月", 13),
        ("应缴一百零七个月", 107),
        ("三年的失业保险", 36),
        ("五年都在交", 60),
        ("交满五年失业险", 60),
        ("那交了八年呢", 96),
        ("交了十一年多少个月", 132),
        ("交16个月能领几个月", 16),
        ("交了半年", 6),
        ("就领四个月？我可交了四年", 48),
        ("五十岁，交了10年", 120),
        ("养老和失业都交了7年", 84),
    ],
)
def test_years_paid_are_full_months(text: str, months: int) -> None:
    (found,) = told(text, "years_paid")
    assert (found.value, found.rough) == (months, False)


@pytest.mark.parametrize(
    ("text", "said", "months"),
    [
        ("2015年到2023年一直交", "2015年到2023年一直交", 96),
        ("从2015年3月交到2023年2月", "从2015年3月交到2023年2月", 96),
        ("15年到23年一直在交", "15年到23年一直在交", 96),
        ("2018年交到现在", "2018年交到现在", 96),
        ("交了一年多", "一年多", 12),
        ("交了快三年", "快三年", 35),
        ("交了不到一年", "不到一年", 11),
        ("失业保险大概交了8年", "8年", 96),
        ("交了五年左右", "五年左右", 60),
        ("干了六年，单位一直交社保", "六年", 72),
    ],
)
def test_years_that_are_only_roughly_known_say_so(text: str, said: str, months: int) -> None:
    (found,) = told(text, "years_paid")
    assert (found.text, found.value, found.rough) == (said, months, True)


@pytest.mark.parametrize(
    "text",
    [
        "干了六年", "工作十二年了", "我今年五十九岁", "第五步", "领了三个月", "满一年能拿两个月",
        "断交过一年", "补交的那半年", "没交满一年", "交了一个月了还没批", "材料交了两个月了",
        "养老保险交了15年", "医保交了20年", "欠了半年的社保", "近两年的社保证明", "漏报我三个月失业险",
        "房租交了半年", "交了两个月押金", "交了十几年", "交了十多年",
        "交了好几年", "18年参保的", "提交三个月了", "交了材料", "十年前", "多交了一个月没停",
    ],
)  # fmt: skip
def test_what_was_not_paid_into_the_insurance_is_no_year_paid(text: str) -> None:
    assert not told(text, "years_paid")


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("2000块", "2000"),
        ("2000塊錢", "2000"),
        ("一千八", "1800"),
        ("1863元", "1863"),
        ("1,863.50元", "1863.50"),
        ("两万三", "23000"),
        ("一千八百六十三元", "1863"),
        ("1.8万", "18000"),
        ("¥1863", "1863"),
        ("来回车费五十块", "50"),
        ("两千一个月", "2000"),
        ("三块钱", "3"),
    ],
)
def test_an_amount_is_yuan(text: str, yuan: str) -> None:
    (found,) = told(text, "amount")
    assert (found.value, found.rough) == (Decimal(yuan), False)


@pytest.mark.parametrize(("text", "yuan"), [("一千七百多", 1700), ("两千左右", 2000), ("一万多块", 10000)])
def test_a_rough_amount_says_so(text: str, yuan: int) -> None:
    (found,) = told(text, "amount")
    assert (found.value, found.rough) == (yuan, True)


@pytest.mark.parametrize(
    "text",
    ["一块去", "一百天", "几千块", "百分之九十", "2070", "三千个人", "两万号人", "多少块", "12333", "一千米"],
)
def test_what_is_no_money_is_no_amount(text: str) -> None:
    assert not told(text, "amount")


def test_a_ticket_number_has_its_proper_form_and_a_mistyped_one_is_nothing() -> None:
    number = make_number(DAY, 123)
    (found,) = particulars(f"查 {number.lower().replace('-', ' ')} 到哪了", DAY)
    assert (found.kind, found.value) == ("ticket_number", number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert particulars(wrong, DAY) == []


def test_several_things_come_in_order_and_do_not_overlap() -> None:
    text = "失業保險繳了十二年三個月，上個月15號交的申請，八月和同事都領兩千一"
    found = particulars(text, DAY)
    assert [one.kind for one in found] == ["years_paid", "date", "date", "amount"]
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert [text[one.start : one.end] for one in found] == [one.text for one in found]


def test_offsets_hold_whatever_stands_before() -> None:
    text = "\u200b😀 ㊙️ﬁ\u00a0  我８月１５號交的"
    assert len(aligned(text)) == len(text)
    (found,) = particulars(text, DAY)
    assert (found.text, found.value) == ("８月１５號", "2026-08-15")


@pytest.mark.parametrize(
    "text", ["", " ", "年" * 500, "十" * 500, "交了" * 250, "1" * 500, "月号日前后" * 100]
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(particulars(text, DAY), list)
