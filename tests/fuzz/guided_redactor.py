"""atheris and the redactor: whatever the text, no crash, nothing left to find, and twice is once.

`.tools/fuzz/bin/python -m tests.fuzz.guided_redactor -max_total_time=600`, as `make fuzz` does.
"""

from __future__ import annotations

import re
import site
import sys

import atheris

site.addsitedir(f"{sys.path[0] or '.'}/.venv/lib/python3.10/site-packages")
with atheris.instrument_imports(include=["desk.privacy"]):
    from desk.privacy import number_of, redact

# Most of what makes a difference, so that a byte is a sign: otherwise nearly every text is one of letters.
_SIGNS = (
    "0123456789"
    + "０１２９一三八〇零幺oOXx-—. ·()/#〔〕JSjs身份证手机号银行卡电话\u200b\u3000\n年月日元的我～~+_，。"
    + "ab"
)
_LONG = re.compile("[0-9]{16}")


def one(data: bytes) -> None:
    """Try one text."""
    text = "".join(_SIGNS[byte % len(_SIGNS)] for byte in data[1:])
    if data[:1] and data[0] % 4 == 0:
        text = data[1:].decode("utf-8", "surrogateescape")
    once = redact(text)
    assert redact(once.text).text == once.text, repr(text)
    assert not _LONG.search(once.text), repr(text)
    for found in once.found:
        assert number_of(found.placeholder)[0] == found.kind, repr(text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
