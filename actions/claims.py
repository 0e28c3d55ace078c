"""Where a claim stands: who is asking, a one-time code, then the card."""

from __future__ import annotations

import re

from actions import forms
from actions.talk import CALL, Events, Talk, asks_something, go_on_with, remember
from desk.claims import Assessment, ClaimStatus, assess
from desk.counter import Counter
from desk.errors import InvalidInput, Unavailable
from desk.guide import Question
from desk.identity import Begun, Expired, Locked, Sent, TooMany, TooSoon, Verified, Wrong, id_fault
from desk.present import button, card_button, claim_card
from desk.reckoning import reckon
from desk.workdays import today

_FORM = forms.Form(
    name="claim_form",
    expects=re.compile(r"〔(?:身份证|银行卡)|^[\d\s]+$"),
    cancels=frozenset({"cancel", "deny", "goodbye"}),
    switches=frozenset({"complaint", "complaint_followup"}),
    slots=("claim_id_number", "claim_name", "claim_code"),
    left="好的，不查了。您的身份证号不会留下。还有别的事可以接着问。",
    unclear={
        "claim_id_number": "没有看到身份证号。请输入 18 位身份证号（最后一位可能是 X）；不想查了就回“取消”。",
        "claim_name": "没有看懂姓名。请只写身份证上的姓名；不想查了就回“取消”。",
        "claim_code": "请输入短信里的 6 位数字验证码。没有收到就回“重发验证码”；不想查了就回“取消”。",
    },
)
_NOTICE = (
    "查进度要先核对身份，防止别人看到您的信息：\n"
    "需要您的身份证号、姓名，再把一次性验证码发到您申领时登记的手机。\n"
    "只用于这次查询；号码加密保存，30 分钟内删除。请不要发证件照片。"
)
_NOT_OPEN = "这里还没有开通查进度。可以在“就业彩云南”的“个人中心”里看审核状态，或者拨打 12333。"
_UNAVAILABLE = (
    "现在没能从省里的失业保险系统查到结果，不是您填错了。过一会儿回“再试一次”就行，刚才填的还在。\n"
    "问材料、怎么办、找机构、投诉都照常能用。着急看进度，可以在“就业彩云南”的“个人中心”里看，"
    "也可以拨打 12333{office}。"
)
_NO_CLAIM = (
    "核对过了，但没有查到您的申领记录。如果是这一两天提交的，可以过两天再查；"
    "也可以在“就业彩云南”的“个人中心”里看，或者拨打 12333。"
)
_ID_FAULTS = {
    "old_form": "这是 15 位的旧号码。请输入现在身份证上的 18 位号码。",
    "length": "身份证号应该是 18 位，您看看是不是少了或多了数字？",
    "birth_date": "这个号码里的出生日期不对，请再核对一遍身份证号。",
    "check_digit": "这个号码对不上，可能有一位打错了，请再核对一遍。",
    "name": "没有看懂姓名，请只写身份证上的姓名。",
}
_SENT = "验证码发到登记的手机（姓名和身份证号与登记的一致才会收到），10 分钟内有效。请输入 6 位验证码："
_TOO_SOON = (
    "刚刚已经为这个号码发过一次验证码。如果是在这个对话里要的，请用那一条；"
    "不是的话，{seconds} 秒后回“重发验证码”。"
)
_NO_CODE = "这个对话里没有可以用的验证码（可能已经过期）。请回“重发验证码”。"
_SHOWN_TOO_LATE = "核对身份的时间已经过了，请再说一次“查进度”。"
_BEGUN = {
    TooMany: "今天要验证码的次数已经用完了，请明天再查，或者拨打 12333。",
    Locked: "验证码错的次数太多，今天不能再查了。请明天再试，或者带身份证到经办机构查询，也可以拨打 12333。",
}
_HAN = "[\u4e00-\u9fff]"
# What no name begins with: 姓名要写曾用名还是现在的 gives none.
_NO_NAME = "(?![我你他想问要不还怎什在是有没这])"
_NAME = re.compile(rf"{_NO_NAME}{_HAN}{{2,4}}|{_HAN}{{1,8}}(?:·{_HAN}{{1,8}})+")
_NAME_GIVEN = re.compile(rf"(?:姓名|名字|我叫)(?:是|叫)?[:：\s]*({_NO_NAME}{_HAN}{{2,4}}(?:·{_HAN}{{1,8}})*)")
_QUESTION = 0.9
_NAME_FILLER = re.compile(r"^(?:本人|我是|叫|查一下|查)[:：\s]*")
# A mistyped ID number may look like a bank card's to the redactor.
_ID_PLACEHOLDER = re.compile(r"〔(?:身份证|银行卡)#\d+〕")
_PLACEHOLDERS = re.compile(r"〔[^〔〕]*〕|[，,。；;、\s]|身份证号?码?[:：是]?")
_RESEND = button("重发验证码", "inform", field="code", value="resend")
_RESEND_WORDS = re.compile(r"重新?发|再发|没有?收到|收不到")
_CANCEL = button("不查了", "cancel")
_RETRY = button("再试一次", "status", value="retry")
# What `claim_code` holds besides nothing: the code was right, or none could be asked for yet.
_VERIFIED, _WAITS = "verified", "waits"


def start(talk: Talk, counter: Counter) -> Events:
    """Say what is needed and why, and begin the form with what was already given."""
    if talk.entity("value") == "retry" and (again := _retry(talk, counter)):
        return again
    asked = Question("status", None, talk.text, counter.settings.region, today())
    if reckoned := reckon(asked, counter.atlas, counter.workdays):
        talk.say(reckoned.text, buttons=map(card_button, reckoned.buttons))
    if counter.codes is None:
        talk.say(_NOT_OPEN, buttons=[CALL])
        return []
    talk.say(_NOTICE)
    fresh = remember(**dict.fromkeys(_FORM.slots), complaint_claim=None, form_turn=0)
    return [*fresh, *_into_form(_identity(talk, counter) or [])]


def _into_form(taken: Events) -> Events:
    """Go on with the form, unless what was taken has just ended it."""
    ended = any(event["name"] == "requested_slot" for event in taken)
    return [*taken, *([] if ended else go_on_with("claim_form"))]


def _retry(talk: Talk, counter: Counter) -> Events | None:
    """Go on where the register did not answer; None when nothing is left to go on with."""
    if talk.slot("claim_code") == _VERIFIED:
        return go_on_with("action_claim_show")
    ref, name = talk.slot("claim_id_number"), talk.slot("claim_name")
    if not (ref and name and counter.codes):
        return None
    return [*remember(claim_code=None, form_turn=0), *_into_form(_begin(talk, counter, ref, name))]


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
    who = f"姓名：{talk.slot('claim_name')}。"
    talk.say(who + _SENT, buttons=[_RESEND, button("改姓名", "inform", field="name", value=""), _CANCEL])
    return []


def show(talk: Talk, counter: Counter) -> Events:
    """Show the claim to the person who has proved to be its owner; nothing when the form was left."""
    forget = remember(**dict.fromkeys(_FORM.slots))
    if talk.slot("claim_code") == _WAITS:
        return []
    if talk.slot("claim_code") != _VERIFIED or counter.codes is None:
        return forget
    try:
        person = counter.codes.verified(talk.sender_id)
        status = counter.claims.status(person) if person else None
    except Unavailable:
        _say_unavailable(talk, counter)
        return []
    if status is None:
        talk.say(_NO_CLAIM if person else _SHOWN_TOO_LATE, buttons=[CALL] if person else [])
        return forget
    counter.vault.forget(talk.sender_id)
    found = assess(status, today(), counter.workdays)
    office = counter.offices.by_row(status.office)
    talk.say("", claim_card(status, found, office), _next(talk, status, found))
    offer = _late_claim(status, found) if found.late else {}
    topic = "rejection" if status.reason else "status"
    return [*forget, *remember(office_row=status.office, topic=topic, aspect=None, **offer)]


def _next(talk: Talk, status: ClaimStatus, found: Assessment) -> list[dict[str, str]]:
    """What can be done now, as buttons."""
    buttons = []
    if status.reason:
        buttons += [button("怎么重新申请", "rejection"), button("对停保原因有异议", "dispute_stop_reason")]
    if found.late:
        buttons.append(button("帮我登记投诉", "complaint", value="late_claim"))
    if talk.slot("complaint_story"):
        buttons.append(button("接着写刚才的投诉", "complaint", value="resume"))
    return [*buttons, button("找经办机构", "office", row=status.office)]


def _late_claim(status: ClaimStatus, found: Assessment) -> dict[str, object]:
    """The complaint about a late review, filled in from the register and offered to a bare yes."""
    handed_in = status.submitted_on.isoformat()
    story = f"我的失业保险金申请在{handed_in}提交，已经{found.used}个工作日，审核超期，还没有结果。"
    claim = {"ref": status.number, "stage": status.stage.label, "office": status.office, "story": story}
    return {"complaint_claim": {**claim, "when": handed_in}, "offer": "action_complaint_start"}


def _fill(talk: Talk, counter: Counter) -> Events | None:
    if talk.entity("value") == "resend" or _RESEND_WORDS.search(talk.text):
        return _again(talk, counter)
    if talk.entity("field") == "name":
        return remember(claim_name=None)
    corrected = _ID_PLACEHOLDER.search(talk.text) or _NAME_GIVEN.search(talk.text)
    if talk.requested_slot == "claim_code" and not corrected:
        return _code(talk, counter)
    return _identity(talk, counter)


def _identity(talk: Talk, counter: Counter) -> Events | None:
    """Take number and name, and send the code once both are there; None when the message has neither."""
    numbers, name = _ID_PLACEHOLDER.findall(talk.text), _name(talk, counter)
    if not (numbers or name):
        return None
    ref = numbers[-1] if numbers else talk.slot("claim_id_number")
    name = name or talk.slot("claim_name")
    fault = id_fault(counter.vault.get(talk.sender_id, numbers[-1]) or "") if numbers else None
    if fault:
        talk.say(_ID_FAULTS[fault])
        return remember(claim_id_number=None, claim_name=name)
    if ref and name:
        return _begin(talk, counter, ref, name)
    if name:
        talk.say("姓名记下了。")
    return remember(claim_id_number=ref, claim_name=name)


def _name(talk: Talk, counter: Counter) -> str | None:
    given = _NAME_GIVEN.search(_ID_PLACEHOLDER.sub(" ", talk.text))
    if given:
        return given[1]
    intent, confidence = talk.likeliest
    asked = talk.requested_slot == "claim_name" or _ID_PLACEHOLDER.search(talk.text)
    if not asked or (
        intent in counter.guide.topics and not intent.startswith("oos_") and confidence > _QUESTION
    ):
        return None
    rest = _NAME_FILLER.sub("", _PLACEHOLDERS.sub("", talk.text))
    return rest if _NAME.fullmatch(rest) and not asks_something(rest) else None


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
        _say_unavailable(talk, counter)
        # The form makes room for anything else, and keeps what was given for the button.
        waits = {"claim_id_number": ref, "claim_name": name, "claim_code": _WAITS}
        return remember(**waits, requested_slot=None)
    return _after(talk, begun, remember(claim_id_number=ref, claim_name=name))


def _say_unavailable(talk: Talk, counter: Counter) -> None:
    row = talk.slot("office_row")
    office = counter.offices.by_row(row) if row else None
    phones = (office.later.phones if office.later else office.dialled) if office else ()
    told = f"，或者{office.name} {'、'.join(phones)}" if office and phones else ""
    talk.say(_UNAVAILABLE.format(office=told), buttons=[_RETRY, CALL])


def _again(talk: Talk, counter: Counter) -> Events:
    ref, name = talk.slot("claim_id_number"), talk.slot("claim_name")
    return _begin(talk, counter, ref, name) if ref and name else []


def _after(talk: Talk, begun: Begun, events: Events) -> Events:
    if isinstance(begun, Sent):
        return events
    if isinstance(begun, TooSoon):
        talk.say(_TOO_SOON.format(seconds=begun.seconds))
        return events
    talk.say(_BEGUN[type(begun)], buttons=[CALL])
    return forms.leave(_FORM)


def _code(talk: Talk, counter: Counter) -> Events | None:
    assert counter.codes is not None  # noqa: S101  as above
    digits = re.search(r"(?<!\d)\d(?:\s?\d){3,7}(?!\d)", talk.text)
    if not digits:
        return None
    try:
        checked = counter.codes.check(talk.sender_id, digits[0], talk.message_key)
    except InvalidInput:
        return None
    if isinstance(checked, Verified):
        return remember(claim_code=_VERIFIED)
    if isinstance(checked, Wrong):
        talk.say(f"姓名、身份证号或验证码对不上，还可以试 {checked.tries_left} 次。")
        return remember(claim_code=None)
    if isinstance(checked, Expired):
        talk.say(_NO_CODE)
        return []
    return _after(talk, checked, [])


ACTIONS = {
    "action_claim_start": start,
    "validate_claim_form": validate,
    "action_ask_claim_form_claim_id_number": ask_id_number,
    "action_ask_claim_form_claim_name": ask_name,
    "action_ask_claim_form_claim_code": ask_code,
    "action_claim_show": show,
}
