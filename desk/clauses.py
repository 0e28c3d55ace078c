"""What the words around a day or a length of time make of it: something handed in, something to come."""

from __future__ import annotations

import re

_ENDS = "，。！？；,;!?\n"
_REACH = 16
_AHEAD = re.compile(
    r"打算|准备|计划|将要|要(?:去|交|办|来)|[再才想](?:去|来)?(?:交|办|申请|提交)|明年|下个?月|能(?:不能)?[批审办到拿下]"
    r"|会(?:不会)?[到批发]|(?:赶|等)[在到]?(?!号)|得(?:去|交)"
)
_HANDED_IN = re.compile(
    r"(?:交|递)[了的过]?(?![了的过通易接流社保费养房税钱满够完一二两三四五六七八九十0-9]|医保|公积)"
    r"|提交|申请|申领|申报|上传|(?:办理?|弄|填|报|投)(?:的|了|好)(?!登记|失业登记|退|停)"
)
_NOT_HANDED_IN = re.compile(
    r"[没未不无](?:有|能|法|让|给)?(?:成功)?(?:交|递|提交|申请|申领|上传|办)|断交|停交|投诉|反映|举报|成交|社交|外交|提?交通"
)
# The act and the sign that it is done: 交的, 在手机上申请了. What follows says nothing about its day.
_DONE = re.compile(r"[^，。！？；,;!?\n]{0,16}?(?:交|申请|申领|递|办理?)(?:的|了|过|上去)")
_OF_THE_DAY = re.compile(r"(?:交|申请|申领)[^，。！？；,;!?\n]{0,6}(?:日期|时间|那天|是)[是为在:：]?\s?$")


def clause(text: str, start: int, end: int) -> str:
    """Return the part between two marks of punctuation in which `start` to `end` stands."""
    return _before(text, start) + text[start:end] + after(text, end)


def after(text: str, end: int) -> str:
    """Return what follows `end` up to the next mark of punctuation."""
    return re.split(f"[{_ENDS}]", text[end:], maxsplit=1)[0]


def looks_ahead(text: str, start: int, end: int) -> bool:
    """Whether the day at `start` to `end` is still to come by its clause (打算元旦过后交, 12月8号能批吗)."""
    following = after(text, end)
    done = _DONE.match(following)
    return bool(_AHEAD.search(_before(text, start) + "|" + (done[0] if done else following)))


def handing_in(words: str) -> bool:
    """Whether words that follow a day say that an application was handed in on it."""
    near = words[:_REACH]
    return bool(_HANDED_IN.search(near)) and not _NOT_HANDED_IN.search(near)


def handed_in_on(text: str, start: int, end: int) -> bool:
    """Whether an application was handed in on the day at `start` to `end` (8月15号交的, 提交日期是8号)."""
    before, following = _before(text, start), after(text, end)
    if _OF_THE_DAY.search(before):
        return True
    verb = _HANDED_IN.search(following)
    planned = verb and _AHEAD.search(before + "|" + following[: verb.end()])
    return handing_in(following) and not planned


def _before(text: str, start: int) -> str:
    return text[max(text.rfind(mark, 0, start) for mark in _ENDS) + 1 : start]
