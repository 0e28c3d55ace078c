"""One turn: a kept message becomes a stored reply, detached from the request that brought it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.engine import Engine

from bot.gateway.brain import NLU_CHARACTERS, Brain, TurnFailed
from bot.gateway.inbox import DONE, NEEDS_HUMAN, NEW, Inbox, Incoming, Kept
from bot.gateway.meanwhile import Meanwhile
from bot.gateway.metrics import Metrics
from bot.gateway.opening import opening
from desk import conversation
from desk.conversation import Message
from desk.database import utc_now
from desk.errors import Unavailable
from desk.inbox import Understood
from desk.live import LEAVE, Live
from desk.present import advice_body, button
from desk.tickets import Triage
from desk.tickets.asked import answer_to
from desk.tickets.verdicts import answered

BUSY = "系统暂时繁忙，这句话没有办成。您的话已经记下，会转给工作人员；着急的话请直接拨打 12333。"
ONLY_SYMBOLS = "只收到了表情或符号，看不出您想问什么。请用文字说一句，例如：领失业金要带什么材料？"
NO_COMMANDS = "以“/”开头的命令在这里不起作用，正在办的事没有变。请用文字说一句您想问的。"
TOO_LONG_NOTICE = "您写得比较长，我先按前 2000 个字理解；全文已经保存，工作人员能看到。"

_TRIES = 3
_LONGEST_WAIT = timedelta(minutes=9)  # every accepted message is settled within ten
_LOOK_SECONDS, _REST_SECONDS = 0.5, 5
_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", start=1)}
_HAS_WORDS = re.compile(r"[^\W_]")
# What Rasa, or somebody who knows it, would read as a command: /restart, /status{"a": "b"}, EXTERNAL: x.
_COMMAND = re.compile(r"^(?:[/\s]*/\s*(?:[A-Za-z_]+(?:\{.*\})?)?|\s*EXTERNAL:\s*[A-Za-z_]*)+")

log = structlog.get_logger("gateway.turns")


class Turns:
    """Takes messages from the channels and answers them, one at a time for each conversation."""

    def __init__(
        self,
        inbox: Inbox,
        brain: Brain,
        meanwhile: Meanwhile,
        triage: Triage,
        live: Live,
        metrics: Metrics,
        engine: Engine,
    ) -> None:
        self._inbox = inbox
        self._brain = brain
        self._meanwhile = meanwhile
        self._triage = triage
        self._live = live
        self._metrics = metrics
        self._engine = engine
        # A lock lives as long as a turn of its conversation holds it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: dict[str, asyncio.Task[None]] = {}
        # What Rasa understood in a running turn, until the turn is stored.
        self._understood: dict[str, Understood] = {}
        self.brain_ready = False
        self._gone = asyncio.Event()

    async def take(self, incoming: Incoming, patience: float) -> list[Message] | None:
        """Keep the message, answer it, and return the reply, or None when it takes longer than
        `patience` seconds: the turn goes on, and the reply then comes through the conversation.

        Raises:
            Conflict: the same key came before with other words.
        """
        kept, new = await asyncio.to_thread(self._inbox.accept, incoming)
        if kept.state == NEW:
            task = self._start(kept, again=not new)
            await asyncio.wait({task}, timeout=patience)
            if not task.done() or (await asyncio.to_thread(self._inbox.get, kept.key)).state == NEW:
                return None
        return await asyncio.to_thread(conversation.reply_to, self._engine, kept.key)

    async def resume(self) -> None:
        """Go on with everything that was kept and not answered, after a restart or an outage."""
        for kept in await asyncio.to_thread(self._inbox.unfinished):
            self._start(kept, again=True)

    async def watch_brain(self) -> None:
        """Follow whether Rasa is ready; when it comes back, answer what was left. Runs for ever."""
        while True:
            was_ready, self.brain_ready = self.brain_ready, await self._brain.ready()
            self._metrics.brain_ready.set(self.brain_ready)
            if self.brain_ready and not was_ready:
                log.info("rasa is ready")
            # Also while Rasa is away: what has waited too long is then handed to a person.
            await self.resume()
            await asyncio.sleep(_LOOK_SECONDS)
            if self.brain_ready:
                # Nothing to do until somebody finds Rasa gone, or for a while.
                self._gone.clear()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._gone.wait(), _REST_SECONDS)

    def _start(self, kept: Kept, again: bool) -> asyncio.Task[None]:
        task = self._running.get(kept.key)
        if task is None:
            task = asyncio.create_task(self._turn(kept, again))
            self._running[kept.key] = task
            task.add_done_callback(lambda _: self._running.pop(kept.key, None))
        return task

    async def _turn(self, kept: Kept, again: bool) -> None:
        async with self._locks.setdefault(kept.sender_id, asyncio.Lock()):
            kept = await asyncio.to_thread(self._inbox.get, kept.key)
            if kept.state != NEW:
                return  # another delivery of it was answered after this one had looked
            with self._metrics.turn_seconds.time():
                try:
                    state, replies = await self._answer(kept, again)
                except Exception as error:
                    # Whatever happens, the citizen gets a sentence and the words stay for a person.
                    log.error("turn failed", key=kept.key, error=type(error).__name__)
                    state, replies = NEEDS_HUMAN, [{"text": BUSY}]
            understood = self._understood.pop(kept.key, Understood())
            if state == NEW:
                return
            await asyncio.to_thread(self._inbox.finish, kept.key, state, replies, understood)
            self._metrics.messages.labels(state=state).inc()

    async def _answer(self, kept: Kept, again: bool) -> tuple[str, list[dict[str, Any]]]:
        held = await asyncio.to_thread(self._live.heard, kept.sender_id)
        danger = None if kept.payload else self._triage.danger(kept.text)
        if danger:
            # Somebody may be hurt: this comes before any other matter, and a person reads the words.
            file = [] if held else [button("登记下来", "complaint")]
            return NEEDS_HUMAN, [{**advice_body(danger), "buttons": file}]
        payload = kept.payload or await asyncio.to_thread(self._chosen, kept)
        if held and payload != LEAVE["payload"]:
            return DONE, []  # the agent reads it in the conversation, and answers
        if not payload and not _HAS_WORDS.search(kept.text):
            return DONE, [{"text": ONLY_SYMBOLS}]
        words = _COMMAND.sub("", kept.text).strip()
        if not payload and not _HAS_WORDS.search(words):
            return DONE, [{"text": NO_COMMANDS}]
        if not self.brain_ready and not await self._brain.ready():
            return await self._without_brain(kept, payload)
        try:
            said = await self._brain.ask(kept.sender_id, payload or words, kept.key, again)
        except Unavailable:
            self.brain_ready = False
            self._gone.set()
            return await self._without_brain(kept, payload, asked=True)
        except TurnFailed:
            return NEEDS_HUMAN, [{"text": BUSY}]
        self._understood[kept.key] = said.understood
        answers = merged(said.messages)
        if not answers:
            return NEEDS_HUMAN, [{"text": BUSY}]
        failed = any(answer.pop("failed", False) for answer in answers)
        if len(kept.text) > NLU_CHARACTERS and not payload:
            answers.insert(0, {"text": TOO_LONG_NOTICE})
        return (NEEDS_HUMAN if failed else DONE), answers

    async def _without_brain(
        self, kept: Kept, payload: str | None, asked: bool = False
    ) -> tuple[str, list[dict[str, Any]]]:
        """Say what can be said now, once; give up when Rasa was `asked` in vain too often."""
        if utc_now() - kept.received_at > _LONGEST_WAIT:
            return NEEDS_HUMAN, [{"text": BUSY}]
        first = not kept.attempts
        if asked or first:
            attempts = await asyncio.to_thread(self._inbox.attempt, kept.key)
            if asked and attempts >= _TRIES:
                return NEEDS_HUMAN, [{"text": BUSY}]
        body, final = await asyncio.to_thread(self._meanwhile.answer, kept.text, payload)
        if final:
            return DONE, [body]
        if first:
            await asyncio.to_thread(self._notice, kept.sender_id, body)
        return NEW, []

    def _notice(self, sender_id: str, body: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            conversation.say(connection, sender_id, conversation.NOTICE, body)

    def _chosen(self, kept: Kept) -> str | None:
        """The payload of the button that a bare number or a button's own words stand for."""
        number = _DIGITS.get(kept.text) or (int(kept.text) if re.fullmatch(r"[1-9]", kept.text) else 0)
        said = conversation.since(self._engine, kept.sender_id, limit=20)
        buttons = _last_buttons(said)
        if 1 <= number <= len(buttons):
            return str(buttons[number - 1]["payload"])
        titles = {button["title"]: button["payload"] for button in buttons}
        if kept.text == LEAVE["title"] and kept.sender_id in self._live.standings():
            return LEAVE["payload"]  # its button stands on the page as long as the waiting lasts
        pressed = titles.get(kept.text) or answered(kept.text, [button["payload"] for button in buttons])
        return pressed or answer_to(kept.text, said)


def _last_buttons(said: Sequence[Message]) -> list[dict[str, str]]:
    for message in reversed(said):
        if message.author != conversation.CITIZEN and message.body.get("buttons"):
            return list(message.body["buttons"])
    return list(opening()["buttons"])


def merged(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join each `custom` part of Rasa's answer with the text it follows into one message."""
    bodies: list[dict[str, Any]] = []
    for answer in answers:
        custom = answer.get("custom")
        if custom is None:
            bodies.append({"text": answer.get("text", ""), "buttons": answer.get("buttons", [])})
        elif bodies and "card" not in bodies[-1] and custom.get("with_text"):
            bodies[-1].update(custom)
        else:
            bodies.append({"text": "", **custom})
        bodies[-1].pop("with_text", None)
    return [body for body in bodies if _says_something(body)]


def _says_something(body: dict[str, Any]) -> bool:
    return bool(str(body.get("text") or "").strip() or body.get("card") or body.get("buttons"))
