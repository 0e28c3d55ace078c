"""One turn: a kept message becomes a stored reply, detached from the request that brought it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog.contextvars import bound_contextvars

from bot.gateway.brain import NLU_CHARACTERS, Brain, Said, TurnFailed
from bot.gateway.choices import IN_SIGHT, chosen
from bot.gateway.holds import Holds
from bot.gateway.inbox import DONE, NEEDS_HUMAN, NEW, Inbox, Incoming, Kept
from bot.gateway.meanwhile import Meanwhile
from bot.gateway.metrics import Metrics
from bot.gateway.own_data import OwnData
from desk import conversation
from desk.conversation import Message
from desk.database import utc_now
from desk.errors import Unavailable
from desk.inbox import Understood
from desk.live import LEAVE, Live
from desk.logs import place, request_id
from desk.present import advice_body, button
from desk.tickets import Triage

BUSY = "系统暂时繁忙，这句话没有办成。您的话已经记下，会转给工作人员；着急的话请直接拨打 12333。"
ONLY_SYMBOLS = "只收到了表情或符号，看不出您想问什么。请用文字说一句，例如：领失业金要带什么材料？"
NO_COMMANDS = "以“/”开头的命令在这里不起作用，正在办的事没有变。请用文字说一句您想问的。"
TOO_LONG_NOTICE = "您写得比较长，我先按前 2000 个字理解；全文已经保存，工作人员能看到。"

# A database that is locked, full or gone; it may be back at the next try.
_AWAY = (OperationalError, InterfaceError, NoConnection)
_TRIES = 3
_LONGEST_WAIT = timedelta(minutes=9)  # every accepted message is settled within ten
_REST_SECONDS = 5
_HAS_WORDS = re.compile(r"[^\W_]")
# What Rasa, or somebody who knows it, would read as a command: /restart, /status{"a": "b"}, EXTERNAL: x.
_COMMAND = re.compile(r"^(?:[/\s]*/\s*(?:[A-Za-z_]+(?:\{.*\})?)?|\s*EXTERNAL:\s*[A-Za-z_]*)+")

# Returns what a person has been shown of a conversation, oldest first.
Seen = Callable[[], Sequence[Message]] | None
# The state of a message, and the bodies said to it.
_Answer = tuple[str, list[dict[str, Any]]]

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
        own_data: OwnData,
        metrics: Metrics,
        engine: Engine,
    ) -> None:
        self._inbox = inbox
        self._brain = brain
        self._meanwhile = meanwhile
        self._triage = triage
        self._live = live
        self._own_data = own_data
        self._metrics = metrics
        self._engine = engine
        self._holds = Holds(engine)
        self._began = utc_now()
        self._running: dict[str, asyncio.Task[None]] = {}
        # What Rasa understood in a running turn, until the turn is stored.
        self._understood: dict[str, Understood] = {}

    async def take(self, incoming: Incoming, patience: float, seen: Seen = None) -> list[Message] | None:
        """Keep the message, answer it, and return the reply, or None when it takes longer than
        `patience` seconds: the turn goes on, and the reply then comes through the conversation.

        `seen` returns what the person has been shown, where that is not all that was said.

        Raises:
            Conflict: the same key came before with other words.
        """
        kept, new = await asyncio.to_thread(self._accept, incoming, seen)
        if kept.state == NEW:
            task = self._start(kept, again=not new)
            await asyncio.wait({task}, timeout=patience)
            settled = await asyncio.to_thread(self._inbox.find, kept.key) if task.done() else kept
            # None: the message was the wish to be forgotten, and went with everything else.
            if settled is not None and settled.state == NEW:
                return None
        return await asyncio.to_thread(conversation.reply_to, self._engine, kept.key)

    def _accept(self, incoming: Incoming, seen: Seen) -> tuple[Kept, bool]:
        def choose(text: str) -> str | None:
            said = seen() if seen else conversation.since(self._engine, incoming.sender_id, limit=IN_SIGHT)
            return chosen(text, said, self._live.concerns(incoming.sender_id))

        return self._inbox.accept(incoming, choose)

    def alone(self, sender_id: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation in which no turn is running, and none begins meanwhile, in any gateway."""
        return self._holds.alone(sender_id)

    async def resume(self) -> None:
        """Go on with everything that was kept and not answered, after a restart or an outage."""
        for kept in await asyncio.to_thread(self._inbox.unfinished):
            self._start(kept, again=True)

    async def watch(self) -> None:
        """Answer what was left, whenever a Rasa comes and now and then. Runs for ever."""
        while True:
            # Also while Rasa is away: what has waited too long is then handed to a person.
            await self.resume()
            await self._brain.comes(_REST_SECONDS)

    def _start(self, kept: Kept, again: bool) -> asyncio.Task[None]:
        task = self._running.get(kept.key)
        if task is None:
            task = asyncio.create_task(self._turn(kept, again))
            self._running[kept.key] = task
            task.add_done_callback(lambda _: self._running.pop(kept.key, None))
        return task

    async def _turn(self, kept: Kept, again: bool) -> None:
        async with self.alone(kept.sender_id):
            # Read under the lock: another gateway may have answered it, or died with what came before it.
            rows = await asyncio.to_thread(self._inbox.up_to, kept)
            for each in rows:
                if len(rows) > 1 and await asyncio.to_thread(self._inbox.find, each.key) is None:
                    return  # what came before was the wish to be forgotten
                if each.key == kept.key:
                    await self._settle(each, again or bool(each.attempts))
                elif self._brain.ready and not await self._settle(each, again=True):
                    return  # no later one is answered before it

    async def _settle(self, kept: Kept, again: bool) -> bool:
        """Answer one message; False when the database went away over it, so that it must be asked again."""
        with self._metrics.turn_seconds.time(), bound_contextvars(request=request_id(kept.key)):
            try:
                state, replies = await self._answer(kept, again)
                await self._finish(kept, state, replies)
            except Exception as error:
                log.error("turn failed", key=kept.key, error=type(error).__name__, at=place(error))
                if isinstance(error, _AWAY) and utc_now() - kept.received_at < _LONGEST_WAIT:
                    return False  # perhaps it was carried out: nothing untrue is said of it
                # Whatever happens, the citizen gets a sentence and the words stay for a person.
                await self._finish(kept, NEEDS_HUMAN, [{"text": BUSY}])
        return True

    async def _finish(self, kept: Kept, state: str, replies: list[dict[str, Any]]) -> None:
        understood = self._understood.pop(kept.key, Understood())
        if state == NEW:
            return
        if await asyncio.to_thread(self._inbox.finish, kept.key, state, replies, understood):
            self._metrics.messages.labels(state=state).inc()

    async def _answer(self, kept: Kept, again: bool) -> _Answer:
        payload = kept.payload
        words = _COMMAND.sub("", kept.text).strip()
        answer = await self._here(kept, payload, words)
        if answer is not None:
            return answer
        try:
            said = await self._said(kept, payload or words, again)
        except TurnFailed:
            return NEEDS_HUMAN, [{"text": BUSY}]
        if said is None:
            return await self._without_brain(kept, payload)
        self._understood[kept.key] = said.understood
        answers = merged(said.messages)
        if not answers:
            return NEEDS_HUMAN, [{"text": BUSY}]
        failed = any(answer.pop("failed", False) for answer in answers)
        if len(kept.text) > NLU_CHARACTERS and not payload:
            answers.insert(0, {"text": TOO_LONG_NOTICE})
        return (NEEDS_HUMAN if failed else DONE), answers

    async def _said(self, kept: Kept, words: str, again: bool) -> Said | None:
        """Ask one Rasa after the other; None when none answers, or it was tried too often by now."""
        tries = kept.attempts
        if not self._brain.ready and not await self._brain.look():
            return None
        if again and not tries:
            # Whoever took the message in may still wait for his turn, and must know that it was asked.
            tries = await asyncio.to_thread(self._inbox.attempt, kept.key)
        while self._brain.ready and tries < _TRIES and not self._late(kept):
            try:
                return await self._brain.ask(kept.sender_id, words, kept.key, again)
            except Unavailable:
                again, tries = True, await asyncio.to_thread(self._inbox.attempt, kept.key)
        return None

    async def _here(self, kept: Kept, payload: str | None, words: str) -> _Answer | None:
        """What is answered without Rasa; None for everything else."""
        held = await asyncio.to_thread(self._live.heard, kept.sender_id)
        danger = self._triage.danger(kept.text)
        wish = self._own_data.wish(kept.text, payload)
        if danger:
            # Somebody may be hurt: this comes before any other matter, and a person reads the words.
            file = [] if held else [button("登记下来", "complaint")]
            return NEEDS_HUMAN, [{**advice_body(danger), "buttons": file}]
        if wish == "delete":
            await asyncio.to_thread(self._own_data.delete, kept.sender_id, kept.key)
            return NEW, []  # there is no message any more that could be finished
        if wish:
            return DONE, [await asyncio.to_thread(self._own_data.answer, wish, kept.sender_id)]
        if held and payload != LEAVE["payload"]:
            return DONE, []  # the agent reads it in the conversation, and answers
        if payload or _HAS_WORDS.search(words):
            return None
        return DONE, [{"text": NO_COMMANDS if _HAS_WORDS.search(kept.text) else ONLY_SYMBOLS}]

    async def _without_brain(self, kept: Kept, payload: str | None) -> _Answer:
        """Say what can be said now, once; give up when Rasa was asked in vain too often."""
        first = not kept.attempts
        tries = (await asyncio.to_thread(self._inbox.get, kept.key)).attempts
        if tries >= _TRIES or self._late(kept):
            return NEEDS_HUMAN, [{"text": BUSY}]
        if not tries:
            await asyncio.to_thread(self._inbox.attempt, kept.key)
        body, final = await asyncio.to_thread(self._meanwhile.answer, kept.text, payload)
        if final:
            return DONE, [body]
        if first:
            await asyncio.to_thread(self._notice, kept.sender_id, body)
        return NEW, []

    def _late(self, kept: Kept) -> bool:
        """Whether a message has waited too long to be asked about.

        What came before this gateway began waited for the machine, not for an answer, and gets its time.
        """
        return utc_now() - max(kept.received_at, self._began) > _LONGEST_WAIT

    def _notice(self, sender_id: str, body: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            conversation.say(connection, sender_id, conversation.NOTICE, body)


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
