"""A console in full work: people of every role, tickets at every stage, a conversation, things to learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from console.access import COOKIE
from desk.tickets import Kind
from desk.tickets.terms import Resolution, Role, Satisfaction, Tag, Verdict
from desk.tickets.workflow import MOVES
from tests.console.door import StaffDoor
from tests.console.live_line import held, waits
from tests.console.matrix import MATRIX
from tests.console.ticket_desk import PHONE, accepted, dispatched, filed, in_progress
from tests.desk.learning_room import NEW, labelled, said
from tests.fuzz.cases import TEXTS
from tests.fuzz.document import Document
from tests.fuzz.line import Answer, Headers, Line
from tests.fuzz.wire import form

CONSOLE = Document("console")
POSTS = {
    "agent": (Role.AGENT, ""),
    "handler": (Role.HANDLER, "五华区"),
    "supervisor": (Role.SUPERVISOR, ""),
    "operator": (Role.OPERATOR, ""),
    "auditor": (Role.AUDITOR, ""),
}
OPERATIONS = sorted(CONSOLE.operations)


def permitted(method: str, path: str) -> list[str]:
    """Return the roles that a route lets in."""
    route = f"{method} {path.replace('{', '<').replace('}', '>')}"
    return [name for name in POSTS if MATRIX.get(route, {}).get(name, 200) != 403]


class Office:
    """One console, its people, and what stands for each parameter and field."""

    def __init__(self, var: Path) -> None:
        self.door = StaffDoor(var)
        self.door.start()
        self.line = Line(self.door.port)
        self.people = {name: self.door.signed_in(*post) for name, post in POSTS.items()}
        self.known = {name: [str(each) for each in values] for name, values in self._known().items()}

    def values(self, name: str) -> st.SearchStrategy[str]:
        """What a field may hold: what belongs there, or anything."""
        right = st.sampled_from([*self.known.get(name, []), "1", ""])
        return right | right | TEXTS

    def ask(
        self, role: str, method: str, target: bytes, fields: dict[str, str], headers: Headers = ()
    ) -> Answer:
        """Send what a page of ours would send for somebody of this role, with the token of the form."""
        kind = [(b"content-type", b"application/x-www-form-urlencoded")] if method == "POST" else []
        return self.send(role, method, target, [*headers, *kind], form(fields) if method == "POST" else b"")

    def send(self, role: str, method: str, target: bytes, headers: Headers, body: bytes) -> Answer:
        """Send any body for somebody of this role."""
        own = [(name.encode(), value.encode()) for name, value in self.headers(role)]
        return self.line.ask(method.encode(), target, [*own, *headers], body)

    def headers(self, role: str) -> list[tuple[str, str]]:
        """Return what the browser of this role sends along; whoever was thrown out is let in again."""
        member = self.people[role]
        found = self.door.counter.sessions.of(member.token)
        if found is None:
            self.door.forgive()
            self.door.back_in(member)
            found = self.door.counter.sessions.of(member.token)
            assert found
        own = {"cookie": f"{COOKIE}={member.token}", "x-csrf": found.csrf, "sec-fetch-site": "same-origin"}
        return list(own.items())

    def close(self) -> None:
        self.door.kill()

    def log(self) -> str:
        return (self.door.var / "console.log").read_text()

    def _known(self) -> dict[str, Any]:
        door, handler = self.door, self.people["handler"]
        tickets = [
            filed(door),
            filed(door, kind=Kind.REPORT),
            accepted(door),
            dispatched(door, reply_by="phone", phone=PHONE),
        ]
        tickets += [in_progress(door, handler), dispatched(door, "盘龙区")]
        numbers, ids = [ticket.public_no for ticket in tickets], [ticket.id for ticket in tickets]
        senders = [held(door, self.people["agent"], "失业金怎么还没有到账"), waits(door, "要带什么材料")]
        items = [said(door.engine, NEW[0]), labelled(door.engine, NEW[1])]
        others = [door.signed_in(Role.AGENT).staff.id for _ in range(2)]
        units = ["五华区", "盘龙区", "西山区", "-"]
        days = ["2026-11-02", "9999-12-31", "0001-01-01"]
        shared: dict[tuple[str, ...], list[str]] = {
            ("ticket_id", "id"): ids,
            ("reporter_of", "merged_into", "merge", "text"): numbers,
            ("unit_main", "units_assist", "suggested_unit", "accused_unit", "district", "unit"): units,
            ("sender_id", "open", "call"): [*senders, "call-1"],
            ("item_id", "words", "say"): [*items, *NEW],
            ("since", "until", "day", "created_from", "closed_to", "happened_on"): days,
        }
        own = {
            "row": [f"{each}|{version}" for each in ids for version in (1, 2, 3)],
            "version": list(range(1, 7)),
            "name": [move.name for move in MOVES],
            "staff_id": others,
            "assignee": [handler.staff.id],
            "actor": others,
            "role": [role.value for role in Role],
            "topic": ["materials", "process"],
            "aspect": ["photo", "step1", "list"],
            "region": ["kunming", "neimenggu"],
            "verdict": ["used", "wrong"],
            "format": ["csv", "xlsx"],
            "reason": ["out_of_scope", "联系市民核实情况"],
            "kind": [*(kind.value for kind in Kind), "labelled"],
            "category": ["overdue", "other"],
            "resolution": [each.value for each in Resolution],
            "solved": [each.value for each in Verdict],
            "satisfied": [each.value for each in Satisfaction],
            "tag": [each.value for each in Tag],
            "way": ["phone", "visit"],
            "reached": ["yes", "no"],
            "days": ["3", "0", "99999"],
            "step": ["help", "sign", "extension"],
            "label": ["materials"],
            "params": ["states=accepted", "text=%E4%BA%94"],
            "measure": ["answered", "solved"],
            "proposal_id": ["1", "2", "²"],
            "batch": ["1", "²", "٣"],
            "entry": ["1", "-1", "9" * 30],
            "before": ["1", "²"],
            "after": ["0", "²", "9" * 15],
        }
        return {**own, **{name: values for names, values in shared.items() for name in names}}
