"""Rasa's `/parse` alone, with an answer that a test chooses; it keeps what bot/nlu/channel.py promises."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

UNDERSTOOD = {
    "label_ranking": [{"name": "materials", "confidence": 0.9}, {"name": "process", "confidence": 0.05}],
    "asks": [{"name": "materials", "confidence": 0.95}],
    "heard": "要带什么材料",
}


class FakeUnderstanding:
    """Serves in the test's loop, or beside it. `answer` is sent as it is, after `seconds`, with `status`."""

    def __init__(self, token: str, port: int | None = None) -> None:
        self.answer: Any = UNDERSTOOD
        self.status = 200
        self.seconds = 0.0
        self.texts: list[str] = []
        self._token = token
        app = web.Application()
        app.router.add_post("/webhooks/loopback/parse", self._parse)
        self._server = TestServer(app, port=port)

    async def start(self) -> int:
        """Listen on a free loopback port and return it."""
        await self._server.start_server()
        return int(self._server.port or 0)

    def start_beside(self) -> None:
        """Listen in a thread of its own until the process ends, for tests without a loop."""
        ready = threading.Event()

        async def serve() -> None:
            await self.start()
            ready.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
        assert ready.wait(10)

    def means(self, heard: str = "", **labels: float) -> None:
        """Understand every text as these labels with their confidence."""
        ranking = sorted(labels.items(), key=lambda pair: -pair[1])
        named = [{"name": name, "confidence": confidence} for name, confidence in ranking]
        self.answer = {"label_ranking": named, "asks": [], "heard": heard}

    async def stop(self) -> None:
        """Be down."""
        await self._server.close()

    async def _parse(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Desk-Token") != self._token:
            return web.Response(status=401)
        self.texts.append((await request.json())["text"])
        await asyncio.sleep(self.seconds)
        return web.json_response(self.answer, status=self.status)
