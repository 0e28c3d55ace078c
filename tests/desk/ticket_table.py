"""The table of moves written out by hand, and tickets and people to try it on."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from desk.errors import NotAllowed
from desk.tickets.record import Ticket
from desk.tickets.terms import OPEN
from desk.tickets.workflow import (
    Actor,
    Kind,
    Move,
    Role,
    Scene,
    State,
    check,
    destination,
    move_named,
)

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, tzinfo=timezone.utc)

# The pairs of tickets.md 2.3, written out by hand; everything that is not here is forbidden.
PAIRS = {
    ("submitted", "accepted"),
    ("submitted", "rejected"),
    ("submitted", "need_info"),
    ("accepted", "need_info"),
    ("need_info", "submitted"),
    ("need_info", "accepted"),
    ("accepted", "dispatched"),
    ("dispatched", "in_progress"),
    ("dispatched", "disputed"),
    ("disputed", "dispatched"),
    ("in_progress", "replied"),
    ("replied", "closed"),
    ("replied", "redo"),
    ("redo", "in_progress"),
    ("closed", "redo"),
    *((str(state), end) for state in OPEN for end in ("merged", "withdrawn", "referred")),
}
GIVEN: dict[str, dict[str, Any]] = {
    "accept": {"category": "overdue", "district": "五华区", "unit_main": "五华区"},
    "reject": {"reason": "out_of_scope", "channel_text": "请打 12345。"},
    "ask": {"question": "您是哪天申请的？"},
    "answer": {"facts": "11月2日申请的"},
    "resume": {"reason": "没有回音"},
    "dispatch": {"unit_main": "五华区"},
    "sign": {"assignee": "h1"},
    "dispute": {"reason": "不归我们管", "suggested_unit": "西山区"},
    "rule": {"unit_main": "西山区", "reason": "参保地在西山"},
    "reply": {
        "reply_text": "已补发。",
        "reply_basis": "n12",
        "resolution": "solved",
        "contact": "电话，11月24日",
    },
    "close": {"solved": "yes"},
    "redo": {"reason": "还是没到账"},
    "object": {"reason": "还是没到账"},
    "restart": {"assignee": "h1"},
    "merge": {"merged_into": "JS-20261123-000002-0", "reason": "同一笔"},
    "withdraw": {},
    "refer": {"referred_to": "基金监督", "receipt": "2026-7"},
    "reopen": {"facts": "银行又退回了"},
    "urge": {"counted": True},
    "add_facts": {"facts": "今天又去了一次"},
    "classify": {"reason": "说的是到账", "category": "unpaid"},
    "assist": {"units_assist": ["西山区"]},
    "tag": {"tag": "stuck"},
    "untag": {"tag": "repeat"},
    "contact": {"way": "phone", "reached": True},
    "ask_extension": {"reason": "要等银行回复", "days": 10},
    "approve_extension": {"reason": "确需核实"},
    "refuse_extension": {"reason": "可以按期办完"},
    "join": {"merged_from": "JS-20261123-000002-0"},
    "ask_verdict": {},
    "escalate": {"level": 2},
}
SCENE = Scene(
    TODAY,
    answer_until=date(2026, 11, 20),
    verdict_until=date(2026, 11, 20),
    reopen_until=date(2026, 12, 1),
    target=Ticket(Kind.COMPLAINT, "同一件事", id="b"),
    level=2,
    extension_most=10,
)
OPEN_ONES = "submitted need_info accepted dispatched disputed in_progress replied redo"
# Who may make which move in which state: all of it, written out by hand. What is not here is forbidden.
ALLOWED: dict[str, tuple[str, str]] = {
    "accept": ("submitted", "agent supervisor system"),
    "reject": ("submitted", "agent"),
    "ask": ("submitted accepted", "agent"),
    "answer": ("need_info", "citizen"),
    "resume": ("need_info", "agent system"),
    "dispatch": ("accepted", "agent supervisor system"),
    "sign": ("dispatched", "handler"),
    "dispute": ("dispatched", "handler"),
    "rule": ("disputed", "supervisor"),
    "reply": ("in_progress", "handler"),
    "close": ("replied", "citizen agent supervisor system"),
    "redo": ("replied", "citizen supervisor"),
    "object": ("replied", "citizen"),
    "restart": ("redo", "handler"),
    "merge": (OPEN_ONES, "supervisor"),
    "withdraw": (OPEN_ONES, "citizen"),
    "refer": (OPEN_ONES, "supervisor"),
    "reopen": ("closed", "citizen supervisor"),
    "urge": (OPEN_ONES, "citizen"),
    "add_facts": (OPEN_ONES, "citizen agent handler"),
    "classify": ("submitted need_info accepted", "agent supervisor"),
    "assist": ("dispatched in_progress redo", "agent supervisor handler"),
    "tag": (OPEN_ONES, "agent handler supervisor"),
    "untag": (OPEN_ONES, "agent handler supervisor"),
    "contact": (OPEN_ONES, "agent handler supervisor"),
    "ask_extension": ("in_progress", "handler"),
    "approve_extension": ("in_progress", "supervisor"),
    "refuse_extension": ("in_progress", "supervisor"),
    "join": (OPEN_ONES, "system"),
    "ask_verdict": ("replied", "agent system"),
    "escalate": (OPEN_ONES, "system"),
}


def ticket(state: str | State = "submitted", **fields: Any) -> Ticket:
    start = {
        "id": "a",
        "public_no": "JS-20261123-000001-0",
        "created_at": NOON,
        "updated_at": NOON,
        "unit_main": "五华区",
    }
    return Ticket(Kind.COMPLAINT, "审核超期", state=State(state), **{**start, **fields})


def ready(move: Move, state: State) -> Ticket:
    """A ticket on which `move` is possible."""
    return ticket(
        state,
        reply_text="已补发。",
        asked_from=State.ACCEPTED,
        round=2 if move.name == "object" else 1,
        tags=("repeat",),
        extension_state="asked" if move.name.endswith("e_extension") else "",
        due=TODAY,
    )


def actor(role: Role) -> Actor:
    return Actor(role, "h1", "五华区" if role is Role.HANDLER else "")


def refused(
    move: str, on: Ticket, who: Role, given: dict[str, Any] | None = None, scene: Scene = SCENE
) -> str:
    with pytest.raises(NotAllowed) as caught:
        check(move_named(move), on, actor(who), GIVEN[move] if given is None else given, scene)
    return caught.value.reason


def allowed(
    move: str, on: Ticket, who: Role, given: dict[str, Any] | None = None, scene: Scene = SCENE
) -> None:
    check(move_named(move), on, actor(who), GIVEN[move] if given is None else given, scene)


def ends(move: Move, start: State) -> set[State]:
    asked = [State.SUBMITTED, State.ACCEPTED] if move.to == "back" else [None]
    return {destination(move, ticket(start, asked_from=from_state)) for from_state in asked}
