"""The citizen's page and its JSON interface. README, section 接口, documents it with curl."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse
from sqlalchemy.engine import Engine

from bot.gateway.endings import COOKIE_LASTS
from bot.gateway.files import Files
from bot.gateway.inbox import Incoming
from bot.gateway.opening import opening
from bot.gateway.pace import TOO_FAST
from desk import conversation
from desk.conversation import Message
from desk.database import utc_now
from desk.errors import Conflict
from desk.live import END, LEAVE, Standing
from desk.privacy import scrub
from desk.sealing import Keys, derive
from desk.text import plain

COOKIE = "desk_session"
_SESSION_SECONDS = int(COOKIE_LASTS.total_seconds())
_PATIENCE_SECONDS = 10.0
_LONGEST_TEXT = 20_000
_LONGEST_ID = 48  # with the conversation in front it still fits the key of the inbox
PAGES = Path(__file__).parent / "pages"
_ID = re.compile(rf"[!-~]{{1,{_LONGEST_ID}}}")

_SEQ = re.compile("[0-9]{1,15}")

web = Blueprint("web")


class Tokens:
    """Signs sessions and buttons, so that a citizen can neither choose a sender id nor a command."""

    def __init__(self, secret: Keys) -> None:
        self._sessions = URLSafeTimedSerializer(derive(secret, "session").signing(), salt="session")
        self._buttons = URLSafeSerializer(derive(secret, "button").signing(), salt="button")

    def session(self, sender_id: str) -> str:
        """Return the cookie's value for a conversation."""
        return str(self._sessions.dumps(sender_id))

    def sender_id(self, cookie: str | None) -> str | None:
        """Return the conversation of a cookie, or None when it is absent, forged or too old."""
        try:
            sender_id, signed_at = self._sessions.loads(cookie or "", return_timestamp=True)
        except BadSignature:
            return None
        # What seems to come from later is new: a clock that was put back ends nobody's conversation.
        return None if utc_now() - signed_at > timedelta(seconds=_SESSION_SECONDS) else str(sender_id)

    def button(self, sender_id: str, title: str, payload: str) -> str:
        """Return the token that stands for a button in one conversation."""
        return str(self._buttons.dumps([sender_id, title, payload]))

    def pressed(self, sender_id: str, token: str) -> tuple[str, str] | None:
        """Return title and payload of a button of this conversation, or None."""
        try:
            owner, title, payload = self._buttons.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return (title, payload) if owner == sender_id else None


@web.get("/")
async def page(request: Request) -> HTTPResponse:
    """The chat page."""
    files: Files = request.app.ctx.files
    return files.page(request)


async def file(request: Request, name: str, version: str = "") -> HTTPResponse:
    """One of the files that the page names."""
    files: Files = request.app.ctx.files
    return files.file(request, name, version)


web.add_route(file, "/static/<name:str>", name="file")
web.add_route(file, "/static/<version:str>/<name:str>", name="file_of_a_version")


@web.get("/api/messages")
async def messages(request: Request) -> HTTPResponse:
    """The conversation so far, beginning with the opening message."""
    sender_id = await _sender(request)
    new = sender_id is None
    sender_id = sender_id or _new_sender_id()
    ctx = request.app.ctx
    said = [] if new else await asyncio.to_thread(conversation.since, ctx.engine, sender_id)
    began = said[0].created_at if said else utc_now()
    first = _shown(ctx.tokens, sender_id, Message(0, conversation.BOT, opening(), began))
    answer = response.json(
        {
            "messages": [first, *(_shown(ctx.tokens, sender_id, message) for message in said)],
            "demo": ctx.settings.demo,
            "ready": ctx.brain.ready,
            "live": _live(ctx.tokens, sender_id, ctx.bell.standings.get(sender_id)),
        }
    )
    return _with_session(answer, request, sender_id) if new else answer


@web.post("/api/messages")
async def post_message(request: Request) -> HTTPResponse:
    """Take a text or a pressed button; answer, or 202 while the answer takes longer."""
    ctx = request.app.ctx
    sender_id = await _sender(request)
    new = sender_id is None
    sender_id = sender_id or _new_sender_id()
    incoming, fault = _incoming(ctx.tokens, sender_id, request)
    if incoming is None:
        return _error(422, "bad_message", fault)
    wait = ctx.pace.wait(sender_id, request.remote_addr or request.ip)
    if wait:
        return _error(429, "too_fast", TOO_FAST.format(seconds=wait), {"retry-after": str(wait)})
    try:
        replies = await ctx.turns.take(incoming, _PATIENCE_SECONDS)
    except Conflict:
        return _error(409, "id_used", "这个消息编号已经用过，内容不同。请换一个编号再发。")
    client_id = request.json["id"]
    if replies is None:
        answer = response.json({"id": client_id, "state": "pending", "messages": []}, status=202)
    else:
        shown = [_shown(ctx.tokens, sender_id, message) for message in replies]
        answer = response.json({"id": client_id, "state": "done", "messages": shown})
    return _with_session(answer, request, sender_id) if new else answer


@web.get("/api/stream")
async def stream(request: Request) -> HTTPResponse | None:
    """Server-sent events: every message of this conversation after `after` as it comes, and as an event
    `live` who speaks, or the place in line, at first and at each change.
    """
    sender_id = await _sender(request)
    if sender_id is None:
        return _error(401, "no_session", "对话已经过期，请刷新页面。")
    ctx = request.app.ctx
    last = request.headers.get("last-event-id") or request.args.get("after") or "0"
    seq = int(last) if _SEQ.fullmatch(last) else 0
    events = await request.respond(
        content_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )
    await events.send("retry: 2000\n\n")
    unsent = _Unsent(ctx.engine, sender_id, seq)
    told: dict[str, Any] = {}
    with ctx.bell.page(sender_id) as page:
        while not await asyncio.to_thread(ctx.endings.ended, sender_id):
            for message in await asyncio.to_thread(unsent.take):
                data = json.dumps(_shown(ctx.tokens, sender_id, message), ensure_ascii=False)
                await events.send(f"id: {message.seq}\ndata: {data}\n\n")
            live = _live(ctx.tokens, sender_id, ctx.bell.standings.get(sender_id))
            if live != told:
                told = live
                await events.send(f"event: live\ndata: {json.dumps(live, ensure_ascii=False)}\n\n")
            if not await page.rings(seconds=15):
                await events.send(": still here\n\n")
    return None


class _Unsent:
    """What a stream has not sent yet of a conversation, past `after`. Blocking: call it from a thread."""

    def __init__(self, engine: Engine, sender_id: str, after: int) -> None:
        self._engine, self._sender_id, self._after = engine, sender_id, after
        self._newest, self._sent = after, set[int]()

    def take(self) -> list[Message]:
        """Return it, oldest first; it counts as sent from now on."""
        since = max(self._after, self._newest - conversation.OUT_OF_ORDER)
        said = conversation.since(self._engine, self._sender_id, since)
        new = [message for message in said if message.seq not in self._sent]
        self._sent = {message.seq for message in said}
        self._newest = max(self._newest, *self._sent, 0)
        return new


@web.post("/api/session/end")
async def end_session(request: Request) -> HTTPResponse:
    """End this conversation, for example on a shared computer, forget who was proved, and begin a new one."""
    sender_id, counter = await _sender(request), request.app.ctx.counter
    if sender_id:
        await asyncio.to_thread(request.app.ctx.endings.end, sender_id)
        await asyncio.to_thread(counter.vault.forget, sender_id)
        await asyncio.to_thread(counter.live.leave, sender_id)
        if counter.codes:
            await asyncio.to_thread(counter.codes.forget, sender_id)
    return _with_session(response.empty(status=204), request, _new_sender_id())


def _incoming(tokens: Tokens, sender_id: str, request: Request) -> tuple[Incoming | None, str]:
    """Read the body of a POST; the second value is the sentence for the citizen when it is no good."""
    body = request.json
    if not isinstance(body, dict):
        return None, "请求应是一个 JSON 对象。"
    client_id, text, token = body.get("id"), body.get("text"), body.get("button")
    if not isinstance(client_id, str) or not _ID.fullmatch(client_id):
        return None, f"缺少消息编号 id（1 到 {_LONGEST_ID} 个英文字符或数字，不含空格，每条消息一个）。"
    key = f"web:{sender_id}:{kept_id(client_id)}"
    if isinstance(token, str):
        pressed = tokens.pressed(sender_id, token)
        if pressed is None:
            return None, "这个按钮已经失效，请直接打字告诉我您想问什么。"
        return Incoming(key, "web", sender_id, *pressed), ""
    if not isinstance(text, str):
        return None, "缺少文字 text。"
    if len(text) > _LONGEST_TEXT:
        return None, "一次最多发 20000 个字。请分几次发，或者只写最要紧的部分。"
    words = plain(text)
    if not words:
        return None, "没有收到文字。请写下您想问的，例如：领失业金要带什么材料？"
    return Incoming(key, "web", sender_id, words), ""


def _shown(tokens: Tokens, sender_id: str, message: Message) -> dict[str, Any]:
    at = message.created_at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"seq": message.seq, "from": message.author, "at": at, **_body(tokens, sender_id, message.body)}


def _live(tokens: Tokens, sender_id: str, standing: Standing | None) -> dict[str, Any]:
    """Who speaks, and the button that ends it."""
    if standing is None:
        return {"state": "none", "position": 0, "name": "", "button": None}
    title = LEAVE["title"] if standing.position else END
    end = {"title": title, "token": tokens.button(sender_id, title, LEAVE["payload"])}
    return {"state": standing.state, "position": standing.position, "name": standing.name, "button": end}


def _body(tokens: Tokens, sender_id: str, body: dict[str, Any]) -> dict[str, Any]:
    buttons = [
        {"title": button["title"], "token": tokens.button(sender_id, button["title"], button["payload"])}
        for button in body.get("buttons") or []
    ]
    return {
        "kind": body.get("kind", "text"),
        "name": body.get("name", ""),
        "text": body.get("text") or "",
        "card": body.get("card"),
        "buttons": buttons,
    }


async def _sender(request: Request) -> str | None:
    """The conversation of the cookie; None for none, for one that is not ours and for one that was ended."""
    ctx = request.app.ctx
    sender_id: str | None = ctx.tokens.sender_id(request.cookies.get(_cookie_of(request)))
    if sender_id and await asyncio.to_thread(ctx.endings.ended, sender_id):
        return None
    return sender_id


def kept_id(client_id: str) -> str:
    """What the inbox holds of a client's id: one with a person's number in it is kept as its hash."""
    return client_id if scrub(client_id) == client_id else hashlib.sha256(client_id.encode()).hexdigest()[:32]


def _cookie_of(request: Request) -> str:
    """The name of the cookie; behind TLS one that no other host of the domain can set."""
    return f"__Host-{COOKIE}" if request.app.ctx.settings.secure_cookie else COOKIE


def _new_sender_id() -> str:
    return f"web-{secrets.token_hex(16)}"


def _with_session(answer: HTTPResponse, request: Request, sender_id: str) -> HTTPResponse:
    ctx = request.app.ctx
    name = _cookie_of(request)
    answer.cookies[name] = ctx.tokens.session(sender_id)
    cookie = answer.cookies[name]
    cookie["httponly"] = True
    cookie["samesite"] = "Lax"
    cookie["max-age"] = _SESSION_SECONDS
    cookie["path"] = "/"
    if ctx.settings.secure_cookie:
        cookie["secure"] = True
    return answer


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": message}}, status=status, headers=headers)
