"""The one channel of Rasa: with a shared token, used by gateway and console alone."""

from __future__ import annotations

import asyncio
import copy
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import generate_latest
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Blueprint, Request, Sanic, response
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse
from structlog.contextvars import bound_contextvars

from bot.nlu.calls import close_connections
from bot.nlu.stores import memory_state
from desk.logs import request_id

logger = logging.getLogger(__name__)

Handler = Callable[[UserMessage], Awaitable[Any]]

# What a person at the desk can choose from; the rest of a ranking is noise.
_MOST_LABELS = 8
_NAME = re.compile("[!-~]{1,255}")  # of a conversation or a message, as the tables hold it


class LoopbackInput(InputChannel):
    """Takes `{"sender", "text", "rest", "message_id", "again"}` and answers `{"messages", "turn"}`.

    `messages` is Rasa's list; `turn` what the actions marked on it: what was understood and what was done.
    A failing turn is answered with 500 and no detail, so that the gateway can tell silence from
    an answer and keep the words for a person; a process without a model answers 503, and to what is no
    message 400.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._warm = False
        self._warming = asyncio.Lock()

    @classmethod
    def name(cls) -> str:
        """Return the name under which credentials.yml and the URL know this channel."""
        return "loopback"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> LoopbackInput:
        """Make the channel from credentials.yml; a missing token stops the start."""
        if not credentials or not credentials.get("token"):
            cls.raise_missing_credentials_exception()
        return cls(str((credentials or {})["token"]))

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the routes: message and ready for the gateway, parse for the console, and for operators
        healthz and metrics."""
        routes = Blueprint("loopback_channel")

        @routes.listener("before_server_start")
        async def _answer_refusals(app: Sanic, _loop: object) -> None:
            # For the form of such an answer Sanic would read the Accept header, and fail where it is none.
            app.error_handler.add(SanicException, _refusal)

        @routes.listener("after_server_stop")
        async def _close(_app: Sanic, _loop: object) -> None:
            await close_connections()

        @routes.middleware("request")
        async def _authorise(request: Request) -> HTTPResponse | None:
            return self._refused(request)

        @routes.get("/healthz")
        async def _healthz(request: Request) -> HTTPResponse:
            return _health(request)

        @routes.get("/metrics")
        async def _metrics(_request: Request) -> HTTPResponse:
            return response.raw(generate_latest(), content_type="text/plain")

        @routes.get("/ready")
        async def _ready(request: Request) -> HTTPResponse:
            agent: Agent = request.app.ctx.agent
            await self._warm_up(agent)
            return response.json({"model": agent.model_id, "memory": memory_state(agent.tracker_store)})

        @routes.post("/message")
        async def _message(request: Request) -> HTTPResponse:
            return await self._take(request, on_new_message)

        @routes.post("/parse")
        async def _parse(request: Request) -> HTTPResponse:
            text = request.json.get("text") if isinstance(request.json, dict) else None
            return await _understood(request.app.ctx.agent, text)

        return routes

    def _refused(self, request: Request) -> HTTPResponse | None:
        """What a request without the token gets, or any before there is a model."""
        if request.path.endswith(("/healthz", "/metrics")):
            return None
        given = request.headers.get("x-desk-token", "")
        # A header may hold halves of characters, which no token does.
        if not hmac.compare_digest(given.encode(errors="replace"), self._token.encode()):
            return response.empty(status=401)
        return None if _loaded(request) else response.empty(status=503)

    async def _warm_up(self, agent: Agent) -> None:
        """Hold one turn that nobody sees, action server included, and look into the table.

        The first of everything loads lazy imports: about a second that no citizen should wait for.
        """
        async with self._warming:
            if not self._warm:
                await _unseen_turn(agent)
                self._warm = True

    async def _take(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        """Hold a turn; of one that was held before, tell the answer again."""
        body = request.json
        if not _is_message(body):
            return response.empty(status=400)
        said = await _said(request.app.ctx.agent, body) if body.get("again") else None
        return await self._turn(body, on_new_message) if said is None else response.json(answer_of(said))

    async def _turn(self, body: dict[str, Any], on_new_message: Handler) -> HTTPResponse:
        collector = CollectingOutputChannel()
        message = UserMessage(
            body["text"],
            collector,
            body["sender"],
            input_channel=self.name(),
            message_id=body["message_id"],
            metadata={"rest": body.get("rest", "")},
        )
        with bound_contextvars(request=request_id(body["message_id"])):
            try:
                await on_new_message(message)
            except Exception as error:
                # The text is left out on purpose: logs hold no words of citizens.
                logger.error("turn failed: %s", type(error).__name__)
                return response.empty(status=500)
        return response.json(answer_of(collector.messages))


def _refusal(_request: Request, error: SanicException) -> HTTPResponse:
    """What a request gets that no route takes, or that is no HTTP."""
    return response.empty(status=error.status_code, headers=getattr(error, "headers", None))


def _is_message(body: Any) -> bool:
    """Whether a body is a message as gateways send it."""
    if not isinstance(body, dict) or not isinstance(body.get("rest", ""), str):
        return False
    if not all(isinstance(body.get(name), str) for name in ("sender", "text", "message_id")):
        return False
    return all(_NAME.fullmatch(body[name]) for name in ("sender", "message_id"))


def _loaded(request: Request) -> bool:
    """Whether there is a model; a file that is damaged leaves the process without one for good."""
    agent = request.app.ctx.agent
    return agent is not None and bool(agent.is_ready())


def _health(request: Request) -> HTTPResponse:
    if not _loaded(request):
        return response.json({"status": "down"}, status=503)
    # 200 all the same: a restart would lose what is in memory alone.
    memory = memory_state(request.app.ctx.agent.tracker_store)
    return response.json({"status": "ok" if memory == "ok" else "degraded", "memory": memory})


def answer_of(said: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the messages without the marks of the actions, and the first mark, {} where there is none.

    An action leaves its mark on the last thing it says; the first to speak is the one that acted on the
    message, and what follows (the next question of a form) comes with it.
    """
    messages: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    for message in said:
        custom = dict(message.get("custom") or {})
        if "turn" not in custom:
            messages.append(message)
            continue
        marks.append(custom.pop("turn"))
        if custom:
            messages.append({**message, "custom": custom})
    return {"messages": messages, "turn": marks[0] if marks else {}}


async def _understood(agent: Agent, text: object) -> HTTPResponse:
    """What `text` means, without a turn: no conversation begins or changes, and no word of it is kept."""
    if not isinstance(text, str):
        return response.empty(status=400)
    try:
        # Words that begin like a button's payload are still words.
        parsed = await agent.parse_message(text.lstrip("/ "))
    except Exception as error:
        logger.error("parse failed: %s", type(error).__name__)
        return response.empty(status=500)
    return response.json(meaning(parsed))


def meaning(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return what `/parse` tells of a parsed message.

    `label_ranking` and `asks`, each with `name` and `confidence`, the likeliest labels first and the asks
    as they stand; `heard`, the words in the field's own spelling.
    """
    asks = [{"name": ask["label"], "confidence": ask["confidence"]} for ask in parsed.get("asks") or []]
    ranking = (parsed.get("label_ranking") or [])[:_MOST_LABELS]
    return {"label_ranking": ranking, "asks": asks, "heard": parsed.get("heard") or ""}


async def _unseen_turn(agent: Agent) -> None:
    processor = copy.copy(agent.processor)
    processor.tracker_store = InMemoryTrackerStore(agent.domain)
    await processor.handle_message(UserMessage("失业金怎么申领", CollectingOutputChannel(), "warm-up"))
    await agent.tracker_store.retrieve("warm-up")


async def _said(agent: Agent, body: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What was answered when this message came before; None when its turn was never finished.

    It may still be under way here, for a gateway that was killed: its end is waited for.
    """
    async with agent.lock_store.lock(body["sender"]):
        tracker = await agent.tracker_store.retrieve(body["sender"])
    turn: list[BotUttered] | None = None
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            if turn is not None:
                break
            turn = [] if event.message_id == body["message_id"] else None
        elif isinstance(event, BotUttered) and turn is not None:
            turn.append(event)
    if turn is None:
        return None
    collector = CollectingOutputChannel()
    for utterance in turn:
        await collector.send_response(body["sender"], utterance.message())
    return list(collector.messages)
