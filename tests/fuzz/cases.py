"""How many cases each door gets, how they are counted, and what odd texts are made of.

`CASES` in the environment is the number for all doors together: 2,000 unless said otherwise, 100,000 in
`make fuzz`. A failing case that was found stays as an example at its test.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.faults.odd import ODD_TEXTS

CASES = int(os.environ.get("CASES", "2000"))
LONGEST_TURN = 5.0  # seconds
_SHARES = 2.2  # a little less than what the shares of all doors add up to
RAN: Counter[str] = Counter()
Test = TypeVar("Test", bound=Callable[..., Any])

_LETTERS = st.characters(min_codepoint=1)  # halves of surrogate pairs too
_PIECES = st.sampled_from(
    [
        "失业金",
        "五华区",
        "怎么领",
        "投诉",
        "我的",
        "2026年",
        "10月8号",
        "8年半",
        "1863.5元",
        "/",
        "{",
        "}",
        '"',
        "\\",
        "\ud800",
        "\udfff",
        "\u202e",
        "\u2066",
        "\u200d",
        "\ufeff",
        "\u200b",
        "👩‍👩‍👧",
        "🈶️",
        "１３８",
        "〔",
        "#",
        "%",
        "\r\n",
        "\t",
        "\x1b[31m",
        "=",
        "+",
        "@",
        "-",
        "'",
        "<b>",
        "&amp;",
        "${x}",
        "/restart",
        "EXTERNAL:",
        "身份证",
        "00000019850101001X",
        "13800000000",
        "JS-20260105-000123-7",
        "9" * 40,
        "1e999",
        "NaN",
        "../",
        "%2e%2e%2f",
    ]
)
ODD = st.sampled_from([text for text in ODD_TEXTS if isinstance(text, str)])
MIXED = st.lists(_PIECES | st.text(_LETTERS, max_size=6), max_size=10).map("".join)
TEXTS = MIXED | ODD | st.text(_LETTERS, max_size=60)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def door(name: str, share: float) -> Callable[[Test], Test]:
    """Give a `@given` test its share of all the cases, against those of the others; count what it ran."""

    def opened(test: Any) -> Any:
        inner = test.hypothesis.inner_test

        @wraps(inner)
        def counted(*args: Any, **kwargs: Any) -> None:
            RAN[name] += 1
            inner(*args, **kwargs)

        test.hypothesis.inner_test = counted
        return settings(
            max_examples=max(10, round(CASES * share / _SHARES)),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )(test)

    return opened
