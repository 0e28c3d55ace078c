"""What follows from what a message tells: months of benefit from years paid, last day of a review.

Adds one line to an answer, never a number without a source: the region's own table of months, and
社会保险经办条例 art. 24 for the ten working days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from desk.claims import ALLOWED_DAYS, review_due
from desk.clauses import handed_in_on
from desk.guide import Question
from desk.months import MonthsTable
from desk.particulars import Particular, aligned, particulars
from desk.regions import Atlas, Button, Region
from desk.workdays import Workdays

_BENEFIT = frozenset({"months", "overview"})
_REVIEW = frozenset({"overview", "working_days", "late"})
_TOO_SHORT = "还不满1年。法律规定失业保险费要交满1年才能领（社会保险法第四十五条），以经办机构核定为准。"
# The table holds for years that were not drawn on before, and for one person's whole time.
_NOT_THE_WHOLE = re.compile(
    r"领过|领了|上次|上回|前一次|第[二三]次|再次?失业|以前领|剩下?的|没领完|[各再又]交|加起来|合起来|加一起|合并"
)
_DECIDED = re.compile(
    r"(?:审核|审批|已经?|号|日|天|显示)通过(?!了?(?:没|吗|不|以后|之?后))|(?<!还)没有?(?:审核)?通过|[不未]通过|退回|驳回|拒了|被拒"
    r"|(?<![没未])批(?:下来)?了(?!没|吗|不)"
)
_WAITING = re.compile(
    "审|没有?(?:人|个)?(?:结果|消息|动静|批|反应|回音|下文)|超期|超时|逾期|拖|工作日|多久|进度|一直"
)
# Where something else than the benefit was applied for, other periods hold.
_OTHER_MATTER = re.compile("仲裁|监察|养老|医保|工伤|公积金|补贴|登记|转移")
_OVER = "这一天已经过了。"
_NEXT = (
    Button("我要投诉", "complaint"),
    Button("超过10个工作日怎么办", "review_time", "late"),
)


@dataclass(frozen=True)
class Reckoned:
    """A line to begin an answer with, and what can be done now."""

    text: str
    buttons: tuple[Button, ...] = ()


def reckon(question: Question, atlas: Atlas, workdays: Workdays) -> Reckoned | None:
    """Return what follows from the words of `question`; None when nothing does.

    `question.topic` and `aspect` are those of the answer that the line goes before; `day` is today.
    """
    if not question.text:
        return None
    if question.topic == "amount_duration" and question.aspect in _BENEFIT:
        return _benefit(question, atlas)
    asked = question.topic == "status" or (
        question.topic == "review_time" and (question.aspect or "overview") in _REVIEW
    )
    if asked or (question.topic == "complaint" and _WAITING.search(aligned(question.text))):
        return _review(question, workdays)
    return None


def _benefit(question: Question, atlas: Atlas) -> Reckoned | None:
    region, table = _table(question, atlas)
    paid = [told for told in particulars(question.text, question.day) if told.kind == "years_paid"]
    # Two people, or two times: whose and which, a line could not say.
    if not (region and table) or len({told.value for told in paid}) != 1:
        return None
    if _NOT_THE_WHOLE.search(aligned(question.text)):
        return None
    months, rough = int(paid[0].value), paid[0].rough
    said = aligned(paid[0].text) if rough else _length(months)
    told = said if re.search("[交缴]", said) else f"交了{said}"
    if months < 12:
        return Reckoned(f"您说{told}：{_TOO_SHORT}")
    about = "大约" if rough else ""
    place = region.name.removesuffix("省")
    benefit = table.months(months // 12)
    return Reckoned(
        f"您说{told}：{about}满{months // 12}年，在{place}{about}可以领{benefit}个月，以经办机构核定为准。"
    )


def _table(question: Question, atlas: Atlas) -> tuple[Region | None, MonthsTable | None]:
    """The nearest table of the citizen's region, unless the words name a place where it does not hold."""
    chain = atlas.chain(question.region)
    region = next((part for part in chain if part.id in atlas.months), None)
    if region is None:
        return None, None
    words = aligned(question.text)
    place = atlas.outside(question.text)
    reached = atlas.region_of(place) if place else None
    foreign = (part for part in atlas.regions.values() if part.label and part not in chain)
    if (place and (reached is None or reached not in chain)) or any(
        alias in words for part in foreign for alias in part.aliases
    ):
        return None, None
    return region, atlas.months[region.id]


def _review(question: Question, workdays: Workdays) -> Reckoned | None:
    words = aligned(question.text)
    told = _handed_in(question.text, question.day)
    if told is None or (_OTHER_MATTER.search(words) and "失业金" not in words and "失业保险" not in words):
        return None
    handed_in = date.fromisoformat(str(told.value))
    due = review_due(handed_in, workdays)
    day, last = _spoken(handed_in, question.day), _spoken(due.day, question.day)
    said = f"{aligned(told.text)}交的：按{day}算，大约" if told.rough else f"{day}交的："
    expected = "预计" if due.estimated else ""
    rule = f"{ALLOWED_DAYS}个工作日，社会保险经办条例第二十四条"
    standing = _standing(question.day, due.day, told.rough)
    return Reckoned(
        f"您说{said}{expected}最晚到{last}（{rule}），{standing}", _NEXT if standing == _OVER else ()
    )


def _handed_in(text: str, today: date) -> Particular | None:
    """The last day in `text` on which an application was handed in and that is not yet decided."""
    words = aligned(text)
    days = (told for told in particulars(text, today) if told.kind == "date")
    handed_in = [
        told
        for told in days
        if date.fromisoformat(str(told.value)) <= today and handed_in_on(words, told.start, told.end)
    ]
    if not handed_in or _DECIDED.search(words[handed_in[-1].end :]):
        return None
    return handed_in[-1]


def _standing(today: date, due: date, rough: bool) -> str:
    if today > due:
        return _OVER
    return "就是今天。" if today == due and not rough else "现在还没有到。"


def _length(months: int) -> str:
    years, rest = divmod(months, 12)
    if not years:
        return f"{rest}个月"
    return f"{years}年" + ("" if not rest else "半" if rest == 6 else f"{rest}个月")


def _spoken(day: date, today: date) -> str:
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"
