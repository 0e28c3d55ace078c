"""One POST of JSON with a bound on everything: connecting, reading, the whole of it, bytes and tries."""

from __future__ import annotations

import io
import time
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.util.retry import Retry

_LARGEST = 64 * 1024
_CHUNK = 8 * 1024
_POOL = 16

# When the call of this thread has to be over, on the monotonic clock.
_ends_at: ContextVar[float] = ContextVar("ends_at")


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect, between two bytes, and for everything that one enquiry needs."""

    connect: float = 1.0
    read: float = 2.5
    whole: float = 4.0


LIMITS = Limits()


class Failed(Exception):
    """There is no answer that can be used. `reason` is a short English code and holds nothing of the call."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class Reply:
    """What came back, whatever it is."""

    status: int
    content: bytes


class Wire:
    """Connections to one address. May be used from many threads."""

    def __init__(self, url: str, ca: Path | None, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._session = requests.Session()
        # Neither a proxy nor a password of the machine's owner has a say here, and cookies none either.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.verify = str(ca) if ca else True
        self._session.headers["Accept-Encoding"] = "identity"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(pool_maxsize=_POOL, max_retries=_retries()))

    def post(self, path: str, body: dict[str, str], headers: dict[str, str], ends_at: float) -> Reply:
        """Return the answer; raise `Failed` for connect, timeout, tls, broken or too_big."""
        _ends_at.set(ends_at)
        try:
            with self._session.post(
                self._url + path,
                json=body,
                headers=headers,
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = _read(answer)
        except Exception as error:
            # Requests' errors carry the request, with the ID number and the token: none may get out, not
            # even as the cause of another. So the reason alone leaves this block.
            reason = _reason(error)
        else:
            if len(content) <= _LARGEST:
                return Reply(answer.status_code, content)
            reason = "too_big"
        raise Failed(reason)


def _retries() -> Retry:
    """Every call of ours only reads, so it may be repeated; a certificate that is wrong stays wrong.

    A second wait for an answer would only end when the whole is over. `Retry-After` is not obeyed: the
    citizen is waiting.
    """
    return Retry(
        total=2,
        connect=2,
        read=1,
        status=2,
        redirect=0,
        other=0,
        backoff_factor=0.1,
        allowed_methods=frozenset({"POST"}),
        status_forcelist=(502, 503, 504),
        raise_on_status=False,
        respect_retry_after_header=False,
    )


def _read(answer: requests.Response) -> bytes:
    content = b""
    for chunk in answer.iter_content(_CHUNK):
        content += chunk
        if len(content) > _LARGEST:
            break
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    cause = error.args[0] if error.args else None
    cause = getattr(cause, "reason", cause)
    if isinstance(cause, NewConnectionError):  # before the others: it counts itself among the timeouts
        return "connect"
    return "timeout" if isinstance(error, requests.Timeout) or isinstance(cause, TimedOut) else "broken"


class _Bytes(io.RawIOBase):
    """The bytes of a socket until `_ends_at`. A read timeout alone would start anew with each byte."""

    def __init__(self, raw: io.RawIOBase, sock: socket) -> None:
        self._raw = raw
        self._sock = sock
        self._patience = sock.gettimeout() or 0.0

    def readable(self) -> bool:
        """Return True: that is all it is for."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what comes next; raise `TimeoutError` when the time for the whole is over."""
        left = _ends_at.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(self._patience, left))
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        # The headers are bounded as well, so this stands under them, not around the body.
        self.fp = io.BufferedReader(_Bytes(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
