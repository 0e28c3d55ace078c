"""The ticket that an agent files for a caller: filled in from the words, the phone number never in sight.

Numbers of a call are sealed in the vault under the call's own id; a draft holds the placeholder alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from desk.asks import is_ask
from desk.errors import InvalidInput
from desk.offices import Found, Office
from desk.particulars import Particular, particulars
from desk.privacy import KINDS, LANDLINE, MOBILE, mask, number_of, placeholders, redact
from desk.tickets import Actor, Advice, Categories, Clock, Complaint, Kind, Ticket, Tickets, due_text
from desk.tickets.filing import LONGEST
from desk.tickets.triage import FUND_FRAUD
from desk.vault import Vault

CHANNEL = "12333"
_COMPLAINTS = frozenset({"complaint", "complaint_followup"})
_COMPLAINS = ("投诉", "反映", "态度", "推诿", "踢皮球")


@dataclass(frozen=True)
class Draft:
    """A ticket before it is filed; every field may be changed by the agent.

    `district` is that of the office it is about; `phone_ref` the placeholder of the caller's number, which
    only `file` turns into the number.
    """

    kind: Kind
    category: str
    narrative: str
    district: str = ""
    accused_unit: str = ""
    happened: str = ""
    happened_on: date | None = None
    phone_ref: str = ""
    anonymous: bool = False


def draft(
    words: str, label: str, office: object, advice: Advice | None, categories: Categories, day: date
) -> Draft | None:
    """Return what is known of a ticket from redacted `words`; None where another office has to take it.

    `label` is the likeliest topic, "" when unknown; `office` is what was found in the words.
    """
    if not words or (advice and not advice.may_file):
        return None
    category = categories.guess(words)
    kind = _kind(words, label, advice, categories.kind(category))
    named: Office | None = office.office if isinstance(office, Found) else None
    told = _day_told(words, day)
    phones = set(placeholders(words, MOBILE))
    return Draft(
        kind=kind,
        category=category,
        narrative=words[:LONGEST],
        district=named.district if named else "",
        accused_unit=named.name if named and kind is Kind.COMPLAINT else "",
        happened=told.text if told else "",
        happened_on=date.fromisoformat(str(told.value)) if told else None,
        # Of two numbers one is somebody else's: the agent asks which.
        phone_ref=phones.pop() if len(phones) == 1 else "",
    )


def keep_phone(vault: Vault, call: str, typed: str) -> str:
    """Seal the number that the agent typed and return its placeholder; `InvalidInput("phone")` for none."""
    found = vault.redact(call, typed).found
    if len(found) != 1 or found[0].kind not in (MOBILE, LANDLINE):
        raise InvalidInput("phone")
    return found[0].placeholder


def shown_phone(vault: Vault, call: str, phone_ref: str) -> str:
    """Return the caller's number as it may be shown, such as ****5678; "" for none or an expired one."""
    phone = vault.get(call, phone_ref) if phone_ref else None
    return mask(number_of(phone_ref)[0], phone) if phone else ""


def file(
    tickets: Tickets, vault: Vault, call: str, key: str, filled: Draft, by: Actor, channel: str = CHANNEL
) -> Ticket:
    """File the draft of a call once for `key` (one for each form shown) and return the ticket read back.

    `by` is the agent who files it.

    A conversation has its sender id for `call` and its own `channel`: its citizen finds the ticket there.
    Personal numbers in the texts are taken out. Raises `InvalidInput`: `phone_gone` when the number was kept
    too long ago, else as `Tickets.open`; `Conflict` and `Unavailable` as there.
    """
    phone = vault.get(call, filled.phone_ref) if filled.phone_ref else ""
    if phone is None:
        raise InvalidInput("phone_gone")
    complaint = Complaint(
        kind=filled.kind,
        narrative=_without_numbers(filled.narrative),
        category=filled.category,
        district=filled.district,
        accused_unit=_without_numbers(filled.accused_unit),
        happened=_without_numbers(filled.happened),
        happened_on=filled.happened_on,
        reply_by="phone" if phone else "here",
        phone=phone,
        anonymous=filled.anonymous,
    )
    return tickets.open(complaint, key, call, channel, by)


def spoken(ticket: Ticket, clock: Clock, today: date) -> str:
    """Return what the agent reads to a caller after filing: the number, and until when we answer."""
    until = due_text(clock.citizen(ticket), today)
    how = (
        f"会打您留的号码（尾号{ticket.phone_masked[-4:]}）答复您。"
        if ticket.phone_masked
        else "您没有留号码，要知道结果请凭编号再打12333。"
    )
    return f"您反映的事已经登记，编号是 {ticket.public_no}，请记一下。最晚{until}答复，{how}"


def _without_numbers(text: str) -> str:
    """`text` without personal numbers; the same text always gives the same, so that filing twice is one."""
    told = {kind: [number_of(each)[1] for each in placeholders(text, kind)] for kind in KINDS}
    return redact(text, {kind: max(numbers) for kind, numbers in told.items() if numbers}).text


def _kind(words: str, label: str, advice: Advice | None, usual: Kind) -> Kind:
    """A first guess that the agent corrects: who only asks wants an answer, who tells wants help."""
    if advice and advice.route == FUND_FRAUD:
        return Kind.REPORT
    if usual is Kind.ADVICE:
        return usual
    if label in _COMPLAINTS or any(word in words for word in _COMPLAINS):
        return Kind.COMPLAINT
    return Kind.CONSULT if is_ask(words) else Kind.HELP


def _day_told(words: str, day: date) -> Particular | None:
    """The one past day that the words tell for certain."""
    days = [told for told in particulars(words, day) if told.kind == "date" and not told.rough]
    past = [told for told in days if str(told.value) <= day.isoformat()]
    return past[0] if len({told.value for told in past}) == 1 else None
