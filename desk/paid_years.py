"""How long somebody has paid: 交了八年半, 缴了十二年零三个月, 18个月社保, 2015年到2023年一直交.

Only where the sentence speaks of paying or asks what a length gives (五年能领几个月): ages, years worked
and months of the benefit are no years paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from desk.clauses import clause
from desk.numerals import COUNT, FEW, number


@dataclass(frozen=True)
class PaidSaid:
    """A stretch of a text and the months it means. `rough`: only about so many."""

    start: int
    end: int
    months: int
    rough: bool


_MANY = "(?<![0-9.零〇一二两三四五六七八九十百几])(?:[0-9]{1,3}|[一二两三四五六七八九十百零]{1,5})"
_UNDER = "(?P<under>快|将近|接近|不到|不满|没满|未满|不足)?"
_SOFT = "(?P<soft>差不多|大概|大约|约|估计)?"
_MONTHS_TOO = rf"(?:[零又加]?\s?(?P<m>{FEW})\s?个月|零(?P<m2>{FEW})月|[,，]?还?就?差(?P<lack>{FEW})个?月)?"
_YEARS = rf"(?P<y>{COUNT})(?P<tenth>\.5)?\s?年(?P<half>半)?(?P<more>多(?!少)|余)?{_MONTHS_TOO}"
_NUMBER = "0-9一二两三四五六七八九十百零"
# The looks ahead are for speed alone: at most places of a text no length begins.
_LENGTH = (
    rf"(?P<length>(?=[大差约估快将接不没未半{_NUMBER}]){_SOFT}{_UNDER}(?=大?半年|差?[{_NUMBER}])(?:差(?P<lack1>{FEW})个?月[就才]?不?[满到够]?(?P<y1>{FEW})年"
    rf"|{_YEARS}|大?(?P<half_year>半)年(?P<half_more>多(?!少))?|(?P<mo>{_MANY})\s?个(?P<mo_more>多)?月)"
    r"(?P<around>左右|上下|的样子)?)(?!前|以前|之前|一次|[0-9])"
)
_INSURANCE = "(?:社会保险|社保|失业保险费?|失业险|保险费?|五险一金|五险)"
_FILLER = (
    rf"(?:{_INSURANCE}|了|过|的|满|足|够|有|是|为|共|在|也|就|才|得|费|钱|年限|年数|月数|时间|时长|期限|一共|总共|共计|累[计积]"
    "|合计|实际|刚好|刚|正好|整整|足足|至少|已经|起码|连续|断断续续|前后|应该|可能|加起来|[:：]| ){0,8}"
)
_PAY = "(?<![断停未没欠漏补少多不成提递上转移代追外社])(?:交|缴纳?|缴交|参保|投保)"
_WORKED = r"(?:干|工作|上班|上|做|打工|待|呆)[了过满]*"
_ALL_ALONG = "(?:一直|全部|都|全|每年|每个?月|单位|公司|厂里|老板|也|在|按时|天天|给我?|帮我?|有|老实)"
_POINT = r"(?:20[0-9]{2}|二[零〇][零〇一二][零〇一二三四五六七八九]|(?<![0-9])[0-2][0-9])年"
_MONTH = "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月份?"
_RANGE = re.compile(
    rf"[从自]?(?P<from>{_POINT})(?P<from_m>{_MONTH})?(?P<began>开始|起)?(?P<pay1>就?{_PAY}{_INSURANCE}?)?[一直]*"
    rf"[到至~—-](?P<to>{_POINT}|今年|去年|现在|目前|今天|今)(?P<to_m>{_MONTH})?"
    rf"(?P<pay2>[底初末]?(?:{_ALL_ALONG}|连续|期间)*(?:{_PAY}|买社保|上社保))?"
)
_SAID = (
    re.compile(f"{_PAY}{_FILLER}{_LENGTH}"),
    re.compile(f"买[了过的满]*{_LENGTH}的?{_INSURANCE}"),
    re.compile(f"{_INSURANCE}(?:都|也|一?共|总共)*(?:买|上)[了过满的]*{_LENGTH}"),
    re.compile(f"{_LENGTH}(?:的?(?:社保|失业保险(?!金)|失业险|缴费)|的参保)"),
    re.compile(rf"^\s?{_LENGTH}[的,，\s]{{0,2}}(?:能|可以|可|该)?领(?:得到|到)?(?:几|多少)个?月"),
    re.compile(f"{_LENGTH}(?:(?:一直|都|全)在?|在){_PAY}(?:着|的|了)?(?:{_INSURANCE}|(?=[,，。！？!?]|$))"),
)
_PAID_AT_WORK = re.compile(f"{_WORKED}{_LENGTH}[,，]?{_ALL_ALONG}*(?:{_PAY}|买社保|上社保)(?!材料|申请)")
# Other things that are paid for by the year or month, and other insurances.
_OTHER = re.compile(
    "养老|医保|医疗|公积金|房租|租金|押金|学费|物业|党费|水费|电费|罚款|首付|贷款|房贷|商业险|车险"
)
# 欠了半年的社保, 近两年的社保: what is missing, or a stretch somebody asks for.
_GAP = re.compile("[欠漏补断停挂近少没]")
_PAPERS = re.compile("材料|资料|表格?|单子|投诉|提交|申请(?!失业)")
_ASKS_MONTHS = re.compile("领(?:得?到)?[几多]|[给拿发][几多]|够不够|条件|资格|[算满]|月数|领不|能领|可以领")
_LACKING = re.compile(f"差({FEW})个?月[就才]?$")
_ROUGH_BEFORE = re.compile("大概|大约|差不多|估计|可能|应该|约")
_MOST_MONTHS = 600


def paid_said(text: str, today: date) -> Iterator[PaidSaid]:
    """Yield the lengths of paying that simplified `text` tells; the same stretch may come twice.

    快三年, 不到三年 count as one month less, 三年多 as three years, a span of calendar years as the
    difference of its ends: all three are rough.
    """
    for match in _RANGE.finditer(text):
        if found := _between(match, today):
            yield found
    for match in _PAID_AT_WORK.finditer(text):
        months, _ = _months(match)
        if 0 < months <= _MOST_MONTHS:
            yield PaidSaid(*match.span("length"), months, True)
    for pattern in _SAID:
        for match in pattern.finditer(text):
            if _is_other(text, match):
                continue
            months, rough = _months(match)
            before = text[max(0, match.start() - 6) : match.start()]
            if lacking := _LACKING.search(before):
                months -= number(lacking[1])
            rough = rough or bool(_ROUGH_BEFORE.search(before[-4:] + match[0]))
            if 0 < months <= _MOST_MONTHS:
                yield PaidSaid(*match.span("length"), months, rough)


def _is_other(text: str, match: re.Match[str]) -> bool:
    """Whether the words around say that it is not the unemployment insurance that was paid so long."""
    around = clause(text, *match.span())
    if match.start() == match.start("length") and _GAP.search(
        text[max(0, match.start() - 5) : match.start()]
    ):
        return True
    if _OTHER.search(around) and "失业" not in around:
        return True
    if not match["mo"]:
        return False
    # 交了一个月了还没批 speaks of papers; months alone are paid months only where that is said.
    paid = re.search(f"{_INSURANCE}|缴|参保|[只才就]交|实际交", around) or _ASKS_MONTHS.search(text)
    return bool(_PAPERS.search(around)) or not paid


def _months(match: re.Match[str]) -> tuple[int, bool]:
    """The months a length means (0 where its numeral is none), and whether it is rough."""
    said = match.groupdict()
    try:
        if said["half_year"]:
            months = 6
        elif said["mo"]:
            months = number(said["mo"])
        else:
            months = 12 * number(said["y"] or said["y1"]) + 6 * bool(said["half"] or said["tenth"])
            months += sum(number(said[name]) for name in ("m", "m2") if said[name])
            months -= sum(number(said[name]) for name in ("lack", "lack1") if said[name])
    except ValueError:
        return 0, False
    rough = any(said[name] for name in ("soft", "under", "more", "half_more", "mo_more", "around"))
    return months - bool(said["under"]), rough


def _between(match: re.Match[str], today: date) -> PaidSaid | None:
    if not (match["pay1"] or match["pay2"]):
        return None
    months = 12 * (_year(match["to"], today) - _year(match["from"], today))
    if match["from_m"] and match["to_m"]:
        months += _month(match["to_m"]) - _month(match["from_m"]) + 1
    return PaidSaid(*match.span(), months, True) if 0 < months <= _MOST_MONTHS else None


def _year(word: str, today: date) -> int:
    if not word.endswith("年") or word in {"今年", "去年"}:
        return today.year - (word == "去年")
    year = number(word[:-1])
    return year if year >= 100 else 2000 + year


def _month(word: str) -> int:
    return number(word.partition("月")[0])
