from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.text import plain, simplified

# Hypothesis leaves surrogates out by default; a broken client does not.
any_text = st.text(alphabet=st.characters(), max_size=60) | st.text(
    alphabet=st.sampled_from("户口簿戶乾隆後 \u200b\u202e\ud83d\u0301a\ufeff\u3000\n\t①ﬁ"), max_size=30
)


@given(any_text)
def test_plain_text_stays_as_it_is_when_cleaned_again(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(any_text)
def test_simplified_text_stays_as_it_is_when_simplified_again(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)


@given(any_text)
def test_nothing_invisible_is_left(text: str) -> None:
    assert not {unicodedata.category(char) for char in plain(text)} & {"Cc", "Cf", "Cs"}
    assert plain(text) == plain(text).strip()


def test_full_width_letters_and_odd_spaces_become_ordinary_ones() -> None:
    assert plain("　１２３３３\u200b 转\n\n人工\u202e ") == "12333 转 人工"


def test_a_broken_emoji_does_not_break_the_text() -> None:
    assert plain("好的\ud83d") == "好的"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("戶口簿要準備哪幾頁", "户口簿要准备哪几页"), ("五華區領失業金", "五华区领失业金"), ("失业", "失业")],
)
def test_traditional_characters_are_read_as_simplified(typed: str, meant: str) -> None:
    assert simplified(typed) == meant
