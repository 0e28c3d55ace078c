"""What fakes of an HTTP service share: one loopback port that can be closed, opened again, or be slow."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST_HOLD = 20.0  # seconds


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # as Sanic's own, or more; five would turn callers away in a crowd

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who is gone: he may have been killed, which is what the tests do."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Loopback:
    """Listens once started; `_handler` of the fake serves what comes. `port` 0 is one that is free."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._go_on = threading.Event()
        self._go_on.set()
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Where it listens; the same after `stop` and `start`."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, from the second time on at the same port."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), self._handler())
            self.port = self._server.server_port
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Be down: nobody listens at the port any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hold(self) -> None:
        """Be slow: what comes is taken and not answered until `go_on`."""
        self._go_on.clear()

    def go_on(self) -> None:
        """Answer what was held."""
        self._go_on.set()

    def held(self) -> None:
        """Stay here as long as it is held."""
        self._go_on.wait(_LONGEST_HOLD)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        raise NotImplementedError
