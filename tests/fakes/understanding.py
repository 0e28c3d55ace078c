"""Rasa's `/parse` alone, with an answer that a test chooses; it keeps what bot/nlu/channel.py promises."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

UNDERSTOOD = {
    "label_ranking": [{"name": "materials", "confidence": 0.9}, {"name": "process", "confidence": 0.05}],
    "asks": [{"name": "materials", "confidence": 0.95}],
    "heard": "要带什么材料",
}


class FakeUnderstanding:
    """Serves inside the test's own loop. `answer` is sent as it is, after `seconds`, with `status`."""

    def __init__(self, token: str) -> None:
        self.answer: Any = UNDERSTOOD
        self.status = 200
        self.seconds = 0.0
        self.texts: list[str] = []
        self._token = token
        app = web.Application()
        app.router.add_post("/webhooks/loopback/parse", self._parse)
        self._server = TestServer(app)

    async def start(self) -> int:
        """Listen on a free loopback port and return it."""
        await self._server.start_server()
        return int(self._server.port or 0)

    async def stop(self) -> None:
        """Be down."""
        await self._server.close()

    async def _parse(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Desk-Token") != self._token:
            return web.Response(status=401)
        self.texts.append((await request.json())["text"])
        await asyncio.sleep(self.seconds)
        return web.json_response(self.answer, status=self.status)
