"""A line to a server, PostgreSQL for example, that can be cut, silent or refused, and then work again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Listens on a free loopback port and hands everything on to `port`, both ways."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._refuses = True
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """End every connection that there is; new ones are taken."""
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # closing alone would not wake who waits for it
        self._open.clear()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Cut everything, and cut at once whoever comes."""
        self._refuses = True
        self.cut()
        try:
            yield
        finally:
            self._refuses = False

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Keep everything waiting that is sent, in both directions."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @contextmanager
    def silent_then_cut(self) -> Iterator[None]:
        """What was answered meanwhile is lost: nobody can know whether a transaction was finished."""
        self._flows.clear()
        try:
            yield
        finally:
            self.cut()
            self._flows.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            self._open.add(near)
            if self._refuses:
                self.cut()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open.add(far)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                # What asks is let through, what is answered waits: so a transaction may be finished unheard.
                if one.getpeername()[1] == self._to:
                    self._flows.wait(120)
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)
