"""What can be said about an ID number and a name without asking any register."""

from __future__ import annotations

import re
from datetime import date

from stdnum.iso7064 import mod_11_2

from desk import workdays
from desk.text import plain

_FIRST_YEAR = 1900
_DOTS = re.compile("[·•・‧∙⋅.．]")


def id_fault(number: str, today: date | None = None) -> str | None:
    """Return what is wrong with an ID number: old_form, length, birth_date, check_digit; None if nothing.

    The area code is never looked at: codes of renamed districts live on in real numbers.
    """
    if re.fullmatch("[0-9]{15}", number):
        return "old_form"
    if not re.fullmatch("[0-9]{17}[0-9Xx]", number):
        return "length"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "birth_date"
    if born.year < _FIRST_YEAR or born > (today or workdays.today()):
        return "birth_date"
    return None if mod_11_2.is_valid(number.upper()) else "check_digit"


def valid_id(number: str) -> bool:
    """Tell whether `number` is an ID number of 18 characters: length, birth date, ISO 7064 MOD 11-2."""
    return id_fault(number) is None


def plain_name(name: str) -> str:
    """Return a name as it is compared: no spaces, one kind of middle dot, small letters."""
    return _DOTS.sub("·", "".join(plain(name).split())).casefold()
