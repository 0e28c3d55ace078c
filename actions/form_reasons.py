"""Why a form asks what it asks, for whoever would rather know before he answers."""

from __future__ import annotations

import re

from desk.text import simplified

_CODE_KEPT = "号码加密保存，30 分钟内删除，只用于这次查询。"
_REASONS = {
    "claim_id_number": f"要身份证号，是因为申领记录靠它才找得到，也防止别人看到您的信息。{_CODE_KEPT}",
    "claim_name": "姓名要和身份证号一起核对，防止别人拿着号码就能看您的信息。",
    "claim_code": "验证码发到您申领时登记的手机，能证明是您本人在查。",
    "complaint_story": "知道是什么事，才能转给管这件事的人去处理。写一两句就行。",
    "complaint_office": "知道是哪个区县，才能转给那里的经办机构；不清楚也可以。",
    "complaint_when": "有个大概的时间，工作人员才好去查当时的情况；记不清也没关系。",
    "complaint_reply_by": "处理的结果要告诉您，所以问往哪里答复。留的电话加密保存，只用来答复这件事。",
    "complaint_anonymous": "不想让被反映的单位知道是谁说的，就选匿名：他们看不到您是谁。",
    "complaint_confirmed": "提交以后就转给工作人员办理，所以请您先看一遍对不对。",
}
# What a question names, by the slot that holds it.
_THINGS = {
    "claim_id_number": "身份证(?:号码?)?|证件号码?",
    "claim_name": "(?:真实)?(?:姓名|名字)",
    "claim_code": "验证码",
    "complaint_story": "经过|内容",
    "complaint_office": "哪个区县?|区县|地方|机构",
    "complaint_when": "时间|日期",
    "complaint_reply_by": "电话(?:号码)?|手机(?:号码?)?|联系方式",
    "complaint_anonymous": "匿名|实名",
}
_NAMED = re.compile("|".join(f"(?P<{slot}>{thing})" for slot, thing in _THINGS.items()))
_THING = rf"(?:这个?|这些|[这那]么多|号码|{'|'.join(_THINGS.values())})"
_WHOSE = "(?:我们?的?|人家的?|是)"
_MUST = "(?:(?:还|非|一定|必须|需要?|要|得){1,3})"
_DOES = "(?:要知道|问|填|留|写|说|讲|输入?|提供|登记|查|核对|确认|选|发|需?要)"
_WHY = "(?:为什么|为啥子?|为何|为哪样|凭什么|凭啥|干嘛|干什么|(?:怎么|咋个)(?=还?要))"
_WHAT_FOR = (
    "(?:(?:拿来|用来|来|是|去)?(?:干|做|搞|整)(?:嘛|什么|啥子?|哪样)用?的?"
    "|(?:有|是)?(?:什么|啥|哪样)用(?:途|处)?)"
)
_END = r"[呢啊呀吗嘛的]?[\s。！!？?]*"
_QUESTION = re.compile(
    rf"(?:请问|那)?(?:你们?)?{_WHY}[\s，,]*(?:{_MUST}?{_DOES}(?:{_WHOSE}?{_THING})?|{_MUST}{_WHOSE}?{_THING})?{_END}"
    rf"|(?:请问|那)?(?:{_MUST}?{_DOES}(?:{_WHOSE}?{_THING})?|{_THING})?{_WHAT_FOR}{_END}"
)


def reason(slot: str, text: str) -> str:
    """Return why a form asks for what `text` names, or for `slot`, where that is all it wants; else empty."""
    asked = simplified(text)
    if slot not in _REASONS or not _QUESTION.fullmatch(asked):
        return ""
    named = [str(found.lastgroup) for found in _NAMED.finditer(asked)]
    ours = [other for other in named if other.split("_")[0] == slot.split("_")[0]]
    # Of a thing that this form does not ask for something happened: it is what a complaint is about.
    return "" if named and not ours else _REASONS[(ours or [slot])[0]]
