"""Judges whether a name of a place, found in a sentence, is meant as a place there.

Only words of the language stand here, never of one city; the names come from places.yml.
"""

from __future__ import annotations

import re

# Words around a bare name: 那安宁呢, 请问是五华吧. None is made of others here, as 就是 would be: of a
# text that can be read in two ways at each place, all would be tried.
_FILLER = re.compile(
    r"(?:[\W_]|请问一下|请问|麻烦|那么|那个|那|呢|吗|吧|啊|呀|哦|噢|喔|嗯|呃|哎|的话|的|我们|我|应该|好像|可能|大概|就|都|也|还|"
    r"是|在|昆明|本地|人|你好|您好|区|县|市|这边|那边)*"
)
_FILLED_START = re.compile(
    r"(?:.*[^\w])?(?:请问一下|请问|问一下|问下|想问|想知道|麻烦|那么|那|我们|我|你们|哦|嗯|呃|查|查一下|找|给|你好|您好|老师)*"
)
# Parts that belong to the name as it was typed.
SUFFIX = re.compile(
    r"(?:(?<![区县市镇乡道])(?:区(?![别分域块间号长])|县|市(?![场民政里内级])|街道办事处|街道办|街道|镇(?![痛定静])|乡(?![愁])|管委会|办事处|社区))?"
    r"(?:政府)?(?:人力资源和社会保障局|社会保险局|社保局|社保中心|社保所|人社局|就业服务局|就业局|就业中心|政务服务中心|政务中心)?"
)
# 富民路, 安宁东路: a street named after a place need not lie in it.
ROAD = re.compile(r"[东南西北中]?(?:路(?!口|过|上|边)|大街|大道|巷(?!子)|立交|高速)")

_NEARBY = (
    r"那边|那里|那儿|那点|这点|那块|那一带|这边|这里|这儿|附近|一带|周边|旁边|边上|对面|片区|社区|街道|办事处|管委会|"
    r"派出所"
)
_BUREAU = r"社保局|社保中心|社保所|社会保险|人社|就业局|就业中心|经办|政务|失业保险|失业金|失业科"
_END = r"\W|$"
_PLACE_OF = (
    rf"的(?:{_END}|{_BUREAU}|社保|失业|就业|单位|公司|机构|窗口|电话|地址|银行|人|参保|厂|企业|"
    r"怎么|哪|该|去|归|找|到)"
)
_DO = r"上班|工作|打工|住|租|参保|参的?保|交|缴|买|办社保|办失业|领失业|社保|落户|退休|失业|这|那边"
_WEAK = (
    r"在哪|在什么|去哪|怎么|咋|哪|呢|吗|吧|电话|地址|银行|号码|窗口|机构|要|需|可以|能|该|应该|办|领|属于|归|是|有|和|跟|与|还是|或|人|"
    r"开|干|做|了|厂|钢厂|矿|工业园|园区|工地|里头|这|社保|就业|参保|交|缴|单位|公司|换|转|搬"
)
_STRONG_AFTER = re.compile(rf"{_NEARBY}|{_BUREAU}|的(?:{_BUREAU}|社保|失业金|就业)")
_NARROW_AFTER = re.compile(rf"{_END}|{_NEARBY}|{_BUREAU}|{_PLACE_OF}|{_DO}")
_WIDE_AFTER = re.compile(rf"{_END}|{_NEARBY}|{_BUREAU}|{_PLACE_OF}|{_DO}|{_WEAK}")
# 在 and its kin (克 is how 去 is said in the south-west), but not inside 现在, 过去, 感到, 记住.
_AT = (
    r"(?<![现正实存内所潜自])在|(?<![过失除出回进下上])去|(?<![感达得遇收看听提想找碰直])到|"
    r"(?<![记止站抓顶不])住|住在|住到|(?<![巧坦夹攻麦千毫])克|属于|参保地|来自|位于|搬到"
)
# How far back the words before a name are read.
_REACH = 8
_STRONG_BEFORE = re.compile(rf"(?:{_AT}|还是)(?:去|归|到|是)?$")
_WEAK_BEFORE = re.compile(rf"(?:{_AT}|归|从|离|是|和|跟|与|或|还是|或者|问|查|找|反映|投诉|、)(?:是|的)?$")


def is_bare(text: str, start: int, end: int) -> bool:
    """True if nothing but small words stands around text[start:end]."""
    return bool(_FILLER.fullmatch(text[:start]) and _FILLER.fullmatch(text[end:]))


def surely_meant(text: str, start: int, end: int) -> bool:
    """For words that are common in other senses: alone, or with a plain sign of a place beside them."""
    if _suffixed(text, end) or _STRONG_AFTER.match(text, end) or is_bare(text, start, end):
        return True
    return led_to(text, start) and bool(_NARROW_AFTER.match(text, end))


def likely_meant(text: str, start: int, end: int) -> bool:
    """For short names: surely meant, or words on both sides that fit a place."""
    if surely_meant(text, start, end):
        return True
    if opens_clause(text, start, end):
        return True
    return bool(_WIDE_AFTER.match(text, end) and _WEAK_BEFORE.search(text[max(0, start - _REACH) : start]))


def led_to(text: str, start: int) -> bool:
    """True if 在, 去, 住 or the like leads straight to text[start:]."""
    return bool(_STRONG_BEFORE.search(text[max(0, start - _REACH) : start]))


def opens_clause(text: str, start: int, end: int) -> bool:
    """True for 请问X在哪里, X电话多少: nothing but small words before, and words that fit a place after."""
    return bool(_FILLED_START.fullmatch(text[:start]) and _WIDE_AFTER.match(text, end))


def suffix_end(text: str, end: int) -> int:
    """Return where the name ends when 区, 街道, 人社局 … after it are taken along."""
    match = SUFFIX.match(text, end)
    return match.end() if match else end


def _suffixed(text: str, end: int) -> bool:
    return suffix_end(text, end) > end
