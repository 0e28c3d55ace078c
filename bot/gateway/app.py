"""The gateway's Sanic application: routes, headers, health, metrics, and the one map of errors."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from prometheus_client import generate_latest
from sanic import Request, Sanic, response
from sanic.exceptions import SanicException
from sanic.response import BaseHTTPResponse, HTTPResponse

from bot.gateway.bell import Bell
from bot.gateway.brain import Brain
from bot.gateway.inbox import Inbox
from bot.gateway.meanwhile import Meanwhile
from bot.gateway.metrics import Metrics
from bot.gateway.turns import Turns
from bot.gateway.web import Tokens, web
from desk import conversation
from desk.counter import Counter
from desk.settings import derive

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_SENTENCES = {
    404: "没有这个地址。",
    405: "这个地址不能这样访问。",
    413: "发来的内容太长了，请分几次发。",
    400: "请求看不懂，请检查格式。",
}
_OTHER_SITE = "请求不是从本页面发出的，没有处理。请刷新页面再试。"
_UNEXPECTED = "系统出了点问题，请稍后再试；着急的话请拨打 12333。"

log = structlog.get_logger("gateway")


def make_app(counter: Counter) -> Sanic:
    """Put the gateway together; nothing is connected until the server starts."""
    settings, engine = counter.settings, counter.engine
    app = Sanic(f"gateway-{secrets.token_hex(4)}", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.config.RESPONSE_TIMEOUT = 60
    app.config.KEEP_ALIVE_TIMEOUT = 30
    # Streams stay open for ever; without this a stop would wait for them.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    app.ctx.counter = counter
    app.ctx.settings = settings
    app.ctx.engine = engine
    app.ctx.tokens = Tokens(settings.secret)
    app.ctx.metrics = Metrics()
    app.blueprint(web)
    app.add_route(_healthz, "/healthz")
    app.add_route(_metrics, "/metrics")
    app.register_middleware(_refuse_other_sites, "request")
    app.register_middleware(_set_headers, "response")
    app.exception(Exception)(_answer_error)

    @app.before_server_start
    async def _start(app: Sanic, _loop: Any) -> None:
        ctx = app.ctx
        ctx.brain = Brain(settings.rasa_port, settings.loopback_token)
        ctx.bell = Bell(engine, counter.live)
        inbox = Inbox(engine, counter.vault, derive(settings.secret, "inbox"))
        meanwhile = Meanwhile(counter.guide, counter.offices, settings.region)
        ctx.turns = Turns(inbox, ctx.brain, meanwhile, counter.triage, counter.live, ctx.metrics, engine)
        watches = (
            ctx.bell.watch,
            ctx.turns.watch_brain,
            partial(_forget_expired, counter),
            partial(_settle_live, counter),
        )
        ctx.watchers = [asyncio.create_task(_keep_up(watch)) for watch in watches]

    @app.after_server_stop
    async def _stop(app: Sanic, _loop: Any) -> None:
        for watcher in app.ctx.watchers:
            watcher.cancel()
        await app.ctx.brain.close()

    return app


async def _forget_expired(counter: Counter) -> None:
    """Wipe numbers and codes whose time is over, every minute. Runs for ever."""
    while True:
        await asyncio.sleep(60)
        await asyncio.to_thread(counter.vault.purge)
        if counter.codes:
            await asyncio.to_thread(counter.codes.purge)


async def _settle_live(counter: Counter) -> None:
    """Bring conversations back whose agent has vanished, or that nobody speaks in. Runs for ever."""
    while True:
        await asyncio.sleep(15)
        await asyncio.to_thread(counter.live.settle)


async def _keep_up(watch: Callable[[], Awaitable[None]]) -> None:
    """Begin a watch again whenever it fails: it must outlive a database that is away for a moment."""
    while True:
        try:
            await watch()
        except Exception as error:
            log.error("watch failed", error=type(error).__name__)
            await asyncio.sleep(1)


async def _healthz(request: Request) -> HTTPResponse:
    ctx = request.app.ctx
    try:
        await asyncio.to_thread(conversation.newest_seq, ctx.engine)
        database = True
    except Exception:
        database = False
    body = {"status": "ok" if database else "down", "database": database, "rasa": ctx.turns.brain_ready}
    return response.json(body, status=200 if database else 503)


async def _metrics(request: Request) -> HTTPResponse:
    return response.raw(generate_latest(request.app.ctx.metrics.registry), content_type="text/plain")


async def _refuse_other_sites(request: Request) -> HTTPResponse | None:
    """No page of another site may speak for a citizen or end his conversation; programs name no site."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if request.method != "POST" or site in ("same-origin", "none"):
        return None
    if site is None and (origin is None or origin.split("://")[-1] == request.headers.get("host", "")):
        return None
    return response.json({"error": {"code": "other_site", "message": _OTHER_SITE}}, status=403)


async def _set_headers(request: Request, answer: BaseHTTPResponse) -> None:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.app.ctx.settings.secure_cookie:
        answer.headers.setdefault("strict-transport-security", "max-age=31536000")
    if request.path.startswith("/api/"):
        answer.headers.setdefault("cache-control", "no-store")
    else:
        answer.headers.setdefault("cache-control", "no-cache")


async def _answer_error(request: Request, error: Exception) -> HTTPResponse:
    status = _status(request, error)
    if status >= 500:
        log.error("request failed", path=request.path, error=type(error).__name__)
    sentence = _SENTENCES.get(status, _UNEXPECTED)
    return response.json({"error": {"code": f"http_{status}", "message": sentence}}, status=status)


def _status(request: Request, error: Exception) -> int:
    """What Sanic calls it; some nonsense of a client it does not tell from a fault of ours."""
    if isinstance(error, SanicException):
        return int(error.status_code)
    if request.path.startswith("/static/"):  # a folder, or a name that no file can have
        return 404
    return 400 if request.method == "NONE" else 500  # NONE: Sanic could not read what came as a request
