"""The searches at the top of the queue: what each role has to look after, with the number beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk.tickets.query import Query
from desk.tickets.terms import Role, State


@dataclass(frozen=True)
class Quick:
    """One search with its name. `tone` marks the number while there is one: late or soon."""

    title: str
    query: Query
    tone: str = ""


def _in(*states: State) -> Query:
    return Query(states=states)


_LATE = (Quick("超期", Query(overdue=True), "late"), Quick("将到期", Query(due_soon=True), "soon"))
_URGED = Quick("催办过", Query(urged=True, open=True))
_OPEN = Quick("没办完的", Query(open=True))
QUICK: Mapping[Role, tuple[Quick, ...]] = {
    Role.AGENT: (
        _OPEN,
        *_LATE,
        Quick("待受理", _in(State.SUBMITTED)),
        Quick("待补充", _in(State.NEED_INFO)),
        Quick("待派单", _in(State.ACCEPTED)),
        Quick("待回访", _in(State.REPLIED)),
        _URGED,
    ),
    Role.HANDLER: (
        _OPEN,
        *_LATE,
        Quick("待签收", _in(State.DISPATCHED)),
        Quick("办理中", _in(State.IN_PROGRESS)),
        Quick("重办", _in(State.REDO)),
        Quick("已答复", _in(State.REPLIED)),
        _URGED,
    ),
    Role.SUPERVISOR: (
        _OPEN,
        *_LATE,
        Quick("待受理", _in(State.SUBMITTED)),
        Quick("待派单", _in(State.ACCEPTED)),
        Quick("派单异议", _in(State.DISPUTED), "soon"),
        Quick("待审批延期", Query(extension_asked=True), "soon"),
        Quick("第二次不满意", Query(objected=True), "soon"),
        _URGED,
    ),
    Role.AUDITOR: (_OPEN, *_LATE, _URGED),
}
