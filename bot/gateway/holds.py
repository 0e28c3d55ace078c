"""Holds a conversation for one turn at a time: among the tasks of this gateway, and among all gateways.

Between gateways it is PostgreSQL that holds it (advisory locks of a session), so nobody has to clear up after
a gateway that dies. SQLite serves one gateway alone.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import IO
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DBAPIError

from desk.errors import DataFault, Unavailable

_SECOND = "这个 SQLite 数据库已经有一个网关在用。要同时开几个网关，请把 DESK_DATABASE_URL 设为 PostgreSQL。"
_KIND = "conversation"  # apart from all other advisory locks
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.2
# A machine that is cut off holds nothing longer than about half a minute.
_KEEPALIVE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 4}

log = structlog.get_logger("gateway.holds")


class Holds:
    """The conversations that are held now. Make it inside the running event loop."""

    def __init__(self, engine: Engine) -> None:
        # A lock lives as long as a turn of its conversation holds it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._between = _Session(engine) if engine.dialect.name == "postgresql" else None

    @asynccontextmanager
    async def alone(self, sender_id: str) -> AsyncIterator[None]:
        """Hold a conversation, as soon as nobody else does; raise `Unavailable` without the database."""
        async with self._locks.setdefault(sender_id, asyncio.Lock()):
            if self._between is None:
                yield
                return
            wait = _FIRST_WAIT
            while not await self._between.take(sender_id):
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            try:
                yield
            finally:
                await self._between.give_back(sender_id)


class _Session:
    """One connection for all that this gateway holds. Its calls take turns in a thread of their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="holds")

    async def take(self, sender_id: str) -> bool:
        """Hold it unless another gateway does; raise `Unavailable`."""
        with suppress(DBAPIError):
            return await self._run("pg_try_advisory_lock", sender_id)
        try:  # with another connection: the database may have started anew since the last call
            return await self._run("pg_try_advisory_lock", sender_id)
        except DBAPIError as error:
            raise Unavailable("holds") from error

    async def give_back(self, sender_id: str) -> None:
        """Let it go; where the connection is gone, so is what it held."""
        try:
            await self._run("pg_advisory_unlock", sender_id)
        except DBAPIError as error:
            log.warning("holds are lost", error=type(error).__name__)

    async def _run(self, function: str, sender_id: str) -> bool:
        call = partial(self._call, function, sender_id)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _call(self, function: str, sender_id: str) -> bool:
        name = func.hashtext(_KIND), func.hashtext(sender_id)
        try:
            if self._connection is None:
                self._connection = self._opened()
            return bool(self._connection.scalar(select(getattr(func, function)(*name))))
        except DBAPIError:
            if self._connection is not None:
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
            raise

    def _opened(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # the pool would end what a session holds
        for name, value in _KEEPALIVE.items():
            connection.exec_driver_sql(f"SET {name} = {value}")
        return connection


def sole_gateway(database_url: str) -> IO[bytes] | None:
    """Claim a SQLite database for the gateway of this process, for as long as the returned file is open.

    Raises `DataFault` when another gateway has it. None where any number of gateways may serve.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    claim = open(f"{url.database}-gateway", "wb")  # noqa: SIM115  open as long as the process lives
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        claim.close()
        raise DataFault([_SECOND]) from error
    return claim
