from __future__ import annotations

import pytest

from desk.errors import NotAllowed
from desk.tickets.workflow import (
    MOVES,
    Move,
    Role,
    State,
    move_named,
    possible,
)
from tests.desk.ticket_table import (
    ALLOWED,
    GIVEN,
    PAIRS,
    SCENE,
    actor,
    allowed,
    ends,
    ready,
    refused,
)


@pytest.mark.parametrize("start", list(State), ids=str)
@pytest.mark.parametrize("end", list(State), ids=str)
def test_a_ticket_goes_only_where_the_table_leads(start: State, end: State) -> None:
    leads = any(end in ends(move, start) for move in MOVES if start in move.sources and move.to != "same")
    assert leads == ((str(start), str(end)) in PAIRS)


def test_the_moves_are_those_written_here() -> None:
    assert [move.name for move in MOVES] == list(ALLOWED)


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize("state", list(State), ids=str)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_each_move_in_each_state_by_each_role_is_allowed_or_refused_as_written(
    move: Move, state: State, role: Role
) -> None:
    states, roles = (codes.split() for codes in ALLOWED[move.name])
    given = {"solved": "unrated"} if (move.name, role) == ("close", Role.SYSTEM) else GIVEN[move.name]
    on = ready(move, state)
    if state not in states:
        assert refused(move.name, on, role, given) == "wrong_state"
    elif role not in roles:
        assert refused(move.name, on, role, given) == "wrong_role"
    else:
        allowed(move.name, on, role, given)
    assert (move in possible(on, actor(role), SCENE)) == (str(state) in states and str(role) in roles)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_move_needs_each_of_its_fields_and_takes_no_others(move: Move) -> None:
    on, role = ready(move, min(move.sources)), min(move.who)
    for name in move.required:
        assert refused(move.name, on, role, {**GIVEN[move.name], name: " "}) == f"missing:{name}"
    assert refused(move.name, on, role, {**GIVEN[move.name], "state": "closed"}) == "unknown:state"


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(NotAllowed):
        move_named("delete")
