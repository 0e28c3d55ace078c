"""How fast one person, and one address, may send: a window of a minute, counted in this process."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MINUTE = 60.0
# A household, an office or a telephone company's gate: several people behind one address.
_PEOPLE_AT_AN_ADDRESS = 4
_REMEMBERED = (
    100_000  # people and addresses in a minute; the ones that were quiet longest are forgotten first
)

TOO_FAST = "您发得太快了，这一条没有收下。请过 {seconds} 秒再发；着急请直接拨打 12333。"


class Pace:
    """Counts what was accepted in the last minute. In several gateways each counts its own."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take how many messages a person may send in a minute; 0 for any number."""
        self._per_minute = per_minute
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, person: str, address: str = "") -> int:
        """Count one message; return 0, or the seconds to wait when it is one too many and not counted.

        A loopback address is our own proxy, which stands for everybody, and has no limit.
        """
        limits = {f"person {person}": self._per_minute}
        if address and not _loopback(address):
            limits[f"address {address}"] = self._per_minute * _PEOPLE_AT_AN_ADDRESS
        if not self._per_minute:
            return 0
        now = self._clock()
        self._forget_quiet(now)
        wait = max(self._until_free(who, most, now) for who, most in limits.items())
        if not wait:
            for who in limits:
                self._seen[who].append(now)
        return wait

    def _until_free(self, who: str, most: int, now: float) -> int:
        """The seconds until one more is allowed, at least 1; 0 when it is now."""
        seen = self._seen.setdefault(who, deque())
        self._seen.move_to_end(who)
        while seen and seen[0] <= now - _MINUTE:
            seen.popleft()
        return 0 if len(seen) < most else int(seen[0] + _MINUTE - now) + 1

    def _forget_quiet(self, now: float) -> None:
        """Forget whoever has sent nothing for a minute: nothing of it would count."""
        while self._seen:
            seen = next(iter(self._seen.values()))
            if len(self._seen) <= _REMEMBERED and seen and seen[-1] > now - _MINUTE:
                return
            self._seen.popitem(last=False)


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
