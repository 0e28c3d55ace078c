"""A client that sends whatever bytes it is given: what no decent library would put on a wire."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

Headers = Sequence[tuple[bytes, bytes]]
_PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when the door hung up without a word. `seconds` until all of it was there."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def media(self) -> str:
        """Return the type of the body without its parameters."""
        return self.headers.get("content-type", "").split(";")[0]


class Line:
    """One client of one loopback port. Connections are kept as long as the door keeps them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, method: bytes, target: bytes, headers: Headers = (), body: bytes = b"") -> Answer:
        """Send one request with a body of a known length, as a decent client does."""
        known = [(b"host", b"127.0.0.1"), *headers]
        if method != b"GET" or body:
            known.append((b"content-length", str(len(body)).encode()))
        head = b"".join(b"%s: %s\r\n" % pair for pair in known)
        return self.send(b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, target, head, body), method)

    def send(self, request: bytes, method: bytes = b"GET") -> Answer:
        """Send bytes and read one answer; a connection that was closed meanwhile is opened again, once."""
        begun = time.monotonic()
        kept = self._socket is not None
        answer = self._exchanged(request, method, begun)
        if answer.status == 0 and kept:
            answer = self._exchanged(request, method, begun)
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def _exchanged(self, request: bytes, method: bytes, begun: float) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
        with suppress(OSError):  # the door may have answered before it had read everything
            self._socket.sendall(request)
        try:
            return self._read(method, begun)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(0, {}, b"", time.monotonic() - begun)

    def _read(self, method: bytes, begun: float) -> Answer:
        assert self._socket
        answer = http.client.HTTPResponse(self._socket, method=method.decode("latin-1"))
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        endless = headers.get("content-type", "").startswith("text/event-stream")
        body = b"" if endless else answer.read()
        if endless or answer.will_close:
            self.close()
        return Answer(answer.status, headers, body, time.monotonic() - begun)
