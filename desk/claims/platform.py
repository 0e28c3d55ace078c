"""The provincial platform as a `ClaimSource`, over HTTP by the contract in `docs/platform.yaml`.

Nothing of a citizen and no secret is ever in an error or a log: only what sort of failure it was.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

import structlog

from desk.claims import ClaimStatus, Person
from desk.claims.answers import FIND, NEWEST, TOKEN, Contract, claim_of, person_of, same_person
from desk.claims.breaker import Breaker
from desk.claims.wire import LIMITS, Failed, Limits, Reply, Wire
from desk.database import utc_now
from desk.errors import Unavailable
from desk.health import Health
from desk.id_number import plain_name
from desk.platform_settings import PlatformSettings
from desk.workdays import china_day

_T = TypeVar("_T")
_ANSWERED, _ABSENT, _HELD_BACK = "ok", "absent", "open"
# One person's record is at fault, not the platform: somebody who asks for it again and again must not shut
# the platform for everybody else.
_OF_ONE_RECORD = frozenset({"schema", "duplicate"})
_MARGIN_SECONDS = 30  # a token is not used in its last moments
_UNAUTHORISED = 401

log = structlog.get_logger("claims.platform")


class Platform:
    """Asks the platform, at most `limits.whole` seconds and a last try of connecting for each enquiry."""

    def __init__(
        self,
        settings: PlatformSettings,
        offices: Collection[int],
        health: Health,
        breaker: Breaker | None = None,
        limits: Limits = LIMITS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the rows of the office table as `offices`; a claim at any other is refused."""
        self._secret = settings.client_secret.encode()
        self._offices = frozenset(offices)
        self._health = health
        self._breaker = breaker or Breaker()
        self._limits = limits
        self._clock = clock
        self._contract = Contract.load()
        self._wire = Wire(settings.url, settings.ca, limits)
        self._tokens = _Tokens(settings, self._wire, self._contract)

    def find(self, id_number: str, name: str) -> Person | None:
        """Return the person with exactly this ID number and name; raise `Unavailable`."""
        id_number = id_number.strip().upper()
        id_hash = hmac.new(self._secret, id_number.encode(), hashlib.sha256).hexdigest()
        return self._ask(FIND, {"id_number": id_number, "name": plain_name(name)}, id_hash, person_of)

    def status(self, person: Person) -> ClaimStatus | None:
        """Return the claim that `person` handed in last; raise `Unavailable`."""
        id_hash, _, key = person.key.partition(":")
        today = china_day(self._clock())
        return self._ask(NEWEST, {"key": key}, id_hash, lambda answer: claim_of(answer, today, self._offices))

    def _ask(
        self, path: str, body: dict[str, str], id_hash: str, read: Callable[[Mapping[str, Any]], _T]
    ) -> _T | None:
        """Return what `read` makes of the answer about the person of `id_hash`; None for nothing known."""
        started, found = time.monotonic(), None
        outcome = _HELD_BACK
        if self._breaker.allows():
            outcome, found = self._try(path, body, id_hash, read)
            self._judge(outcome)
        seconds = time.monotonic() - started
        self._health.told(outcome, seconds)
        if outcome in (_ANSWERED, _ABSENT):
            log.info("platform answered", path=path, seconds=round(seconds, 3))
            return found
        tell = log.error if outcome in {"wrong_person", *_OF_ONE_RECORD} else log.warning
        tell("platform gave no answer", path=path, outcome=outcome, seconds=round(seconds, 3))
        raise Unavailable(f"platform: {outcome}")

    def _try(
        self, path: str, body: dict[str, str], id_hash: str, read: Callable[[Mapping[str, Any]], _T]
    ) -> tuple[str, _T | None]:
        """Never raises: an error within could carry the request, and with it whom it was about."""
        try:
            answer = self._contract.read(path, self._post(path, body))
            if answer is None:
                return _ABSENT, None
            same_person(answer, id_hash)
            return _ANSWERED, read(answer)
        except Failed as failure:
            return failure.reason, None
        except Exception as error:
            log.error("platform answer not read", path=path, error=type(error).__name__)
            return "malformed", None

    def _judge(self, outcome: str) -> None:
        if outcome in {_ANSWERED, _ABSENT, *_OF_ONE_RECORD}:
            self._breaker.succeeded()
        else:
            self._breaker.failed()
        self._health.note("" if outcome in (_ANSWERED, _ABSENT) else outcome, self._breaker.is_open)

    def _post(self, path: str, body: dict[str, str]) -> Reply:
        """Post with a token, and once more with a new one where it was not accepted."""
        ends_at = time.monotonic() + self._limits.whole
        request = structlog.contextvars.get_contextvars().get("request") or secrets.token_hex(8)
        refused = ""
        for _ in range(2):
            token = self._tokens.get(ends_at, refused)
            headers = {"Authorization": f"Bearer {token}", "X-Request-Id": request}
            reply = self._wire.post(path, body, headers, ends_at)
            if reply.status != _UNAUTHORISED:
                return reply
            refused = token
        raise Failed("token")


class _Tokens:
    """The access token, in memory alone; however many threads want one, one of them fetches it."""

    def __init__(self, settings: PlatformSettings, wire: Wire, contract: Contract) -> None:
        self._credentials = {"client_id": settings.client_id, "client_secret": settings.client_secret}
        self._wire = wire
        self._contract = contract
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def get(self, ends_at: float, refused: str) -> str:
        """Return a token that is not the `refused` one; raise `Failed`."""
        if not self._lock.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            raise Failed("timeout")
        try:
            if self._token in ("", refused) or time.monotonic() >= self._until:
                self._fetch(ends_at)
            return self._token
        finally:
            self._lock.release()

    def _fetch(self, ends_at: float) -> None:
        self._token = ""
        reply = self._wire.post(TOKEN, self._credentials, {}, ends_at)
        if reply.status == _UNAUTHORISED:
            raise Failed("token")
        answer = self._contract.read(TOKEN, reply) or {}
        self._token = answer["access_token"]
        self._until = time.monotonic() + answer["expires_in"] - _MARGIN_SECONDS
