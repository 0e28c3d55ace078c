"""Twenty people in four processes reach for one ticket at once: one gets it, the others are told."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desk.database import Base, open_database
from desk.errors import Conflict
from desk.tickets import Tickets
from desk.tickets.terms import Actor, Role
from tests.desk.databases import KINDS, database
from tests.desk.ticket_room import STRAIGHT, Moment, filed, moved, tickets_in
from tests.faults.rounds import ROUNDS, rounds

_PROCESSES, _THREADS = 4, 5


@pytest.mark.parametrize("kind", KINDS)
def test_of_twenty_people_in_four_processes_one_gets_the_ticket(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url:
        engine = open_database(url)
        Base.metadata.create_all(engine)
        tickets = tickets_in(engine, Moment())
        numbers = [_dispatched(tickets, f"m{place}") for place, _ in enumerate(rounds())]
        told = _all_reach(url, numbers)
        for place, number in enumerate(numbers):
            outcomes = [each[place][thread] for each in told for thread in range(_THREADS)]
            assert len(outcomes) == _PROCESSES * _THREADS
            winners = [outcome for outcome in outcomes if outcome]
            assert winners == [tickets.read(number).assignee]
            assert tickets.read(number).version == 4
        engine.dispose()


def _dispatched(tickets: Tickets, key: str) -> str:
    ticket = filed(tickets, key=key)
    for name, actor, given in STRAIGHT[:2]:
        ticket = moved(tickets, ticket, name, actor, **given)
    return ticket.public_no


def _all_reach(url: str, numbers: list[str]) -> list[list[list[str]]]:
    """For each process and ticket who got it by each thread: a name, or nothing for a conflict."""
    fresh = multiprocessing.get_context("spawn")
    gate, results = fresh.Barrier(_PROCESSES * _THREADS), fresh.Queue()
    processes = [
        fresh.Process(target=_reach, args=(url, numbers, gate, results, place)) for place in range(_PROCESSES)
    ]
    for process in processes:
        process.start()
    told = [results.get(timeout=60 + 30 * ROUNDS) for _ in processes]
    for process in processes:
        process.join(60)
    return told


def _reach(url: str, numbers: list[str], gate: Any, results: Any, place: int) -> None:
    """One process: each of its threads tries to sign each ticket, all of them at once."""
    engine = open_database(url)
    tickets = tickets_in(engine, Moment())
    with ThreadPoolExecutor(_THREADS) as threads:
        results.put(
            [list(threads.map(partial(_sign, tickets, n, gate, place), range(_THREADS))) for n in numbers]
        )
    engine.dispose()


def _sign(tickets: Tickets, number: str, gate: Any, place: int, thread: int) -> str:
    ticket, handler = tickets.read(number), Actor(Role.HANDLER, f"h{place}{thread}", "五华区")
    gate.wait(120)
    try:
        return moved(tickets, ticket, "sign", handler, assignee=handler.id).assignee
    except Conflict:
        return ""
