"""A citizen on the web as the page is one: its files, the cookie, the history, the stream, then words."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

_PAGES = Path(__file__).parents[2] / "bot" / "gateway" / "pages"
FILES = sorted(f"/static/{path.name}" for path in _PAGES.iterdir() if path.suffix != ".html")
_CONNECTIONS = 6  # as browsers open to one host
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
# What is said instead of an answer.
FAILURES = ("系统暂时繁忙", "这一步没有办成", "系统出了点问题", "助手正在启动")


@dataclass
class Told:
    """One message and what became of it. Times are seconds: `at` on the monotonic clock, the others since.

    `answered`: until the answer showed, None for silence. `sign`: until anything showed. `fault`: what was
    wrong, empty when nothing was.
    """

    channel: str
    at: float
    answered: float | None = None
    sign: float | None = None
    fault: str = ""
    late: bool = False


@dataclass
class Visitor:
    """One person with one page. `patience`: seconds until an answer that does not come is silence."""

    url: str
    patience: float
    told: list[Told] = field(default_factory=list)
    page_seconds: float = 0.0

    async def __aenter__(self) -> Visitor:
        self._http = aiohttp.ClientSession(
            self.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=self.patience),
        )
        self._buttons: dict[str, str] = {}
        self._shown: set[int] = set()
        self._streamed: set[int] = set()
        self._code = ""
        self._arrived: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        started = time.perf_counter()
        await self._load("/")
        await asyncio.gather(*(self._load(name) for name in FILES))
        self._show(json.loads(await self._load("/api/messages"))["messages"])
        self.page_seconds = time.perf_counter() - started
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        await self._http.close()

    async def says(self, line: str) -> None:
        """Say a line of a talk and wait until its answer shows."""
        if line.startswith(">"):
            wanted = line[1:]
            token = next((t for title, t in self._buttons.items() if title.startswith(wanted)), None)
            await self._send({"button": token} if token else {"text": wanted})
        else:
            code = self._code or "不查了"
            await self._send({"text": line.replace("{code}", code)})

    async def unstreamed(self, seconds: float) -> int:
        """Wait a while for the stream; return how many shown answers never came through it."""
        for _ in range(int(seconds * 5)):
            if self._shown <= self._streamed:
                break
            await asyncio.sleep(0.2)
        return len(self._shown - self._streamed)

    async def _send(self, content: dict[str, str]) -> None:
        told = Told("web", time.monotonic())
        self.told.append(told)
        try:
            body = {"id": uuid.uuid4().hex, **content}
            async with self._http.post("/api/messages", json=body) as answer:
                said = await answer.json()
                if answer.status not in {200, 202}:
                    told.fault = f"HTTP {answer.status}"
                    return
            messages = said["messages"] if answer.status == 200 else await self._streamed_answer(told)
            self._note(told, messages)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            told.fault = type(error).__name__

    def _note(self, told: Told, messages: list[dict[str, Any]]) -> None:
        told.answered = time.monotonic() - told.at
        told.sign = told.sign or told.answered
        text = " ".join(message["text"] for message in messages)
        told.fault = next((words for words in FAILURES if words in text), "" if messages else "no words")
        self._show(messages)

    async def _streamed_answer(self, told: Told) -> list[dict[str, Any]]:
        """The answer of a turn that took longer than the page's request waits."""
        told.late = True
        ends = time.monotonic() + self.patience
        while True:
            for message in list(self._arrived):
                self._arrived.remove(message)
                if message["from"] == "bot" and message["seq"] not in self._shown:
                    return [message]
                if message["from"] == "notice":
                    told.sign = told.sign or time.monotonic() - told.at
            await asyncio.wait_for(self._news.wait(), ends - time.monotonic())
            self._news.clear()

    async def _load(self, path: str) -> bytes:
        async with self._http.get(path) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def _listen(self) -> None:
        """Read the stream, and open it again where it ends, as the page does."""
        forever = aiohttp.ClientTimeout(total=None)
        while True:
            after = max(self._shown | self._streamed, default=0)
            with suppress(aiohttp.ClientError):
                async with self._http.get(f"/api/stream?after={after}", timeout=forever) as answer:
                    await self._read(answer)
            await asyncio.sleep(1)

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        name = ""
        async for raw in answer.content:
            line = raw.decode().rstrip("\n")
            name = line[7:] if line.startswith("event: ") else name if line else ""
            if line.startswith("data: ") and not name:
                message = json.loads(line[6:])
                self._streamed.add(message["seq"])
                self._arrived.append(message)
                self._learn(message)
                self._news.set()

    def _show(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            if message["seq"]:
                self._shown.add(message["seq"])
            self._learn(message)
        buttons = {each["title"]: each["token"] for message in messages for each in message["buttons"]}
        self._buttons = buttons or self._buttons

    def _learn(self, message: dict[str, Any]) -> None:
        if message["kind"] == "demo_sms" and (code := _CODE.search(message["text"].split("：", 1)[-1])):
            self._code = code[0]
