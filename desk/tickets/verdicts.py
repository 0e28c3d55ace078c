"""解决了吗、满意吗: how a citizen's words after a reply are read, and which move of the queue they make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from desk.errors import Conflict, Unavailable
from desk.text import simplified
from desk.tickets.record import Given, Ticket
from desk.tickets.store import Tickets
from desk.tickets.terms import Actor, Role, Satisfaction, Verdict

_TRIES = 3
_LONGEST = 60  # characters; whoever writes more tells a story, and is heard as usual
_DONE = "(?:解决|办好|办成|处理好|弄好|搞定|到账|收到)"
_UNSOLVED = re.compile(f"没有?(?:完全|彻底|真正|给我)?{_DONE}|未{_DONE}|还是(?:没|不)|仍然?(?:没|未)|没用$")
_SOLVED = re.compile(f"{_DONE}(?:了|啦|咯)|搞定")
_YES, _NO = re.compile("嗯+|是的?|对的?"), re.compile("没有?|还没有?|不")
_BAD = re.compile("不(?:太|怎么|是很|够)?满意|很?不好$|差评|太差|很差")
_FAIR = re.compile("基本满意|比较满意|还(?:行|可以|算满意)|一般")
_GOOD = re.compile("满意|好评|很好")
_ASKING = re.compile("[?？吗呢]$")
_PAYLOAD = "/verdict"


def solved_by(text: str) -> Verdict | None:
    """Return what `text` answers to 解决了吗？满意吗？, or None when it is no answer."""
    words = simplified(text).strip("。.！!，, ")
    if len(words) > _LONGEST or _ASKING.search(words):
        return None
    if _UNSOLVED.search(words) or _NO.fullmatch(words):
        return Verdict.NO
    if _SOLVED.search(words) or _YES.fullmatch(words):
        return Verdict.YES
    satisfied = satisfaction_in(words)
    if satisfied is None:
        return None
    return Verdict.NO if satisfied is Satisfaction.BAD else Verdict.YES


def satisfaction_in(text: str) -> Satisfaction | None:
    """Return how pleased `text` says that the citizen is, or None."""
    words = simplified(text).strip("。.！!，, ")
    rows = ((_BAD, Satisfaction.BAD), (_FAIR, Satisfaction.FAIR), (_GOOD, Satisfaction.GOOD))
    return next((term for pattern, term in rows if pattern.search(words)), None)


def answered(text: str, payloads: Iterable[str]) -> str | None:
    """Return the payload of the button of a verdict that typed `text` stands for, with the words in it."""
    offered = [payload for payload in payloads if payload.startswith(_PAYLOAD)]
    said = solved_by(text) if offered else None
    for payload in offered:
        given = json.loads(payload[len(_PAYLOAD) :])
        if said is not None and given.get("value") == said.value:
            return _PAYLOAD + json.dumps({**given, "words": text}, ensure_ascii=False)
    return None


def unsolved(tickets: Tickets, ticket: Ticket, words: str, request_id: str) -> Ticket:
    """Send the ticket back by itself the first time; later it is an objection that a supervisor decides on.

    Raises `NotAllowed` with the table's reason.
    """

    def chosen(now: Ticket) -> tuple[str, Given]:
        satisfied = satisfaction_in(words)
        given = {"reason": words.strip() or Verdict.NO.label}
        return ("redo" if now.round == 1 else "object"), _with(given, satisfied=satisfied)

    return _move(tickets, ticket, chosen, request_id)


def solved(tickets: Tickets, ticket: Ticket, satisfied: str, comment: str, request_id: str) -> Ticket:
    """Close the ticket; `satisfied` is a code of `Satisfaction` or empty. Raises `NotAllowed`."""
    given = _with({"solved": Verdict.YES.value}, satisfied=satisfied, comment=comment.strip())
    return _move(tickets, ticket, lambda _: ("close", given), request_id)


def reopened(tickets: Tickets, ticket: Ticket, facts: str, request_id: str) -> Ticket:
    """Have a closed ticket worked on again for new facts. Raises `NotAllowed` (too_late, wrong_state)."""
    return _move(tickets, ticket, lambda _: ("reopen", {"facts": facts}), request_id)


def _move(
    tickets: Tickets, ticket: Ticket, chosen: Callable[[Ticket], tuple[str, Given]], request_id: str
) -> Ticket:
    """The citizen's move on the latest version, tried again when staff were faster."""
    actor = Actor(Role.CITIZEN, ticket.sender_id)
    for _ in range(_TRIES):
        name, given = chosen(ticket)
        try:
            return tickets.move(ticket.public_no, name, actor, ticket.version, given, request_id)
        except Conflict:
            ticket = tickets.find(ticket.public_no, ticket.sender_id)
    raise Unavailable("ticket")


def _with(given: dict[str, str], **more: str | None) -> dict[str, str]:
    return {**given, **{name: str(value) for name, value in more.items() if value}}
