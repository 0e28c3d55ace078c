from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk.claims.breaker import FAILURES, REST_SECONDS, Breaker
from tests.desk.platform_room import Seconds


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(clock: Seconds) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    for _ in range(times):
        assert breaker.allows()
        breaker.failed()


def test_five_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert not breaker.is_open
    fail(breaker, 1)
    assert breaker.is_open and not breaker.allows()


def test_one_success_between_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.succeeded()
    fail(breaker, FAILURES - 1)
    assert breaker.allows()


def test_it_stays_open_for_the_whole_rest(breaker: Breaker, clock: Seconds) -> None:
    fail(breaker)
    clock.now += REST_SECONDS - 0.001
    assert not breaker.allows()


def test_exactly_one_of_twenty_threads_is_the_probe(breaker: Breaker, clock: Seconds) -> None:
    fail(breaker)
    for _ in range(50):
        clock.now += REST_SECONDS
        gate = threading.Barrier(20)

        def ask(_: int, gate: threading.Barrier = gate) -> bool:
            gate.wait(10)
            return breaker.allows()

        with ThreadPoolExecutor(20) as pool:
            assert sum(pool.map(ask, range(20))) == 1
        breaker.failed()


def test_a_probe_that_fails_begins_the_rest_anew(breaker: Breaker, clock: Seconds) -> None:
    fail(breaker)
    clock.now += REST_SECONDS
    assert breaker.allows()
    breaker.failed()
    clock.now += REST_SECONDS - 1
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()


def test_a_probe_that_succeeds_lets_everybody_in(breaker: Breaker, clock: Seconds) -> None:
    fail(breaker)
    clock.now += REST_SECONDS
    assert breaker.allows() and not breaker.allows()
    breaker.succeeded()
    assert not breaker.is_open and all(breaker.allows() for _ in range(20))
    fail(breaker, FAILURES - 1)
    assert breaker.allows()
