"""`python -m actions` serves every action, to Rasa alone."""

from __future__ import annotations

import asyncio
import hmac
import traceback
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as Count
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionNotFoundException
from sanic import Request, Sanic, response
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse
from structlog.contextvars import bound_contextvars

from actions import claims, complaint, guide, handoff, offices, talk_over, ticket_verdicts, tickets
from actions.outcome import what_became
from actions.talk import Events, Talk, Turn
from desk.counter import Counter, open_counter
from desk.listening import serve
from desk.logs import configure_logs, request_id
from desk.secret_mark import check_secret
from desk.settings import Settings

_ROOMS = (guide, offices, claims, complaint, tickets, ticket_verdicts, handoff, talk_over)
_CLAIMS_AT_ONCE = 8
_FAILED = "这一步没有办成，系统出了点问题。您的话已经记下，会转给工作人员；着急的话请拨打 12333。"

log = structlog.get_logger("actions")


def make_app(counter: Counter, token: str) -> Sanic:
    """Return the action server: `/webhook` for Rasa, `/healthz` and `/metrics` for the operator."""
    app = Sanic("actions", configure_logging=False)
    # Longer than Rasa keeps a connection that nobody uses, or both would close it at the same moment.
    app.config.KEEP_ALIVE_TIMEOUT = 30
    app.ctx.registry = CollectorRegistry()
    executor = make_executor(counter, app.ctx.registry)

    @app.on_request
    async def _authorise(request: Request) -> HTTPResponse | None:
        open_to_all = request.path in {"/healthz", "/metrics"}
        given = request.headers.get("x-desk-token", "")
        # A header may hold halves of characters, which no token does.
        allowed = open_to_all or hmac.compare_digest(given.encode(errors="replace"), token.encode())
        return None if allowed else response.json({"error": "token"}, status=401)

    @app.get("/healthz")
    async def _healthz(_request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.get("/metrics")
    async def _metrics(_request: Request) -> HTTPResponse:
        return response.raw(generate_latest(app.ctx.registry), content_type="text/plain")

    @app.post("/webhook")
    async def _webhook(request: Request) -> HTTPResponse:
        if not _makes_sense(request.json):
            return response.json({"error": "no call of an action"}, status=400)
        try:
            return response.json(await executor.run(request.json))
        except ActionNotFoundException as error:
            log.error("unknown action", action=error.action_name)
            body = {"error": "no such action", "action_name": error.action_name}
            return response.json(body, status=404)

    @app.exception(Exception)
    async def _failed(_request: Request, error: Exception) -> HTTPResponse:
        # The SDK's own handler answers with the whole tracker; nothing of it may leave or be logged.
        if isinstance(error, SanicException):  # an address, a method or a body that is none of ours
            return response.json({"error": "refused"}, status=error.status_code)
        log.error("call failed", error=type(error).__name__)
        return response.json({"error": "failed"}, status=500)

    return app


def _makes_sense(call: Any) -> bool:
    """Whether a call has the shape that Rasa gives it; what the SDK takes apart without looking."""
    if not isinstance(call, dict) or not isinstance(call.get("next_action"), str):
        return False
    tracker = call.get("tracker")
    if not isinstance(tracker, dict) or not isinstance(call.get("domain") or {}, dict):
        return False
    if not isinstance(tracker.get("sender_id"), str):
        return False
    parts = {"slots": dict, "latest_message": dict, "events": list, "active_loop": dict}
    fits = all(isinstance(tracker.get(name) or kind(), kind) for name, kind in parts.items())
    return fits and all(isinstance(event, dict) for event in tracker.get("events") or ())


def make_executor(counter: Counter, registry: CollectorRegistry) -> ActionExecutor:
    """Return every action of ours behind the SDK's executor; how each ended is counted in `registry`."""
    outcomes = Count("desk_actions_total", "Actions run", ["action", "outcome"], registry=registry)
    _watch_claims(counter, registry)
    executor = ActionExecutor()
    # Claims may be waiting for the provincial platform: threads of their own, so that nobody else does.
    apart = {claims: ThreadPoolExecutor(_CLAIMS_AT_ONCE, thread_name_prefix="claims")}
    for room in _ROOMS:
        for name, turn in room.ACTIONS.items():
            executor.register_function(name, _runner(name, turn, counter, outcomes, apart.get(room)))
    return executor


def _watch_claims(counter: Counter, registry: CollectorRegistry) -> None:
    """Time every call of the provincial platform by its outcome; `open` are those held back."""
    seconds = Histogram(
        "desk_claims_platform_seconds",
        "Seconds of a call of the provincial platform",
        ["outcome"],
        buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        registry=registry,
    )
    counter.claims_health.watch(lambda outcome, taken: seconds.labels(outcome=outcome).observe(taken))


def _runner(name: str, turn: Turn, counter: Counter, outcomes: Count, threads: Executor | None = None) -> Any:
    """Wrap a turn so that it never raises, never blocks the loop, and always answers a sentence.

    It runs in one of `threads`, without any in those that the loop has for everybody.
    """

    async def run(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = Talk(dispatcher, tracker)
        with bound_contextvars(request=request_id(talk.message_key)):
            return await act(talk)

    async def act(talk: Talk) -> Events:
        try:
            bound = partial(copy_context().run, turn, talk, counter)
            events = await asyncio.get_running_loop().run_in_executor(threads, bound)
            talk.mark(what_became(talk, name, counter.topic_names))
            outcomes.labels(action=name, outcome="done").inc()
            return events
        except Exception as error:
            log.error("action failed", action=name, error=type(error).__name__, where=_where(error))
            outcomes.labels(action=name, outcome="failed").inc()
            talk.take_back()
            talk.say(_FAILED, failed=True)
            return []

    return run


def _where(error: Exception) -> list[str]:
    """The last steps to an error as file and line; its words may be a citizen's and stay out of the log."""
    steps = traceback.extract_tb(error.__traceback__)[-4:]
    return [f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in steps]


def main() -> None:
    """Open the desk and serve until stopped."""
    configure_logs("actions")
    settings = Settings.from_env()
    check_secret(settings)
    app = make_app(open_counter(settings), settings.loopback_token)
    serve(app, "DESK_ACTIONS_PORT", settings.actions_host, settings.actions_port)


if __name__ == "__main__":
    main()
