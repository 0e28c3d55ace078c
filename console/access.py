"""Who may open a page: every route names the permission it needs, and nothing is served without one.

A route is declared with `Routes`; a test walks the routes of the application and fails for a bare one.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from sanic import Blueprint, Request, response
from sanic.response import HTTPResponse

from console.errors import refused
from desk.privacy import scrub
from desk.staff import GRANTS, Permission, Signed, Staff

COOKIE = "desk_staff"
DONE = "done"
PUBLIC = None  # said aloud, so that nobody leaves a permission out by mistake
_SIGN_IN = "/sign-in"
_FORM = "application/x-www-form-urlencoded"
_KEYS, _LONGEST_KEY = ("request_id", "key", "call"), 64  # our pages make them; so much of one is kept
_OUR_KEY = re.compile("(?:call-)?[0-9a-f]{24}")  # may hold eleven digits in a row by chance

Handler = Callable[..., Any]


class Routes:
    """A group of routes, each with its permission. Handlers are plain functions and run in a thread."""

    def __init__(self, name: str) -> None:
        self.blueprint = Blueprint(name)

    def get(
        self,
        path: str,
        permission: Permission | None,
        steps: tuple[str, ...] = (DONE,),
        by_itself: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a page; `steps` are the stages of signing in at which it may be opened.

        `by_itself`: pages ask for it on their own, so that it is no sign of somebody at work.
        """
        return self._route(path, "GET", permission, steps, by_itself)

    def post(
        self, path: str, permission: Permission | None, steps: tuple[str, ...] = (DONE,)
    ) -> Callable[[Handler], Handler]:
        """Declare an act; it needs the token of the form besides."""
        return self._route(path, "POST", permission, steps)

    def _route(
        self,
        path: str,
        method: str,
        permission: Permission | None,
        steps: tuple[str, ...],
        by_itself: bool = False,
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            guarded = _guarded(handler, permission, steps, by_itself)
            guarded.permission = permission  # type: ignore[attr-defined]
            self.blueprint.add_route(
                guarded, path, methods=[method], name=f"{method.lower()}_{handler.__name__}"
            )
            return handler

        return declare


def signed(request: Request) -> Signed:
    """Return the session of a request that passed its route's permission."""
    found: Signed = request.ctx.signed
    return found


def who(request: Request) -> Staff:
    """Return who sent a request that passed its route's permission."""
    return signed(request).staff


def cookie_of(request: Request) -> str:
    """Return the name of the session's cookie; behind TLS one that no other host of the domain can set."""
    return f"__Host-{COOKIE}" if request.app.ctx.settings.secure_cookie else COOKIE


def address(request: Request) -> str:
    """Return the address that a request came from; behind a proxy that of the proxy's forwarding header."""
    return str(request.remote_addr or request.ip)


def record(
    request: Request, action: str, object_kind: str, object_id: str, result: str = "ok", **detail: Any
) -> None:
    """Put what the sender of a request did into the audit; `detail` holds codes and counts, no citizen."""
    found: Signed | None = request.ctx.signed
    request.app.ctx.counter.audit.record(
        actor_id=found.staff.id if found else "",
        role=found.staff.role.value if found else "",
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        result=result,
        address=address(request),
        detail=detail,
    )


def _guarded(
    handler: Handler, permission: Permission | None, steps: tuple[str, ...], by_itself: bool
) -> Handler:
    @wraps(handler)
    async def guarded(request: Request, **params: Any) -> HTTPResponse | None:
        answer = await _stopped(request, permission, steps, by_itself)
        if answer is not None:
            return answer
        if inspect.iscoroutinefunction(handler):
            answer = await handler(request, **params)
        else:
            answer = await asyncio.to_thread(handler, request, **params)
        return answer

    return guarded


async def _stopped(
    request: Request, permission: Permission | None, steps: tuple[str, ...], by_itself: bool
) -> HTTPResponse | None:
    """The answer that keeps somebody out, or None when the request may go on."""
    ctx, token = request.app.ctx, request.cookies.get(cookie_of(request), "")
    found = await asyncio.to_thread(ctx.counter.sessions.of, token, not by_itself) if token else None
    request.ctx.signed = found
    if not _readable(request):
        return refused(request, "bad_request")
    if permission is PUBLIC:
        forged = request.method == "POST" and not _same_origin(request)
        return await _turned_away(request, "forged") if forged else None
    if found is None:
        reason = await asyncio.to_thread(ctx.counter.sessions.ended_reason, token) if token else ""
        return _elsewhere(request, f"{_SIGN_IN}?ended={reason}" if reason else _SIGN_IN)
    if found.step not in steps:
        return _elsewhere(request, "/" if found.step == DONE else f"{_SIGN_IN}/{found.step}")
    if request.method == "POST" and not _own_form(request, found):
        return await _turned_away(request, "forged")
    if permission not in GRANTS[found.staff.role]:
        return await _turned_away(request, "no_permission")
    return None


async def _turned_away(request: Request, reason: str) -> HTTPResponse:
    """Refuse and write it down; an address is typed by whoever likes, so it goes without numbers."""
    tried = scrub(f"{request.method} {request.path}")
    await asyncio.to_thread(record, request, "refused", "route", tried, reason)
    return refused(request, reason)


def _readable(request: Request) -> bool:
    """Whether a page of ours may have sent this: no NUL, which PostgreSQL refuses; keys are kept as they are,
    so none is overlong or somebody's number.
    """
    if not _is_form(request):
        return False
    form = request.form or {}
    given = [text for values in (*request.args.values(), *form.values()) for text in values]
    keys = [text for name in _KEYS if name in form for text in form[name]]
    return not any("\0" in text for text in given) and all(map(_is_key, keys))


def _is_key(text: str) -> bool:
    return len(text) <= _LONGEST_KEY and (bool(_OUR_KEY.match(text)) or scrub(text) == text)


def _is_form(request: Request) -> bool:
    """Whether the body is none or a form in UTF-8; Sanic would take any other for an empty form, and log
    how it failed to read it.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != _FORM:
        return not request.body and not kind.startswith("multipart/")
    try:
        request.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _elsewhere(request: Request, path: str) -> HTTPResponse:
    """Send a browser on; a part of a page that htmx fetches takes the whole page along."""
    if "hx-request" in request.headers:
        return response.empty(status=401, headers={"hx-redirect": path})
    return response.redirect(path, status=303)


def _own_form(request: Request, found: Signed) -> bool:
    given = request.headers.get("x-csrf") or (request.form or {}).get("csrf", "")
    fits = hmac.compare_digest(given.encode(errors="replace"), found.csrf.encode())
    return _same_origin(request) and fits


def _same_origin(request: Request) -> bool:
    """Whether a page of ours sent this form: every browser of today says so in one of two headers."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return bool(origin.split("://")[-1] == request.headers.get("host", ""))
    return site is not None
