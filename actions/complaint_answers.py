"""Finds the answers of a complaint in a message: story, place, time, way to reply, anonymity."""

from __future__ import annotations

import re

from actions.talk import Talk
from desk.counter import Counter
from desk.offices import Found, NoOffice

NO_OFFICE = "不清楚"
UNSURE = "记不清"
_UNSURE_WORDS = re.compile(
    r"不知道|不晓得|晓不得|不清楚|不确定|忘了|记不清|记不得|不记得|说不清|莫得印象|跳过|没有具体|不是机构"
)
_OPENING = re.compile(
    r"^(?:[^，,。！!]{0,8}[，,。！!])?(你好|您好|请问|那|我|想|要|来|还|再|另外|帮|给|就)*(登记|提个?|记)?(一下|一个|一件)?(投诉|反映|举报|建议|意见)"
    r"(一下|一个|个|另|别的|另外)*(一件|件)?(问题|情况|事情|事|单位|你们|他们|人)?[，,。！!\s]*"
)
_ASKS_WHERE = re.compile(
    r"(?:哪|谁|什么|怎么|咋个?).{0,6}(?:投诉|举报|反映)|(?:投诉|举报|反映).{0,6}(?:渠道|方式|哪|谁|电话|怎么|流程)"
)
_GO_ON = re.compile(
    r"^(?:那就?)?(?:帮我|给我)?(?:登记|提交|上报)(?:吧|了|一下|一哈|嘛)*[。！!]*$"
    r"|^(?:[好行]的?[，, ]?)?(?:接着|继续)(?:投诉|登记|填|来|说)?(?:吧|嘛)?[。！!]*$"
)
_SHORTEST = 6
_LONGEST_TIME = 14  # in characters; what is longer tells what happened too
_HAN = "[一二三四五六七八九十]"
_DAY = (
    r"(?:(?:20\d\d年)?\d{1,2}月(?:\d{1,2}[日号]?|[上中下]旬|[初中底])?"
    rf"|{_HAN}{{1,2}}月(?:[初中底]|{_HAN}{{1,3}}[日号])?|\d{{1,2}}[日号])"
)
_TIME = re.compile(
    r"(?:[今昨前]天|大前天|前几天|前两天|这几天|前阵子|前段时间|前一阵|上回|(?:上上?|这|本)个?(?:周|星期|礼拜)[一二三四五六日天末]?"
    rf"|(?:上上?|这|本)个?月(?:[初中底]|{_DAY})?|(?:[今去前]年)?{_DAY}|[今去前]年|刚才|刚刚|最近"
    r"|[一二两三四五六七八九十几\d]{1,6}个?(?:天|周|星期|月|年)(?:以|之)?前"
    r"|(?:春节|国庆|五一|中秋|元旦)[前后]?)(?:的?(?:早上|上午|中午|下午|晚上))?(?:\d{1,2}点半?)?"
)
_PART_OF_DAY = re.compile(r"早上|上午|中午|下午|晚上")
_HERE = re.compile(
    r"在?(?:这里|这儿|这边|这个对话|微信|网上|这点)(?:上|里)?(?:回复|答复|回|说|就行|就可以|就好)|不用(?:打)?电话|不留电话|别打电话|(?<!有)没有?电话"
)
_PHONE = re.compile(r"〔(?:手机号|电话)#\d+〕")
_ANONYMOUS = re.compile(
    r"(?<!不)(?<!不要)(?<!不用)匿名|不(?:想|要|愿意?)(?:留|写|透露)(?:名|姓名|名字)|不要说(?:是)?我|保密"
)
_NOT_ANONYMOUS = re.compile(r"不(?:用|要|需要|必)?匿名|实名|可以(?:公开|留名)")
_NAMED = re.compile(r"留(?:我的?)?名")
_NO = re.compile(r"^(?:不|不用|不要|不需要|不必|否|没必要|无所谓|都可以|都行|随便|不知道)了?[。！]*$")
_YES = re.compile(r"^(?:要|是|要的|是的|好|嗯|可以|对|需要)[。！]*$")
_FIELD_WORDS = {
    "reply_by": ("电话", "号码", "手机", "答复方式", "回复方式"),
    "office": ("机构", "区", "县", "地方", "单位", "哪里"),
    "when": ("时间", "日期", "哪天", "什么时候"),
    "story": ("内容", "经过", "事情", "描述", "情况"),
    "anonymous": ("匿名", "实名"),
}


def asks_where_to_complain(text: str) -> bool:
    """Whether a text asks for the ways to complain (投诉渠道有哪些) rather than complains."""
    return len(text) <= 30 and bool(_ASKS_WHERE.search(text))


def says_go_on(text: str) -> bool:
    """Whether a text only says that the complaint shall be filed or gone on with: 登记嘛, 行，接着投诉."""
    return bool(_GO_ON.match(text))


def story_of(text: str) -> str:
    """What a message tells beyond the wish to complain; empty when it tells nothing yet."""
    told = _OPENING.sub("", text.strip())
    return text.strip() if len(told) >= _SHORTEST else ""


def office_answer(talk: Talk, counter: Counter, bare: bool) -> str | None:
    """The office row that a place in the message leads to, as text; the words where there is no office."""
    if talk.entities("place"):
        found = counter.offices.office_for(talk.text)
        if isinstance(found, Found):
            return str(found.office.row)
        if isinstance(found, NoOffice) and bare:
            return f"{found.place}（没有机构数据）"
    if bare and _UNSURE_WORDS.search(talk.text):
        return NO_OFFICE
    return None


def time_said(text: str, bare: bool) -> str | None:
    """The words for the time of the matter; any short answer when it was asked for."""
    if bare and _UNSURE_WORDS.search(text):
        return UNSURE
    found = _TIME.search(text) or (_PART_OF_DAY.search(text) if bare else None)
    if found:
        return text.strip() if bare and len(text) <= _LONGEST_TIME else found[0]
    return None


def reply_way(text: str, bare: bool) -> str | None:
    """`here`, or the placeholder of a phone number."""
    phone = _PHONE.search(text)
    if phone:
        return phone[0]
    if _HERE.search(text) or (bare and (_NO.match(text) or _YES.match(text) or "这" in text)):
        return "here"
    return None


def anonymity(text: str, bare: bool) -> bool | None:
    """Whether the reporter wants to stay unnamed."""
    if _NOT_ANONYMOUS.search(text):
        return False
    if _ANONYMOUS.search(text) or (bare and _YES.match(text)):
        return True
    return False if _NAMED.search(text) or (bare and _NO.match(text)) else None


def field_meant(text: str) -> str | None:
    """The field that a correction speaks of."""
    return next((field for field, words in _FIELD_WORDS.items() if any(word in text for word in words)), None)
