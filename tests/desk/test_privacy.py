from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.privacy import (
    BANK_CARD,
    ID_CARD,
    LANDLINE,
    MOBILE,
    mask,
    number_of,
    placeholders,
    redact,
    scrub,
    scrub_event,
)

PERSON = "00000019850101001X"  # nobody lives in area 000000
PHONE = "13800000000"
CARD = "6222000000000000"
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
SPOKEN = str.maketrans("0123456789", "〇幺二三四五六七八九")


def spellings(number: str, *sizes: int) -> list[str]:
    groups, at = [], 0
    for size in sizes:
        groups.append(number[at : at + size])
        at += size
    divided = [mark.join(groups) for mark in (" ", "-", ".", "　", "－", "—", "·", " - ", "\u200b", "\n")]
    return [
        number,
        " ".join(number),
        number.translate(FULL_WIDTH),
        number.translate(CHINESE),
        number.translate(SPOKEN),
        number.replace("0", "O"),
        number.lower(),
        *divided,
    ]


@pytest.mark.parametrize(
    ("kind", "number", "sizes"),
    [
        (ID_CARD, PERSON, (6, 8, 4)),
        (ID_CARD, "000000198501010018", (6, 4, 4, 4)),  # wrong check digit
        (MOBILE, PHONE, (3, 4, 4)),
        (MOBILE, "10000000001", (3, 8)),
        (LANDLINE, "087163000000", (4, 8)),
        (LANDLINE, "01063000000", (3, 4, 4)),
        (BANK_CARD, CARD, (4, 4, 4, 4)),
        (BANK_CARD, "6222000000000000123", (4, 4, 4, 4, 3)),
    ],
)
def test_a_personal_number_is_found_in_every_spelling(kind: str, number: str, sizes: tuple[int, ...]) -> None:
    for spelling in spellings(number, *sizes):
        for text in (spelling, f"我的号码是{spelling}，请查", f"号{spelling}。"):
            found = redact(text).found
            assert [(one.kind, one.value) for one in found] == [(kind, number)], text
            assert not re.search("[0-9０-９]{4}", redact(text).text)


@pytest.mark.parametrize(
    "text",
    [
        "JS-20260105-000123-7",
        "js-20261105-110123-7 到哪一步了",
        "请打12333或者12345，也可以打 110",
        "12333 12345 12329",
        "打63362528问问",
        "62138526、62138524",
        "62138526 62138524",
        "2026-01-05 到 2026-02-05",
        "20260105 20260205",
        "2025.9.22 2026.2.9",
        "1990-01-01 123",
        "1863.00 1791.00 1500.50",
        "每月1863元，一共12个月，2024年10月起",
        "2024 2025 2026 2027",
        "验证码 123456",
        "医保卡号 5301000123",
        "二〇二六年一月五日，第二十四条，五险一金",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "0871 12333",
        "62138526、62138524、63362528",
        "2024/10/01、2024/11/01、2024/12/01",
        "8:30-11:30，13:00-17:00，周末 9:00",
        "1、2、3、4、5、6、7、8、9、10、11、12、13",
        "每月1,863.00元，一共22,356元",
        "一、二、三、四、五、六、七、八、九条",
        "",
    ],
)
def test_what_is_no_personal_number_stays(text: str) -> None:
    assert redact(text).text == text
    assert redact(text).found == ()


MARKS_OF_ONE = [*"/,，、|:：+*'=;；\\#@…^&%<>!?", "， ", "\ufe0f\u20e3", "\ufe0f", "\u0301"]
ROWS = ["⓪①②③④⑤⑥⑦⑧⑨", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉", "٠١٢٣٤٥٦٧٨٩", "零壹贰叁肆伍陆柒捌玖"]


@pytest.mark.parametrize("mark", MARKS_OF_ONE)
def test_any_one_mark_between_digits_hides_no_number(mark: str) -> None:
    parts = {PERSON: (6, 8, 4), "000000850101001": (6, 6, 3), PHONE: (3, 4, 4), CARD: (4, 4, 4, 4)}
    for number, sizes in parts.items():
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        groups = [number[start : start + size] for start, size in zip(starts, sizes, strict=True)]
        for text in (mark.join(number), mark.join(groups)):
            assert [one.value for one in redact(f"是{text}，请查").found] == [number], text


@pytest.mark.parametrize("row", ROWS)
def test_digits_in_disguise_are_digits(row: str) -> None:
    for number in (PHONE, CARD, PERSON):
        text = number.translate(str.maketrans("0123456789", row))
        assert [one.value for one in redact(text).found] == [number]


def test_a_letter_behind_a_phone_hides_nothing() -> None:
    assert redact(f"打{PHONE}x2，或{PHONE}X").text == "打〔手机号#1〕x2，或〔手机号#1〕X"


def test_numbers_side_by_side_are_told_apart() -> None:
    redacted = redact(f"唯一{PHONE} {PERSON}\n{CARD} 13900000000")
    assert redacted.text == "唯一〔手机号#1〕 〔身份证#1〕\n〔银行卡#1〕 〔手机号#2〕"
    assert [one.value for one in redacted.found] == [PHONE, PERSON, CARD, "13900000000"]


def test_what_begins_after_a_number_is_found_with_it() -> None:
    once = redact("一2一0０一０一０一0一一一00200０一０00·05０0")  # the first ends in the middle of 一一一
    assert [one.value for one in once.found] == ["10010101011", "10020001000"]
    assert redact(once.text).text == once.text


def test_an_old_id_number_and_one_with_a_digit_missing_are_id_numbers() -> None:
    assert [one.kind for one in redact("000000850101001").found] == [ID_CARD]
    assert [one.kind for one in redact(PERSON[:-1]).found] == [ID_CARD]


def test_fifteen_digits_with_a_day_that_is_none_are_no_id_number_and_no_fault() -> None:
    assert redact("编号000000850230001").found == ()
    assert redact(f"{PHONE}2026年").text == "〔手机号#1〕年"


def test_a_country_code_goes_with_the_number() -> None:
    for text in ("+8613800000000", "0086 138 0000 0000", "8613800000000", "013800000000"):
        assert [one.value for one in redact(text).found] == [PHONE]


def test_a_phone_with_a_digit_too_many_is_not_left_standing() -> None:
    assert redact(PHONE + "5").text == "〔手机号#1〕"


def test_the_same_value_gets_the_same_placeholder_and_numbers_count_on() -> None:
    redacted = redact(f"{PHONE} 就是 138-0000-0000", {MOBILE: 4})
    assert redacted.text == "〔手机号#5〕 就是 〔手机号#5〕"
    assert len(redacted.found) == 1


DIGITS = "0123456789０１一三八〇零oOXx"
MARKS = " -.·。()　\u200b\n年月元/〔〕#身份证手机号JS"
texts = st.text(max_size=80) | st.text(alphabet=st.sampled_from(DIGITS * 3 + MARKS), max_size=80)


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_redacting_never_crashes_is_done_once_and_leaves_no_long_number(text: str) -> None:
    once = redact(text)
    assert redact(once.text).text == once.text
    assert not re.search("[0-9]{16}", once.text)
    for one in once.found:
        assert one.value not in once.text
        assert re.fullmatch("[0-9]+X?", one.value)


@settings(max_examples=500, deadline=None)
@given(texts, st.sampled_from([PERSON, PHONE, CARD, "0871-63000000", "1 3 8 0 0 0 0 0 0 0 0"]))
def test_a_number_is_found_wherever_it_stands_between_words(words: str, number: str) -> None:
    assert re.sub("[^0-9X]", "", number) in {one.value for one in redact(f"{words}是{number}吗").found}


@pytest.mark.parametrize(
    "worst",
    [
        *("1", "1 ", "6 ", "0 ", "6   ", "o", "一", "一1", "1X", "1.", "1.1 ", "1990-01-0"),
        *("138 0000 ", "6222 ", "1/", "1234/", "1 /", "12345678"),
    ],
)
def test_a_hundred_thousand_hostile_characters_are_read_to_the_end(worst: str) -> None:
    text = (worst * 100_000)[:100_000]
    once = redact(f"{text}。{PHONE}")
    assert PHONE not in once.text
    assert redact(once.text).text == once.text


def test_a_masked_value_shows_its_owner_which_one_it_is_and_no_more() -> None:
    assert mask(ID_CARD, PERSON) == "00**************1X"
    assert mask(MOBILE, PHONE) == "****0000"
    assert mask(BANK_CARD, CARD) == "****0000"
    assert mask(MOBILE, "123") == mask(ID_CARD, "123") == "****"


def test_placeholders_can_be_read_back() -> None:
    text = redact(f"{PHONE} {PERSON} 13900000000").text
    assert placeholders(text, MOBILE) == ["〔手机号#1〕", "〔手机号#2〕"]
    assert number_of("〔手机号#12〕") == (MOBILE, 12)
    assert number_of("手机号#12") == ("", 0)


def test_logs_are_scrubbed_down_to_the_last_list() -> None:
    event = {"event": f"call {PHONE}", "more": [{"id": PERSON}, (CARD, 3)], "n": 5}
    event["at"] = "2026-11-21T08:00:00Z"
    scrubbed = scrub_event(None, "info", event)
    assert not re.search("[0-9]{11}", repr(scrubbed))
    assert scrubbed["n"] == 5
    assert scrubbed["at"] == "2026-11-21T08:00:00Z"
    assert scrub(PHONE) == "〔手机号#1〕"
    assert PHONE not in repr(redact(PHONE))
