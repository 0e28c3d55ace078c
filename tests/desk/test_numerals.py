from __future__ import annotations

from datetime import date

import pytest

from desk.numerals import number
from desk.particulars import particulars


@pytest.mark.parametrize("word", ["十十三", "零十", "亿亿", "没有"])
def test_a_numeral_that_means_nothing_is_a_value_error(word: str) -> None:
    with pytest.raises(ValueError):
        number(word)


def test_a_doubled_key_in_a_length_of_time_brings_no_message_down() -> None:
    assert list(particulars("老板给我交了十十三个月的失业险，够不够", date(2026, 5, 1))) == []
