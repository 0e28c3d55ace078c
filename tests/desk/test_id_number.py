from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from desk.id_number import id_fault, plain_name, valid_id
from tests.fakes.people import KNOWN


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (KNOWN, None),
        (KNOWN.lower(), None),
        ("999999198202280077", None),
        ("000000850101001", "old_form"),
        ("", "length"),
        ("0000001985010100", "length"),
        ("０00000198501010018", "length"),
        ("999999198202290072", "birth_date"),
        ("000000189901010010", "birth_date"),
        ("000000202701010010", "birth_date"),
        ("000000198501010018", "check_digit"),
    ],
)
def test_an_id_number_is_judged_by_length_birth_date_and_check_digit(number: str, fault: str | None) -> None:
    assert id_fault(number, date(2026, 3, 2)) == fault
    assert valid_id(number) == (fault is None)


@given(st.integers(0, 999999), st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(0, 999))
def test_the_area_never_matters(area: int, born: date, order: int) -> None:
    body = f"{area:06d}{born:%Y%m%d}{order:03d}"
    right = mod_11_2.calc_check_digit(body)
    assert [last for last in "0123456789X" if valid_id(body + last)] == [right]


def test_names_are_compared_without_spaces_and_with_any_middle_dot() -> None:
    assert plain_name(" 演示•甲 乙") == plain_name("演示·甲乙") == plain_name("演示．甲\u200b乙")
