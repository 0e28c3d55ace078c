"""A circuit breaker: leaves a system alone that failed several times in a row, and tries it again later."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

FAILURES = 5  # in a row, until nobody is sent there any more
REST_SECONDS = 30.0


class Breaker:
    """Ask `allows` before a call, then tell how it went. Safe to use from many threads.

    While open it allows nothing; after the rest one call alone, the probe, whose result decides. A call
    must end within the rest, so that none begun before the breaker opened can pass for the probe.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, but for the probe."""
        return self._opened_at is not None

    def allows(self) -> bool:
        """Tell whether to call now. Whoever is told so has to say afterwards how it went."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._probing or self._clock() - self._opened_at < REST_SECONDS:
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The system answered: everybody may call."""
        with self._lock:
            self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """The system did not answer; the fifth time in a row, or as a probe, the rest begins anew."""
        with self._lock:
            self._failures += 1
            self._probing = False
            if self._failures >= FAILURES:
                self._opened_at = self._clock()
