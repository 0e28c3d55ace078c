"""The console's Sanic application: routes, headers, health and the one map of errors."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import structlog
from prometheus_client import generate_latest
from sanic import Request, Sanic, response
from sanic.response import BaseHTTPResponse, HTTPResponse

from console.access import PUBLIC, Routes
from console.brain import Brain
from console.errors import answer_error
from console.pages import ROUTES
from console.render import Templates
from desk.counter import Counter
from desk.pulse import Pulse
from desk.suggest import Suggester

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

log = structlog.get_logger("console")
service = Routes("service")


def make_app(counter: Counter) -> Sanic:
    """Put the console together; nothing is connected until the server starts."""
    app = Sanic(f"console-{secrets.token_hex(4)}", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.config.RESPONSE_TIMEOUT = 120
    app.config.KEEP_ALIVE_TIMEOUT = 30
    app.config.PROXIES_COUNT = counter.settings.proxies or None
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0
    app.ctx.counter = counter
    app.ctx.settings = counter.settings
    app.ctx.pulse = Pulse(counter.engine)
    app.ctx.templates = Templates(counter.settings.secret, counter.settings.demo)
    for routes in (service, *ROUTES):
        app.blueprint(routes.blueprint)
    app.static("/static", str(_STATIC))
    app.register_middleware(_set_headers, "response")
    app.exception(Exception)(_answer_error)

    @app.before_server_start
    async def _start(app: Sanic, _loop: object) -> None:
        app.ctx.pulse.start()
        app.ctx.suggester = Suggester(counter)
        app.ctx.brain = Brain(counter.settings.rasa_urls, counter.settings.loopback_token)
        app.ctx.forgetting = asyncio.create_task(_forget_sessions(counter))

    @app.after_server_stop
    async def _stop(app: Sanic, _loop: object) -> None:
        app.ctx.pulse.stop()
        app.ctx.forgetting.cancel()
        await app.ctx.brain.close()

    return app


async def _forget_sessions(counter: Counter) -> None:
    """Drop sessions that ended days ago, every hour. Runs for ever."""
    while True:
        try:
            await asyncio.to_thread(counter.sessions.purge)
        except Exception as error:
            log.error("sessions not purged", error=type(error).__name__)
        await asyncio.sleep(3600)


@service.get("/healthz", PUBLIC)
async def healthz(request: Request) -> HTTPResponse:
    """Whether the database can be read and written, and what is wrong if not."""
    fault = request.app.ctx.pulse.fault
    body = {"status": "down" if fault else "ok", "database": not fault, "fault": fault}
    return response.json(body, status=503 if fault else 200)


@service.get("/metrics", PUBLIC)
async def metrics(_request: Request) -> HTTPResponse:
    """Prometheus figures of this process."""
    return response.raw(generate_latest(), content_type="text/plain")


async def _set_headers(request: Request, answer: BaseHTTPResponse) -> None:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.app.ctx.settings.secure_cookie:
        answer.headers.setdefault("strict-transport-security", "max-age=31536000")
    kept = "no-cache" if request.path.startswith("/static/") else "no-store"
    answer.headers.setdefault("cache-control", kept)


async def _answer_error(request: Request, error: Exception) -> HTTPResponse:
    return await asyncio.to_thread(answer_error, request, error)
