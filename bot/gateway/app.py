"""The gateway's Sanic application: routes, headers, health, metrics, and the one map of errors."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog
from prometheus_client import generate_latest
from sanic import Request, Sanic, response
from sanic.exceptions import SanicException, ServiceUnavailable
from sanic.response import BaseHTTPResponse, HTTPResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.gateway.alive import alive
from bot.gateway.bell import Bell
from bot.gateway.brain import Brain
from bot.gateway.endings import Endings
from bot.gateway.files import Files
from bot.gateway.inbox import Inbox
from bot.gateway.meanwhile import Meanwhile
from bot.gateway.metrics import Metrics
from bot.gateway.own_data import OwnData
from bot.gateway.pace import Pace
from bot.gateway.turns import Turns
from bot.gateway.web import PAGES, Tokens, web
from bot.gateway.wechat.account import open_account
from bot.gateway.wechat.door import WEBHOOK, wechat
from desk.counter import Counter
from desk.errors import Unavailable
from desk.logs import place
from desk.pulse import Pulse
from desk.settings import derive

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_THREADS = 32
_SENTENCES = {
    404: "没有这个地址。",
    405: "这个地址不能这样访问。",
    413: "发来的内容太长了，请分几次发。",
    400: "请求看不懂，请检查格式。",
}
_OTHER_SITE = "请求不是从本页面发出的，没有处理。请刷新页面再试。"
_AWAY = "系统暂时存不了东西，您这句话不一定收到了。请过一会儿再发；着急的话请拨打 12333。"
_UNEXPECTED = "系统出了点问题，请稍后再试；着急的话请拨打 12333。"

log = structlog.get_logger("gateway")


def make_app(counter: Counter) -> Sanic:
    """Put the gateway together; nothing is connected until the server starts."""
    settings, engine = counter.settings, counter.engine
    app = Sanic(f"gateway-{secrets.token_hex(4)}", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.config.RESPONSE_TIMEOUT = 60
    app.config.PROXIES_COUNT = settings.proxies or None
    app.config.KEEP_ALIVE_TIMEOUT = 30
    # Streams stay open for ever; without this a stop would wait for them.
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    app.ctx.counter = counter
    app.ctx.settings = settings
    app.ctx.engine = engine
    app.ctx.tokens = Tokens(settings.secret)
    app.ctx.files = Files(PAGES)
    app.ctx.metrics = Metrics()
    app.ctx.endings = Endings(engine)
    app.ctx.pulse = Pulse(engine)
    app.ctx.pace = Pace(settings.messages_per_minute)
    app.blueprint(web)
    if settings.wechat:
        app.blueprint(wechat)
    app.add_route(_healthz, "/healthz")
    app.add_route(_metrics, "/metrics")
    app.register_middleware(_refuse_other_sites, "request")
    app.register_middleware(_set_headers, "response")
    app.exception(Exception)(_answer_error)

    app.before_server_start(_start)
    app.after_server_stop(_stop)
    return app


async def _start(app: Sanic, _loop: Any) -> None:
    # Most of them wait for a database; the usual six would make people wait for each other.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "gateway"))
    ctx, counter, settings, engine = app.ctx, app.ctx.counter, app.ctx.settings, app.ctx.engine
    ctx.pulse.start()
    ctx.brain = Brain(settings.rasa_urls, settings.loopback_token)
    ctx.bell = Bell(engine, counter.live)
    inbox = Inbox(engine, counter.vault, derive(settings.secret, "inbox"))
    meanwhile = Meanwhile(counter.guide, counter.offices, settings.region)
    own_data = OwnData(engine, counter.tickets, counter.erasure)
    ctx.turns = Turns(
        inbox, ctx.brain, meanwhile, counter.triage, counter.live, own_data, ctx.metrics, engine
    )
    account = open_account(settings.wechat, counter, ctx.turns, inbox, ctx.pace) if settings.wechat else None
    ctx.wechat = account
    watches = (
        *(account.watches if account else ()),
        ctx.bell.watch,
        ctx.brain.watch,
        ctx.turns.watch,
        partial(_forget_expired, counter, ctx.endings),
        partial(_settle_live, counter),
        *([partial(alive, settings.notify_socket)] if settings.notify_socket else []),
    )
    ctx.watchers = [asyncio.create_task(_keep_up(watch)) for watch in watches]


async def _stop(app: Sanic, _loop: Any) -> None:
    for watcher in app.ctx.watchers:
        watcher.cancel()
    app.ctx.pulse.stop()
    await app.ctx.brain.close()


async def _forget_expired(counter: Counter, endings: Endings) -> None:
    """Wipe numbers, codes and endings whose time is over, every minute. Runs for ever."""
    while True:
        await asyncio.sleep(60)
        await asyncio.to_thread(counter.vault.purge)
        await asyncio.to_thread(endings.purge)
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
    # As it was found last: a database that hangs keeps nobody waiting who asks how it is.
    fault = ctx.pulse.fault
    memories = [shard.memory for shard in ctx.brain.shards]
    remembers = all(memory == "ok" for memory in memories)
    body = {
        "status": "down" if fault else "ok" if remembers else "degraded",
        "database": not fault,
        "fault": fault,
        "rasa": ctx.brain.ready,
        "rasas": [shard.ready for shard in ctx.brain.shards],
        "memories": memories,
    }
    return response.json(body, status=503 if fault else 200)


async def _metrics(request: Request) -> HTTPResponse:
    ctx = request.app.ctx
    if ctx.wechat:
        ctx.metrics.wechat_unusable.set(await asyncio.to_thread(ctx.wechat.ledger.count))
        ctx.metrics.wechat_doubtful.set(await asyncio.to_thread(ctx.wechat.pushes.doubtful))
    ctx.metrics.show(shard.ready for shard in ctx.brain.shards)
    return response.raw(generate_latest(ctx.metrics.registry), content_type="text/plain")


async def _refuse_other_sites(request: Request) -> HTTPResponse | None:
    """No page of another site may speak for a citizen or end his conversation; programs name no site."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if request.method != "POST" or site in ("same-origin", "none") or request.path == WEBHOOK:
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
    if isinstance(error, ServiceUnavailable):
        log.debug("client gone", path=request.path)  # WeChat hangs up whenever an answer takes long
    elif status >= 500:
        log.error("request failed", path=request.path, error=type(error).__name__, at=place(error))
    sentence = _AWAY if status == 503 else _SENTENCES.get(status, _UNEXPECTED)
    # Sanic's own say more in a header: after 405 stands which methods there are.
    said = getattr(error, "headers", None)
    body = {"error": {"code": f"http_{status}", "message": sentence}}
    return response.json(body, status=status, headers=said)


def _status(request: Request, error: Exception) -> int:
    """What Sanic calls it; some nonsense of a client it does not tell from a fault of ours."""
    if isinstance(error, SanicException):
        return int(error.status_code)
    if isinstance(error, (DBAPIError, NoConnection, Unavailable)):
        return 503
    if request.path.startswith("/static/"):  # a folder, or a name that no file can have
        return 404
    return 400 if request.method == "NONE" else 500  # NONE: Sanic could not read what came as a request
