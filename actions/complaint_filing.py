"""The end of a complaint: the summary, the one ticket, and what to say when it could not be filed."""

from __future__ import annotations

from actions.talk import CALL, Events, Talk, go_on_with, remember
from desk.counter import Counter
from desk.errors import InvalidInput, Unavailable
from desk.present import button, ticket_card
from desk.privacy import MOBILE, mask
from desk.tickets import Complaint, promise

FIELDS = {
    "story": "发生了什么",
    "office": "哪个经办机构",
    "when": "什么时候",
    "reply_by": "怎么答复您",
    "anonymous": "要不要匿名",
}
SLOTS = tuple(f"complaint_{name}" for name in (*FIELDS, "confirmed"))
_NOT_FILED = (
    "系统没有回应，还不知道存上没有，所以没有编号。"
    "您写的内容还在，请过一会儿再回一次“确认提交”（不会登记两次），或者拨打 12333。"
)
_NOT_TAKEN = "内容里好像有身份证号、银行卡号一类的号码，为了您的安全不能存。请去掉号码再写一遍经过。"
_PHONE_GONE = "隔得有点久，您留的电话已经自动删除，请再发一次电话号码，或者选择在这里答复。"


def file(talk: Talk, counter: Counter) -> Events:
    """File the ticket once for this message; tell number and date only after it was read back."""
    if talk.slot("complaint_confirmed") is not True:
        return remember(**dict.fromkeys(SLOTS), complaint_claim=None)
    phone, gone = _phone(talk, counter)
    if gone:
        talk.say(_PHONE_GONE)
        return [*remember(complaint_reply_by=None, complaint_confirmed=None), *go_on_with("complaint_form")]
    complaint = _complaint(talk, counter, phone)
    try:
        # A confirmation whose answer was lost on its way may have filed it already.
        ticket = counter.tickets.filed_before(complaint, talk.sender_id) or counter.tickets.open(
            complaint, talk.message_key, talk.sender_id, talk.channel
        )
    except InvalidInput:
        talk.say(_NOT_TAKEN)
        again = remember(complaint_story=None, complaint_confirmed=None)
        return [*again, *go_on_with("complaint_form")]
    except Unavailable:
        talk.say(_NOT_FILED, buttons=[CALL])
        return [*remember(complaint_confirmed=None), *go_on_with("complaint_form")]
    card = ticket_card(
        ticket,
        counter.tickets.told(ticket),
        counter.categories.name(ticket.category),
        promise(counter.tickets.clock, ticket),
    )
    talk.say(
        f"已经提交。编号 {ticket.public_no}，请记下来；在这个对话里说“我的投诉”就能看进度。",
        card,
        [button("看进度", "complaint_followup"), button("补充情况", "add_facts")],
    )
    return remember(**dict.fromkeys(SLOTS), complaint_claim=None, offer=None, topic="complaint_followup")


def summary(talk: Talk, counter: Counter) -> dict[str, object]:
    """Return the card that shows everything once more before the word is given."""
    ref = str(talk.slot("complaint_reply_by"))
    phone = mask(MOBILE, counter.vault.get(talk.sender_id, ref) or "")
    values = {
        "story": talk.slot("complaint_story"),
        "office": _office_name(talk, counter),
        "when": talk.slot("complaint_when"),
        "reply_by": "在这个对话里" if ref == "here" else f"打电话 {phone}（号码已加密）",
        "anonymous": "匿名" if talk.slot("complaint_anonymous") else "不匿名",
    }
    fields = [{"name": FIELDS[name], "value": str(value)} for name, value in values.items()]
    return {"kind": "ticket", "title": "还没有提交，请核对", "fields": fields}


def _office_name(talk: Talk, counter: Counter) -> str:
    row = str(talk.slot("complaint_office") or "")
    return counter.offices.by_row(int(row)).name if row.isdigit() and row != "0" else row


def _phone(talk: Talk, counter: Counter) -> tuple[str, bool]:
    """The phone to answer by, and whether one was left but has expired."""
    ref = str(talk.slot("complaint_reply_by") or "here")
    if ref == "here":
        return "", False
    phone = counter.vault.get(talk.sender_id, ref)
    return phone or "", phone is None


def _complaint(talk: Talk, counter: Counter, phone: str) -> Complaint:
    story = str(talk.slot("complaint_story"))
    category = counter.categories.guess(story)
    claim = talk.slot("complaint_claim") or {}
    unit = counter.catalogue.unit_of(str(talk.slot("complaint_office") or ""))
    return Complaint(
        kind=counter.categories.kind(category),
        narrative=story[:2000],
        category=category,
        district=unit,
        accused_unit=unit if counter.categories.accuses(category) else "",
        happened=str(talk.slot("complaint_when") or "")[:200],
        reply_by="phone" if phone else "here",
        phone=phone,
        anonymous=bool(talk.slot("complaint_anonymous")),
        claim_ref=str(claim.get("ref", "")),
        claim_snapshot={"stage": claim["stage"], "submitted_on": claim["when"]} if claim else None,
    )
