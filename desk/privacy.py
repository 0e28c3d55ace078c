"""Takes ID, phone, landline and bank card numbers out of a text, however a person wrote them.

Each is replaced by a placeholder such as 〔手机号#1〕. Digits may be full-width, Chinese (一三八, 零〇O幺)
or of another script, with spaces, dashes, dots or brackets between. A look at a text is linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from stdnum import luhn

from desk.digits import ASCII, HAN, shape_of

ID_CARD, MOBILE, LANDLINE, BANK_CARD = KINDS = ("身份证", "手机号", "电话", "银行卡")


@dataclass(frozen=True, repr=False)
class Found:
    """One number that was taken out. `value` is in ASCII digits (an ID may end in X)."""

    kind: str
    value: str
    placeholder: str

    def __repr__(self) -> str:
        return f"Found({self.placeholder})"  # a traceback or a log must not show the value


@dataclass(frozen=True)
class Redacted:
    """A text that may be kept, and what was taken out of it, in the order in which it was found."""

    text: str
    found: tuple[Found, ...]


def redact(text: str, taken: Mapping[str, int] | None = None) -> Redacted:
    """Replace every personal number in `text`; never raises, and doing it twice changes nothing.

    `taken` holds the highest number already used for a kind: {"手机号": 2} makes the next one
    〔手机号#3〕. The same value twice in one text gets the same placeholder.
    """
    counts = dict(taken or {})
    named: dict[tuple[str, str], Found] = {}
    # What is left beside a number may look like another one once that is gone.
    while numbers := sorted(_numbers(text)):
        parts, end = [], 0
        for start, stop, kind, value in numbers:
            if (kind, value) not in named:
                counts[kind] = counts.get(kind, 0) + 1
                named[kind, value] = Found(kind, value, f"〔{kind}#{counts[kind]}〕")
            parts += [text[end:start], named[kind, value].placeholder]
            end = stop
        text = "".join(parts) + text[end:]
    return Redacted(text, tuple(named.values()))


def scrub(text: str) -> str:
    """Return `text` without personal numbers; for whatever is written to a log."""
    return redact(text).text


def scrub_event(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Scrub every text in a log event; a structlog processor, to stand right before the renderer."""
    return {key: _scrubbed(value) for key, value in event.items()}


def mask(kind: str, value: str) -> str:
    """Return `value` as it may be shown to its owner, such as ****5678.

    Of an ID number only the first and the last two characters stay: by the last four or six other
    offices know a person, and the middle is the birth date.
    """
    if kind == ID_CARD:
        return f"{value[:2]}{'*' * (len(value) - 4)}{value[-2:]}" if len(value) > 8 else "****"
    return f"****{value[-4:]}" if len(value) > 7 else "****"


def number_of(placeholder: str) -> tuple[str, int]:
    """Split 〔手机号#3〕 into kind and number; ("", 0) for anything else."""
    match = _PLACEHOLDER.fullmatch(placeholder)
    return (match[1], int(match[2])) if match else ("", 0)


def placeholders(text: str, kind: str) -> list[str]:
    """Return the placeholders of one kind in `text`, in order."""
    return [match[0] for match in _PLACEHOLDER.finditer(text) if match[1] == kind]


_PLACEHOLDER = re.compile(f"〔({'|'.join(KINDS)})#([0-9]{{1,9}})〕")

_CHAIN = re.compile(f"[0-9{HAN}](?:[ .-]{{0,3}}[0-9{HAN}X])*")
_GROUP = re.compile(f"[0-9]+X?|[{HAN}]+X?|X")

# What looks like a personal number and is none: our ticket numbers, dates, amounts with a decimal point.
_TICKET = re.compile("[Jj][Ss][ -]?20[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9](?![0-9])")
_DAY = (
    "(?:19|20)[0-9]{2}(?:([-./])(?:0?[1-9]|1[0-2])\\1(?:3[01]|[12][0-9]|0?[1-9])"
    "|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
)
_AMOUNT = "(?<!\\.)[0-9]{1,9}\\.[0-9]{1,2}(?!\\.[0-9])"
_HARMLESS = re.compile(f"(?<![0-9])(?:{_DAY}|{_AMOUNT})(?![0-9])")

_ID = re.compile("[0-9]{6}([0-9]{4})([01][0-9])([0-3][0-9])[0-9]{2}[0-9]?[0-9X]")
_OLD_ID = re.compile("[0-9]{6}([0-9]{2})([01][0-9])([0-3][0-9])[0-9]{3}")
_CARD = re.compile("[3-9][0-9]{15,18}")
_ISSUER = re.compile("62|60|4|5[1-5]|3[5-7]|9558")
# 100 is the prefix of demo data; nobody has such a number.
_MOBILE = re.compile("(?:(?:00)?86|0)?(1[3-9][0-9]{9}|100[0-9]{8})")
_MOBILE_RUN = re.compile("1[0-9]{10}|1[3-9][0-9]{10,13}")  # with a digit too many it is still personal
_LANDLINE = re.compile("((?:0|(?:00)?86)(?:10|2[0-9]|[3-9][0-9]{2}))[2-9][0-9]{6,7}")

_Number = tuple[int, int, str, str]  # start and end in the text, kind, value


@dataclass(frozen=True)
class _Chain:
    """Digits with little between them. `places`: where each stands in the text; `cuts`: where groups meet."""

    digits: str
    places: list[int]
    cuts: frozenset[int]

    def span(self, start: int, end: int) -> slice:
        """The part of the text that holds the digits from `start` to `end`."""
        return slice(self.places[start], self.places[end - 1] + 1)


@dataclass(frozen=True)
class _Kind:
    """How numbers of one kind look. `pattern` decides fast, `accept` (digits, where divided) for good."""

    name: str
    pattern: re.Pattern[str]
    lengths: tuple[int, ...]
    accept: Callable[[str, list[int]], bool]
    first: str = "0123456789"


def _numbers(text: str) -> Iterator[_Number]:
    """Every number to be taken out, the surest kinds first."""
    shape = _TICKET.sub(lambda match: "#" * len(match[0]), shape_of(text))
    chains = [_chain(shape, match.start(), match.end()) for match in _CHAIN.finditer(shape)]
    used = bytearray(len(text))
    yield from _find(_IDS, chains, used)
    for match in _HARMLESS.finditer(shape):
        if 1 not in used[match.start() : match.end()]:
            used[match.start() : match.end()] = b"\1" * len(match[0])
    yield from _find(_CARDS, chains, used)
    yield from _runs(chains, used)
    # After the cards, since many of them have 15 digits with a day inside.
    yield from _find(_DIVIDED_IDS, chains, used)
    yield from _find(_PHONES, chains, used)


def _chain(shape: str, start: int, end: int) -> _Chain:
    digits: list[str] = []
    places: list[int] = []
    cuts = {0}
    for group in _GROUP.finditer(shape, start, end):
        if group[0] != "X":
            cuts.add(len(places))
        # After each 一 in front another number may begin; after all of them, so that twice finds no more.
        ones = len(group[0]) - len(group[0].lstrip("一"))
        cuts.update(range(len(places) + 1, len(places) + ones + 1))
        digits.append(group[0].translate(ASCII))
        places.extend(range(group.start(), group.end()))
        cuts.add(len(places))
        if group[0].endswith("X") and len(group[0]) > 1:
            cuts.add(len(places) - 1)  # 13800000000x2 has no X in its number
    return _Chain("".join(digits), places, frozenset(cuts))


def _find(kinds: tuple[_Kind, ...], chains: Iterable[_Chain], used: bytearray) -> Iterator[_Number]:
    """The numbers that begin and end where groups do and touch nothing in `used`; marks them there."""
    for chain in chains:
        for start in sorted(chain.cuts) if len(chain.digits) >= kinds[-1].lengths[-1] else ():
            for kind in kinds:
                end = _end(kind, chain, start, used)
                if end:
                    yield _take(kind.name, chain, start, end, used)
                    break


def _end(kind: _Kind, chain: _Chain, start: int, used: bytearray) -> int:
    """Where the longest number of `kind` from `start` ends; 0 when there is none."""
    if chain.digits[start : start + 1] not in kind.first:
        return 0
    for end in (start + length for length in kind.lengths):
        if end not in chain.cuts or not kind.pattern.fullmatch(chain.digits, start, end):
            continue
        inner = [offset - start for offset in range(start + 1, end) if offset in chain.cuts]
        if 1 not in used[chain.span(start, end)] and kind.accept(chain.digits[start:end], inner):
            return end
    return 0


def _runs(chains: Iterable[_Chain], used: bytearray) -> Iterator[_Number]:
    """Whatever has 16 digits or more in one go: no amount, date or number of ours is that long."""
    for chain in chains:
        cuts = sorted(chain.cuts) if len(chain.digits) >= 16 else []
        for start, end in pairwise(cuts):
            if end - start >= 16 and 1 not in used[chain.span(start, end)]:
                yield _take(BANK_CARD, chain, start, end, used)


def _take(name: str, chain: _Chain, start: int, end: int, used: bytearray) -> _Number:
    span = chain.span(start, end)
    used[span] = b"\1" * (span.stop - span.start)
    digits = chain.digits[start:end]
    mobile = _MOBILE.fullmatch(digits) if name == MOBILE else None
    return span.start, span.stop, name, mobile[1] if mobile else digits


def _is_id(digits: str, inner: list[int]) -> bool:
    """18 digits with a birth date inside; undivided also 17, one being forgotten."""
    match = _ID.fullmatch(digits)
    if not match or (len(digits) == 17 and inner):
        return False
    return digits.endswith("X") or _is_day(match[1], match[2], match[3])


def _is_old_id(digits: str, inner: list[int]) -> bool:
    match = _OLD_ID.fullmatch(digits)
    return bool(match) and not inner and _is_day("19" + digits[6:8], digits[8:10], digits[10:12])


def _is_divided_old_id(digits: str, inner: list[int]) -> bool:
    """Digit by digit, or with its area apart."""
    return (len(inner) == len(digits) - 1 or inner[:1] == [6]) and _is_old_id(digits, [])


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return 1900 <= date(int(year), int(month), int(day)).year < 2100
    except ValueError:
        return False


def _is_card(digits: str, inner: list[int]) -> bool:
    fours = inner == list(range(4, len(digits), 4))
    singles = len(inner) == len(digits) - 1
    if not inner or fours or singles:
        return True
    if not _ISSUER.match(digits):
        return False
    # Two local phone numbers side by side have 16 digits too: 62138526 62138524.
    printed = digits.startswith("62") and inner[0] == 6 and len(digits) in {16, 19}
    return printed or bool(luhn.is_valid(digits))


def _is_mobile(digits: str, inner: list[int]) -> bool:
    return not inner or bool(_MOBILE.fullmatch(digits))


def _is_landline(digits: str, inner: list[int]) -> bool:
    match = _LANDLINE.fullmatch(digits)
    return match is not None and (not inner or match.end(1) in inner)


_IDS = (_Kind(ID_CARD, _ID, (18, 17), _is_id), _Kind(ID_CARD, _OLD_ID, (15,), _is_old_id))
_DIVIDED_IDS = (_Kind(ID_CARD, _OLD_ID, (15,), _is_divided_old_id),)
_CARDS = (_Kind(BANK_CARD, _CARD, (19, 18, 17, 16), _is_card, "3456789"),)
_ANY_MOBILE = re.compile(f"{_MOBILE.pattern}|{_MOBILE_RUN.pattern}")
_PHONES = (
    _Kind(MOBILE, _ANY_MOBILE, (15, 14, 13, 12, 11), _is_mobile, "018"),
    _Kind(LANDLINE, _LANDLINE, (15, 14, 13, 12, 11, 10), _is_landline, "08"),
)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_scrubbed(one) for one in value]
    return value
