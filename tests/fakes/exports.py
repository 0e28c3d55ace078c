"""A console whose export has been changed: it never ends, breaks off, or takes ten rows at most.

`python -m tests.fakes.exports endless` serves as `python -m console` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from console.app import make_app
from desk.counter import Counter, open_counter
from desk.listening import serve
from desk.settings import Settings
from desk.tickets.export import Export
from desk.tickets.query import Query
from desk.tickets.terms import Actor

PIECE = b"x" * 1_000_000
TAKEN = "taken.txt"  # in the folder of the database: how many pieces had been asked for when it stopped


class Endless(Export):
    """Has ever more to send, and writes down when nobody wants more."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter.search, counter.categories)
        self._noted = counter.settings.var / TAKEN

    def csv(self, actor: Actor, query: Query) -> Iterator[bytes]:
        """Return the pieces."""
        taken = 0
        try:
            while True:
                taken += 1
                yield PIECE
        finally:
            self._noted.write_text(str(taken))


class Broken(Export):
    """Its database goes away after the first piece."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter.search, counter.categories)

    def csv(self, actor: Actor, query: Query) -> Iterator[bytes]:
        """Return one piece and fail."""
        yield b"one"
        raise RuntimeError("gone")


def _small(counter: Counter) -> Export:
    return Export(counter.search, counter.categories, limit=10)


def main() -> None:
    """Serve with the export that is named on the command line."""
    settings = Settings.from_env()
    counter = open_counter(settings)
    make = {"endless": Endless, "broken": Broken, "small": _small}[sys.argv[1]]
    app = make_app(replace(counter, export=make(counter)))
    serve(app, "DESK_CONSOLE_PORT", settings.console_host, settings.console_port)


if __name__ == "__main__":
    main()
