"""The webhook `/wechat`: GET proves the address to WeChat, POST brings one delivery of one message."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta, timezone

import structlog
from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from bot.gateway.wechat.account import Account
from bot.gateway.wechat.channel import THIRD
from bot.gateway.wechat.envelope import Broken, Envelope
from desk.database import utc_now

WEBHOOK = "/wechat"
# Anybody can send these: counted, not stored.
_NOT_FROM_WECHAT = frozenset({"signature", "replay", "too_large"})
_NOTHING = "success"  # what WeChat takes for "received, nothing to say"
_LET_GO_SECONDS = 6  # WeChat has then let go, and delivers again
_LAST_SECONDS = 4.8
_PATIENCE = timedelta(seconds=5)  # so long WeChat waits for a reply
_SURELY_FIRST = timedelta(seconds=4)  # since it was sent: another delivery of it cannot have begun
_PERHAPS = "系统暂时存不了东西，您刚才发的可能没有收到。请过几分钟再发一次；着急请拨打 12333。"

log = structlog.get_logger("gateway.wechat")
wechat = Blueprint("wechat")


@wechat.get(WEBHOOK)
async def verify(request: Request) -> HTTPResponse:
    """Return what WeChat sent along, when it is signed."""
    try:
        return response.text(request.app.ctx.wechat.envelopes.verify(_query(request)))
    except Broken:
        return response.text("", status=400)


@wechat.post(WEBHOOK)
async def deliver(request: Request) -> HTTPResponse:
    """Take one delivery and answer it, or say that there is nothing to say."""
    account = request.app.ctx.wechat
    try:
        envelope = account.envelopes.read(_query(request), request.body)
        with request.app.ctx.metrics.wechat_seconds.time():
            text = await _in_time(request, envelope)
    except Broken as broken:
        return await _refuse(request, broken)
    except Exception as error:
        # Not answered, so that WeChat delivers it again: perhaps it was taken, perhaps not.
        log.error("delivery failed", error=type(error).__name__)
        await asyncio.sleep(_LET_GO_SECONDS)
        return response.text("", status=500)
    if text is None:
        return response.text(_NOTHING)
    return response.raw(account.envelopes.reply(envelope, text), content_type="application/xml")


async def _in_time(request: Request, envelope: Envelope) -> str | None:
    """The reply to one delivery. What WeChat does not wait for is noted, so that it is told another way."""
    account, begun = request.app.ctx.wechat, utc_now()
    answering = asyncio.create_task(_answer(request, envelope))
    try:
        text = await asyncio.shield(answering)
    except asyncio.CancelledError:
        # WeChat has hung up. What was begun goes on, and must not pass for told.
        _beside(account, _too_late(account, envelope, answering))
        raise
    if utc_now() - begun >= _PATIENCE:
        _beside(account, account.channel.late(envelope))
    elif text is not None and utc_now() - _sent_at(envelope) >= _SURELY_FIRST:
        _beside(account, account.channel.fetched(envelope))
    return text


async def _too_late(account: Account, envelope: Envelope, answering: asyncio.Task[str | None]) -> None:
    await answering
    await account.channel.late(envelope)


def _beside(account: Account, noting: Coroutine[None, None, None]) -> None:
    """Note something while the reply goes out, which waits for no database: WeChat's seconds are counted."""

    async def note() -> None:
        try:
            await noting
        except Exception as error:
            log.error("what became of a reply was not noted", error=type(error).__name__)

    task = asyncio.create_task(note())
    account.notes.add(task)
    task.add_done_callback(account.notes.discard)


def _sent_at(envelope: Envelope) -> datetime:
    return datetime.fromtimestamp(envelope.created_at, timezone.utc)


async def _answer(request: Request, envelope: Envelope) -> str | None:
    """The reply to one delivery. The last one of a person's message is answered whatever happens."""
    if envelope.kind == "event" or utc_now() - _sent_at(envelope) < THIRD:
        return await _take(request, envelope, last=False)
    taking = asyncio.create_task(_take(request, envelope, last=True))
    done, _ = await asyncio.wait({taking}, timeout=_LAST_SECONDS)
    error = taking.exception() if done else TimeoutError()
    if error is None or isinstance(error, Broken):
        return taking.result()
    # It may still be taken: a turn that has begun goes on.
    log.error("delivery failed", error=type(error).__name__)
    return _PERHAPS


async def _take(request: Request, envelope: Envelope, last: bool) -> str | None:
    if not envelope.encrypted:
        await _refuse_other_bodies(request)
    text: str | None = await request.app.ctx.wechat.channel.take(envelope, last)
    return text


async def _refuse_other_bodies(request: Request) -> None:
    """The signature of a plain message does not cover its body: it holds for the first body alone."""
    signature = _query(request)["signature"]
    if await asyncio.to_thread(request.app.ctx.wechat.ledger.replayed, signature, request.body):
        raise Broken("replay")


async def _refuse(request: Request, broken: Broken) -> HTTPResponse:
    """Say no without saying why; what WeChat itself had signed is counted, for the operator."""
    request.app.ctx.metrics.wechat_refused.labels(reason=broken.reason).inc()
    if broken.reason not in _NOT_FROM_WECHAT:
        log.warning("message not usable", reason=broken.reason, size=len(request.body))
        await asyncio.to_thread(request.app.ctx.wechat.ledger.unusable, broken.reason, "", len(request.body))
    return response.text("", status=400)


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items()}
