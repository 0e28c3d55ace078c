"""The public number of a ticket: `JS-20261121-000123-0`, day, place in the day, check digit.

The check digit is Verhoeff's: it finds every single wrong digit and every two neighbours that were swapped.
"""

from __future__ import annotations

import re
from datetime import date

from stdnum import verhoeff

from desk.errors import InvalidInput
from desk.text import plain

_BREAK = r"[\s\-－–—_]*"
_SHAPE = re.compile(rf"JS{_BREAK}(\d{{8}}){_BREAK}(\d{{6}}){_BREAK}(\d)(?!\d)", re.IGNORECASE)


def make_number(day: date, place: int) -> str:
    """Return the number of the `place`-th ticket (from 1, below a million) of `day`."""
    digits = f"{day:%Y%m%d}{place:06d}"
    return f"JS-{digits[:8]}-{digits[8:]}-{verhoeff.calc_check_digit(digits)}"


def find_number(text: str) -> str | None:
    """Return the first ticket number in what a person wrote, in its proper form; None when there is none.

    Accepts small letters, full-width signs and missing or other dashes. Raises
    `InvalidInput("ticket_number")` when it looks like a number but the check digit says that it was mistyped.
    """
    found = _SHAPE.search(plain(text).upper())
    if not found:
        return None
    day, place, check = found.groups()
    if not verhoeff.is_valid(day + place + check):
        raise InvalidInput("ticket_number")
    return f"JS-{day}-{place}-{check}"


def numbers_in(text: str) -> list[str]:
    """Return every ticket number in what we wrote, as it stands: its check digit may be wrong."""
    return [f"JS-{day}-{place}-{check}" for day, place, check in _SHAPE.findall(plain(text).upper())]


def read_number(text: str) -> str:
    """Return the number that `text` is; raise `InvalidInput("ticket_number")` when it is none."""
    number = find_number(text)
    if number is None:
        raise InvalidInput("ticket_number")
    return number
