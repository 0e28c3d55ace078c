"""Days that people name in passing: 8月15号, 上个月十号, 上周五, 半个月前, 国庆前.

Own code, because the libraries that were tried tell neither where in a text a day stands nor more than one
of them, and take 10月底 and 8月十五号 for other days. Festivals come from `desk.workdays`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from desk.clauses import after, handing_in, looks_ahead
from desk.numerals import COUNT, number
from desk.workdays import FESTIVALS, beside_festival


@dataclass(frozen=True)
class DaySaid:
    """A stretch of a text and the day it means. `rough`: only about that day."""

    start: int
    end: int
    day: date
    rough: bool


@dataclass(frozen=True)
class _Spot:
    """What a reader may look at: the match, today, and whether the clause speaks of what is to come."""

    match: re.Match[str]
    today: date
    ahead: bool

    def said(self, group: str) -> str:
        return self.match.groupdict().get(group) or ""


_Found = tuple[date, bool]
_Reader = Callable[[_Spot], "_Found | None"]

_DIGIT = "一二三四五六七八九"
_NO_NUMBER = f"(?![0-9.零〇{_DIGIT}十百千万个天年月点周星])"
_Y = "(?P<y>20[0-9]{2}|二[零〇][零〇一二三][零〇一二三四五六七八九])"
_YEAR_WORD = "(?P<year>大?前年|去年|上一年|今年|本年|当年)"
_M = f"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[{_DIGIT}])"
_D = f"(?P<d>3[01]|[12][0-9]|0?[1-9]|三十一?|二?十[{_DIGIT}]?|二十|[{_DIGIT}])"
_DAY = rf"{_D}\s?(?:[号日]|{_NO_NUMBER})"
_PART = r"(?P<part>[上中下]旬|初|底|末|中(?!秋)|份)"
_IN_MONTH = rf"\s?(?:{_DAY}|{_PART})?"
_ALONE = f"(?<![0-9.:/〔#零〇{_DIGIT}十百几每个])"
_DAYS_BACK = {"大前天": 3, "前天": 2, "前日": 2, "昨": 1, "今": 0}
_YEARS_BACK = {"大前年": 3, "前年": 2, "去年": 1, "上一年": 1}
_LAST_DAY = {"初": 10, "上旬": 10, "中": 20, "中旬": 20}
_WEEKDAYS = {**{char: place for place, char in enumerate("一二三四五六日")}, "天": 6, "末": 6}
_NO_DAY_AFTER = (
    "窗|柜|线|楼|院|门|店|文|令|台|机|厅|房|公告|单元|路|大街|库|车|床|铺|人|码|牌|桌|员|内|之内|以内"
)


def days_said(text: str, today: date) -> list[DaySaid]:
    """Return the days up to `today` that simplified `text` names, in order of place, none overlapping.

    A day without a year is the last one, unless its clause speaks of what is to come. A month or a week
    without a day stands for its last day, so that a period counted from it never ends too early.
    """
    taken: list[tuple[int, int]] = []
    found: list[DaySaid] = []
    for pattern, reader in _READERS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < to and at < end for at, to in taken):
                continue
            read = reader(_Spot(match, today, looks_ahead(text, start, end)))
            # Also what is no past day is taken: the 5号 of 下个月5号 is not the last fifth.
            taken.append((start, end))
            if read:
                found.append(DaySaid(start, end, *read))
    return sorted(found, key=lambda said: said.start)


def _full(spot: _Spot) -> _Found | None:
    if spot.said("y"):
        return _in_month(spot, number(spot.said("y")), number(spot.said("m")))
    back = _YEARS_BACK.get(spot.said("year"), 0)
    return _in_month(spot, spot.today.year - back, number(spot.said("m")))


def _written(spot: _Spot) -> _Found | None:
    return _exact(*(int(spot.said(part)) for part in "ymd"))


def _relative_month(spot: _Spot) -> _Found | None:
    word = spot.said("rel")
    if word.startswith("下") or not (word.startswith("上") or spot.said("d") or spot.said("part")):
        return None
    year, month = _months_back(spot.today, word.count("上"))
    found = _in_month(spot, year, month)
    return found if found and found[0] <= spot.today else None


def _month(spot: _Spot) -> _Found | None:
    """A month without a year: the last one, and the last 29 February."""
    if spot.said("m") == "一" and not (spot.said("d") or spot.said("part")):
        return None  # 一月给多少 is a question about every month
    for year in range(spot.today.year, spot.today.year - 9, -1):
        month = number(spot.said("m"))
        if not spot.ahead and (year, month) > (spot.today.year, spot.today.month):
            continue
        found = _in_month(spot, year, month)
        if found and (spot.ahead or found[0] <= spot.today):
            return found
    return None


def _weekday(spot: _Spot) -> _Found | None:
    week, name = spot.said("week"), spot.said("wd")
    monday = spot.today - timedelta(days=spot.today.weekday())
    if week.startswith("下") or not (name or week.startswith("上")):
        return None
    place = _WEEKDAYS[name] if name else 6
    rough = not name or name == "末"
    if week:
        found = monday + timedelta(days=place - 7 * week.count("上"))
        return (found, rough) if found <= spot.today else None
    if spot.ahead or not handing_in(after(spot.match.string, spot.match.end())):
        return None  # 周一到周五 are opening hours
    found = monday + timedelta(days=place)
    return (found if found <= spot.today else found - timedelta(days=7)), rough


def _ago(spot: _Spot) -> _Found | None:
    unit, count = spot.said("unit"), spot.said("n")
    half = "半" in (count, spot.said("half"), spot.said("tail"))
    whole = 0 if count == "半" else number(count)
    if unit in {"天", "周", "星期", "礼拜"}:
        exact = unit == "天" and not spot.said("over")
        return spot.today - timedelta(days=whole * (1 if unit == "天" else 7)), not exact
    months = 12 * whole + 6 * half if unit == "年" else whole
    year, month = _months_back(spot.today, months)
    found = date(year, month, min(spot.today.day, calendar.monthrange(year, month)[1]))
    return found - timedelta(days=15 * (half and unit == "月")), True


def _day_word(spot: _Spot) -> _Found | None:
    word = spot.match[0]
    back = next((days for name, days in _DAYS_BACK.items() if word.startswith(name)), None)
    return None if back is None else (spot.today - timedelta(days=back), False)


def _festival(spot: _Spot) -> _Found | None:
    side, year = spot.said("side"), spot.said("year")
    if not side.endswith(("前", "后")) and not handing_in(after(spot.match.string, spot.match.end())):
        return None  # 国庆算不算工作日
    step = {"前": -1, "后": 1}.get(side[-1:], 0)
    this = spot.today.year - _YEARS_BACK.get(year, 0)
    for candidate in (this, this + 1) if spot.ahead else (this, this - 1):
        found = beside_festival(FESTIVALS[spot.said("name")], candidate, step)
        if found and (found >= spot.today if spot.ahead else found <= spot.today):
            return found, True
    return None


def _short(spot: _Spot) -> _Found | None:
    """9.3 is a day only where something was handed in on it, or where nothing else is said."""
    rest = re.sub(r"[号日的。.!！?？\s]", "", spot.match.string.replace(spot.match[0], "", 1))
    return _month(spot) if not rest or handing_in(after(spot.match.string, spot.match.end())) else None


def _bare_day(spot: _Spot) -> _Found | None:
    for back in range(3):
        found = _exact(*_months_back(spot.today, back), number(spot.said("d")))
        if found and found[0] <= spot.today:
            return None if spot.ahead else found
    return None


def _year_end(spot: _Spot) -> _Found | None:
    year = spot.today.year - _YEARS_BACK.get(spot.said("year"), 0)
    last = date(year, 1, 31) if spot.said("part") == "初" else date(year, 12, 31)
    return (last, True) if last <= spot.today else None


def _in_month(spot: _Spot, year: int, month: int) -> _Found | None:
    if spot.said("d"):
        return _exact(year, month, number(spot.said("d")))
    if not 1 <= month <= 12:
        return None
    last = _LAST_DAY.get(spot.said("part")) or calendar.monthrange(year, month)[1]
    found = date(year, month, last)
    this_month = (year, month) == (spot.today.year, spot.today.month)
    return (min(found, spot.today) if this_month and not spot.ahead else found), True


def _exact(year: int, month: int, day: int) -> _Found | None:
    try:
        return date(year, month, day), False
    except ValueError:
        return None


def _months_back(day: date, months: int) -> tuple[int, int]:
    place = day.year * 12 + day.month - 1 - months
    return place // 12, place % 12 + 1


_NAMES = "|".join(
    f"{name}(?=[之以过]?[前后]|放假|假期|长假)" if name == "十一" else name for name in FESTIVALS
)
_WEEKDAY = f"(?P<wd>[{''.join(_WEEKDAYS)}])"
_WEEK = f"(?<![{_DIGIT}两0-9每])(?P<week>上上?个?|这个?|本|下下?个?)(?:周|星期|礼拜){_WEEKDAY}?"
_LENGTH = f"(?P<n>{COUNT}|半)个?(?P<over>多)?(?P<half>半)?(?P<unit>天|周|星期|礼拜|月|年)(?P<tail>[半多])?"
_SIDE = "(?P<side>[之以过]?[前后]|期间|那几?天|当天)?"
_NUMERIC = "(?P<m>1[0-2]|0?[1-9])[./-](?P<d>3[01]|[12][0-9]|0?[1-9])"
_NOT_A_DAY = r"(?![0-9./\-%:]|\s?[元块万千百天年个月岁倍折点分度])"
# Longer ways of saying a day before those that are a part of them.
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"(?<![0-9])(?:{_Y}年|{_YEAR_WORD}的?)\s?{_M}\s?月{_IN_MONTH}", _full),
        (r"(?<![0-9])(?P<y>20[0-9]{2})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})(?![0-9])", _written),
        (r"(?<![0-9])(?P<y>20[0-9]{2})(?P<m>[01][0-9])(?P<d>[0-3][0-9])(?![0-9])", _written),
        (rf"(?<![以马晚])(?P<rel>上上?个?月|这个?月|本月|当月|下下?个?月)的?{_IN_MONTH}", _relative_month),
        (f"{_YEAR_WORD}的?年?(?P<part>[底末初])", _year_end),
        (f"{_LENGTH}[以之]?前(?![面台后])", _ago),
        (rf"{_ALONE}{_M}\s?月(?![饼薪子结租费]){_IN_MONTH}", _month),
        (_WEEK, _weekday),
        (f"(?<![{_DIGIT}两0-9每])(?:周|星期|礼拜){_WEEKDAY}(?![到至])", _weekday),
        ("大前天|(?<!以)(?:前天|前日)|[昨今][天日晚早]|[昨今]儿|大?后天|明[天日早晚]", _day_word),
        (f"{_ALONE}(?:{_YEAR_WORD}的?)?(?P<name>{_NAMES})节?(?:放?长?假期?)?{_SIDE}", _festival),
        (rf"(?<![0-9./:\-]){_NUMERIC}{_NOT_A_DAY}", _short),
        (rf"{_ALONE}(?<![月第路街巷栋楼弄A-Za-z-]){_D}[号日](?!{_NO_DAY_AFTER})", _bare_day),
    )
)
