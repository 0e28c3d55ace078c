"""`python -m tests.benchmarks.floor PORT FILE`: the least a turn can cost, an echo and one SQLite commit."""

from __future__ import annotations

import asyncio
import sqlite3
import sys

from sanic import Request, Sanic, response
from sanic.response import HTTPResponse


def main(port: int, file: str) -> None:
    """Serve until stopped."""
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS said (sender TEXT, text TEXT)")
    app = Sanic("floor", configure_logging=False)
    alone = asyncio.Lock()

    @app.get("/ready")
    async def _ready(_request: Request) -> HTTPResponse:
        return response.empty()

    @app.post("/message")
    async def _message(request: Request) -> HTTPResponse:
        row = (request.json["sender"], request.json["message"])
        async with alone:
            await asyncio.to_thread(connection.execute, "INSERT INTO said VALUES (?, ?)", row)
        return response.json([{"text": row[1]}])

    app.run("127.0.0.1", port, motd=False, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
