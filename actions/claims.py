"""Where a claim stands: who is asking, a one-time code, then the card."""

from __future__ import annotations

import re

from actions import forms
from actions.talk import CALL, Events, Talk, go_on_with, remember
from desk.claims import assess
from desk.counter import Counter
from desk.errors import InvalidInput, Unavailable
from desk.identity import Begun, Expired, Locked, Sent, TooMany, TooSoon, Verified, Wrong
from desk.present import button, claim_card
from desk.workdays import today

_FORM = forms.Form(
    name="claim_form",
    slots=("claim_id_number", "claim_name", "claim_code"),
    left="好的，不查了。您的身份证号不会留下。还有别的事可以接着问。",
    unclear={
        "claim_id_number": "没有看到身份证号。请输入 18 位身份证号（最后一位可能是 X）；不想查了就回“取消”。",
        "claim_name": "没有看懂姓名。请只写身份证上的姓名；不想查了就回“取消”。",
        "claim_code": "请输入短信里的 6 位数字验证码。没有收到就点“重发验证码”；不想查了就回“取消”。",
    },
)
_NOTICE = (
    "查进度要先核对身份，防止别人看到您的信息：\n"
    "需要您的身份证号、姓名，再把一次性验证码发到您申领时登记的手机。\n"
    "只用于这次查询；号码加密保存，30 分钟内删除。请不要发证件照片。"
)
_NOT_OPEN = "这里还没有开通查进度。可以在“就业彩云南”的“个人中心”里看审核状态，或者拨打 12333。"
_UNAVAILABLE = (
    "现在连不上申领登记，查不了。请过一会儿再试，或者在“就业彩云南”的“个人中心”里看，也可以拨打 12333。"
)
_ID_FAULTS = {
    "old_form": "这是 15 位的旧号码。请输入现在身份证上的 18 位号码。",
    "length": "身份证号应该是 18 位，您看看是不是少了或多了数字？",
    "birth_date": "这个号码里的出生日期不对，请再核对一遍身份证号。",
    "check_digit": "这个号码对不上，可能有一位打错了，请再核对一遍。",
    "name": "没有看懂姓名，请只写身份证上的姓名。",
}
_SENT = "如果姓名和身份证号与登记的一致，验证码已经发到登记的手机，10 分钟内有效。请输入 6 位验证码："
_BEGUN = {
    TooMany: "今天要验证码的次数已经用完了，请明天再查，或者拨打 12333。",
    Locked: "验证码错的次数太多，今天不能再查了。请明天再试，或者带身份证到经办机构查询，也可以拨打 12333。",
    Expired: "验证码已经过期，请从身份证号重新开始。",
}
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,15}")
_NAME_FILLER = re.compile(
    r"^(我的名字是|我的名字叫|我的姓名是|我名字叫|姓名是|姓名|名字叫|名字是|名字|本人|我叫|我是|叫|查一下|查)[:：\s]*"
)
_ID_PLACEHOLDER = re.compile(r"〔身份证#\d+〕")
_PLACEHOLDERS = re.compile(r"〔[^〕]*〕|[，,。；;、\s]|身份证号?码?[:：是]?")
_RESEND = button("重发验证码", "inform", field="code", value="resend")
_CANCEL = button("不查了", "cancel")


def start(talk: Talk, counter: Counter) -> Events:
    """Say what is needed and why, and begin the form with what was already given."""
    if counter.codes is None:
        talk.say(_NOT_OPEN, buttons=[CALL])
        return []
    talk.say(_NOTICE)
    fresh = remember(**dict.fromkeys(_FORM.slots), form_turn=0)
    return [*fresh, *(_id_number(talk, counter) or []), *go_on_with("claim_form")]


def validate(talk: Talk, counter: Counter) -> Events:
    """Take the number, the name or the code, in whatever order and number they come."""
    return forms.validate(talk, counter, _FORM, _fill)


def ask_id_number(talk: Talk, counter: Counter) -> Events:
    """Ask for the ID number."""
    talk.say("请输入您的 18 位身份证号：", buttons=[_CANCEL])
    return []


def ask_name(talk: Talk, counter: Counter) -> Events:
    """Ask for the name."""
    talk.say("请输入身份证上的姓名：", buttons=[_CANCEL])
    return []


def ask_code(talk: Talk, counter: Counter) -> Events:
    """Ask for the code that was sent."""
    talk.say(_SENT, buttons=[_RESEND, _CANCEL])
    return []


def show(talk: Talk, counter: Counter) -> Events:
    """Show the claim to the person who has proved to be its owner; nothing when the form was left."""
    forget = remember(**dict.fromkeys(_FORM.slots))
    if talk.slot("claim_code") != "verified" or counter.codes is None:
        return forget
    person = counter.codes.verified(talk.sender_id)
    status = counter.claims.status(person) if person else None
    if status is None:
        talk.say(_BEGUN[Expired])
        return forget
    counter.vault.forget(talk.sender_id)
    found = assess(status, today(), counter.workdays)
    office = counter.offices.by_row(status.office)
    buttons = (
        [button("怎么重新申请", "rejection"), button("对停保原因有异议", "dispute_stop_reason")]
        if status.reason
        else []
    )
    offer = {}
    if found.late:
        buttons.append(button("帮我登记投诉", "complaint", value="late_claim"))
        handed_in = status.submitted_on.isoformat()
        story = f"我的失业保险金申请在{handed_in}提交，已经{found.used}个工作日，审核超期，还没有结果。"
        claim = {"ref": status.number, "stage": status.stage.label, "office": status.office, "story": story}
        offer = {
            "complaint_claim": {**claim, "when": handed_in},
            "offer": "action_complaint_start",
        }
    talk.say(
        "", claim_card(status, found, office), [*buttons, button("找经办机构", "office", row=status.office)]
    )
    return [
        *forget,
        *remember(office_row=status.office, topic="rejection" if status.reason else "status", **offer),
    ]


def _fill(talk: Talk, counter: Counter) -> Events | None:
    if talk.entity("value") == "resend":
        return _sent(talk, counter)
    slot = talk.requested_slot
    if slot == "claim_code" and not _ID_PLACEHOLDER.search(talk.text):
        return _code(talk, counter)
    number = _id_number(talk, counter)
    if number is None and slot == "claim_id_number":
        return _name_only(talk) if _looks_like_name(talk) else None
    events = number or []
    name = _name(talk)
    if slot == "claim_name" and not name and not events:
        return None
    ref = next((e["value"] for e in events if e["name"] == "claim_id_number"), talk.slot("claim_id_number"))
    name = name or talk.slot("claim_name")
    if not (ref and name):
        return [*events, *(remember(claim_name=name) if name else [])]
    return [*events, *_begin(talk, counter, ref, name)]


def _id_number(talk: Talk, counter: Counter) -> Events | None:
    """The placeholder of an ID number in this message as a slot; None when there is no number."""
    found = _ID_PLACEHOLDER.findall(talk.text)
    return remember(claim_id_number=found[-1]) if found else None


def _name(talk: Talk) -> str | None:
    rest = _NAME_FILLER.sub("", _PLACEHOLDERS.sub("", talk.text))
    return rest if _NAME.fullmatch(rest) and not forms.asks_something(rest) else None


def _looks_like_name(talk: Talk) -> bool:
    _, confidence = talk.likeliest
    return bool(_name(talk)) and len(_name(talk) or "") <= 4 and confidence < 0.4


def _name_only(talk: Talk) -> Events:
    talk.say("姓名记下了。")
    return remember(claim_name=_name(talk))


def _begin(talk: Talk, counter: Counter, ref: str, name: str) -> Events:
    assert counter.codes is not None  # noqa: S101  the form is only begun where codes can be sent
    number = counter.vault.get(talk.sender_id, ref)
    if number is None:
        talk.say("隔得有点久，刚才的身份证号已经自动删除。")
        return remember(claim_id_number=None, claim_name=name)
    try:
        begun = counter.codes.begin(talk.sender_id, number, name)
    except InvalidInput as fault:
        talk.say(_ID_FAULTS[fault.reason])
        wrong = "claim_name" if fault.reason == "name" else "claim_id_number"
        return remember(**{"claim_id_number": ref, "claim_name": name, wrong: None})
    except Unavailable:
        talk.say(_UNAVAILABLE, buttons=[CALL])
        return forms.leave(_FORM)
    return _after(talk, begun, remember(claim_id_number=ref, claim_name=name))


def _sent(talk: Talk, counter: Counter) -> Events:
    assert counter.codes is not None  # noqa: S101  as above
    return _after(talk, counter.codes.resend(talk.sender_id), [])


def _after(talk: Talk, begun: Begun, events: Events) -> Events:
    if isinstance(begun, Sent):
        return events
    if isinstance(begun, TooSoon):
        talk.say(f"验证码刚刚发过，请先用那一条；{begun.seconds} 秒后可以重发。")
        return events
    talk.say(_BEGUN[type(begun)], buttons=[CALL])
    return remember(**dict.fromkeys(_FORM.slots)) if isinstance(begun, Expired) else forms.leave(_FORM)


def _code(talk: Talk, counter: Counter) -> Events | None:
    assert counter.codes is not None  # noqa: S101  as above
    digits = re.search(r"(?<!\d)\d(?:\s?\d){3,7}(?!\d)", talk.text)
    if not digits:
        return None
    try:
        checked = counter.codes.check(talk.sender_id, digits[0])
    except InvalidInput:
        return None
    if isinstance(checked, Verified):
        return remember(claim_code="verified")
    if isinstance(checked, Wrong):
        talk.say(f"姓名、身份证号或验证码对不上，还可以试 {checked.tries_left} 次。")
        return remember(claim_code=None)
    return _after(talk, checked, [])


ACTIONS = {
    "action_claim_start": start,
    "validate_claim_form": validate,
    "action_ask_claim_form_claim_id_number": ask_id_number,
    "action_ask_claim_form_claim_name": ask_name,
    "action_ask_claim_form_claim_code": ask_code,
    "action_claim_show": show,
}
