"""Keeps the access token of the account: fetched once for all processes, sealed, renewed in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import requests
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.gateway.wechat.calls import call
from bot.gateway.wechat.refusals import BUSY, NO_ANSWER, Refused
from bot.gateway.wechat.tables import TokenRow
from desk.database import reading, utc_now
from desk.rotation import SealedColumn
from desk.sealing import Keys, Seal
from desk.wechat_settings import WechatSettings

_EARLY = timedelta(minutes=5)
_CLAIM = timedelta(seconds=20)  # more than the two calls of one fetch may take
_BETWEEN_FORCED = timedelta(seconds=30)  # WeChat's rule, together with 20 a day
# A process that died while it fetched keeps the others waiting no longer than its claim.
_PAUSE_SECONDS, _LOOKS = 0.25, 100
_ROW = select(TokenRow.sealed, TokenRow.expires_at, TokenRow.claimed_until)


def sealed(keys: Keys) -> SealedColumn:
    """Return the column of tokens, sealed with `derive(settings.secret, "wechat token")`."""
    return SealedColumn(TokenRow.sealed, Seal(keys), lambda row: (row["app_id"],))


@dataclass(frozen=True)
class _Kept:
    """A token as it lies in the table; `forced_at` is when one was last forced, in seconds since 1970."""

    token: str = field(repr=False)
    expires_at: datetime
    forced_at: float


class TokenKeeper:
    """The access token of one account, for any number of threads and processes over one database."""

    def __init__(
        self,
        engine: Engine,
        settings: WechatSettings,
        keys: Keys,
        http: requests.Session,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the keys of the seal, the same in every process of the installation."""
        self._engine = engine
        self._settings = settings
        self._seal = Seal(keys)
        self._http = http
        self._now = now
        self._lock = Lock()
        self._flights: dict[str, Future[str]] = {}
        self._mine = TokenRow.app_id == settings.app_id

    def get(self) -> str:
        """Return a token that is good for now; raise `Refused` when none can be had."""
        return self._other_than("")

    def renew(self, old: str) -> str:
        """Return another token than `old`, which WeChat refused; raise `Refused` when none can be had."""
        return self._other_than(old)

    def _other_than(self, refused: str) -> str:
        with reading(self._engine) as connection:
            kept = self._open(connection.execute(_ROW.where(self._mine)).first())
        if kept and self._lasts(kept, refused, _EARLY):
            return kept.token
        return self._together(refused)

    def _together(self, refused: str) -> str:
        """Let the first thread that asks do it, and give all others what came of it, a refusal too."""
        with self._lock:
            flight = self._flights.get(refused)
            first = flight is None
            if flight is None:
                flight = self._flights[refused] = Future()
        if first:
            try:
                flight.set_result(self._obtain(refused))
            except Exception as error:
                flight.set_exception(error)
            finally:
                with self._lock:
                    del self._flights[refused]
        return flight.result()

    def _obtain(self, refused: str) -> str:
        """Fetch a token, or wait for the process that does; the kept one may serve in the meantime."""
        for _ in range(_LOOKS):
            kept, claim = self._claim(refused)
            if claim:
                return self._fetch(refused, kept, claim)
            if kept and self._lasts(kept, refused, timedelta()):
                return kept.token
            time.sleep(_PAUSE_SECONDS)
        raise Refused(BUSY)

    def _claim(self, refused: str) -> tuple[_Kept | None, datetime | None]:
        """Return the kept token, and until when the fetching is ours where it is needed and free."""
        until = self._now() + _CLAIM
        try:
            with self._engine.begin() as connection:
                row = connection.execute(_ROW.where(self._mine).with_for_update()).first()
                kept = self._open(row)
                claimed = row is not None and row.claimed_until and row.claimed_until > self._now()
                if claimed or (kept and self._lasts(kept, refused, _EARLY)):
                    return kept, None
                if row is None:
                    connection.execute(insert(TokenRow).values(app_id=self._settings.app_id))
                connection.execute(update(TokenRow).where(self._mine).values(claimed_until=until))
        except IntegrityError:
            return None, None  # on PostgreSQL another process made the row first
        return kept, until

    def _fetch(self, refused: str, kept: _Kept | None, claim: datetime) -> str:
        """Fetch under `claim`, with no transaction open meanwhile; without success the claim is given up."""
        forced_at = kept.forced_at if kept else 0.0
        try:
            token, lifetime = self._ask(force=False)
            if token == refused:
                # Forced only where WeChat gives out the refused one still. When another system with this
                # account has forced one, the new one came just now; two that force would never end.
                if self._now().timestamp() - forced_at < _BETWEEN_FORCED.total_seconds():
                    raise Refused(BUSY)
                token, lifetime = self._ask(force=True)
                forced_at = self._now().timestamp()
        except Refused:
            self._write(claim)
            raise
        sealed = self._seal.close(f"{forced_at:.0f} {token}", self._settings.app_id)
        self._write(claim, sealed=sealed, expires_at=self._now() + lifetime)
        return token

    def _ask(self, force: bool) -> tuple[str, timedelta]:
        """Return a token and how long it lasts; the secret travels in the body, which nobody logs."""
        account = {"appid": self._settings.app_id, "secret": self._settings.secret}
        body = {"grant_type": "client_credential", **account, "force_refresh": force}
        answer = call(self._http, "POST", f"{self._settings.api}/cgi-bin/stable_token", body=body)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or type(seconds) is not int or seconds <= 0:
            raise Refused(NO_ANSWER)
        return token, timedelta(seconds=seconds)

    def _write(self, claim: datetime, **values: Any) -> None:
        """End our claim, with a new token where there is one; not when it ran out and is another's."""
        ours = update(TokenRow).where(self._mine, TokenRow.claimed_until == claim)
        with self._engine.begin() as connection:
            connection.execute(ours.values(claimed_until=None, **values))

    def _open(self, row: Any) -> _Kept | None:
        """The token of a row; None where there is none, or it was sealed with another key."""
        text = self._seal.open(row.sealed, self._settings.app_id) if row and row.sealed else None
        if text is None:
            return None
        forced_at, token = text.split(" ", 1)
        return _Kept(token, row.expires_at, float(forced_at))

    def _lasts(self, kept: _Kept, refused: str, margin: timedelta) -> bool:
        return kept.token != refused and kept.expires_at - margin > self._now()
