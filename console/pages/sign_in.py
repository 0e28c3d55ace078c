"""Signing in: password, second factor or its enrolment, a password of one's own; and signing out."""

from __future__ import annotations

import io

import segno
from sanic import Request, response
from sanic.response import HTTPResponse

from console.access import DONE, PUBLIC, Routes, address, cookie_of, record, who
from console.render import back, field, guard_cookie, page
from console.staff_wording import ENDED, REFUSALS, policy_sentence
from desk.errors import InvalidInput, NotAllowed
from desk.staff import Begun, Permission, Sessions

routes = Routes("sign_in")

_SECOND_FACTOR, _ENROL, _CHANGE = ("second_factor",), ("enrol", DONE), ("change_password", DONE)


@routes.get("/sign-in", PUBLIC)
def password_page(request: Request) -> HTTPResponse:
    """Ask for login and password; say why the last session ended."""
    ended = ENDED.get(request.args.get("ended", ""), "")
    return page(request, "sign_in/password.html", staff=None, csrf="", ended=ended, fault="", login="")


@routes.post("/sign-in", PUBLIC)
def password(request: Request) -> HTTPResponse:
    """Begin a session; whatever was wrong reads the same."""
    request.ctx.signed = None  # whoever was here before does not count as the one who tries
    login = field(request, "login")
    account = request.app.ctx.counter.accounts.named(login)
    known = account.id if account else ""
    try:
        begun = _sessions(request).begin(login, field(request, "password"), address(request))
    except NotAllowed as refusal:
        record(request, "sign_in", "account", known, refusal.reason)
        shown = {"staff": None, "csrf": "", "ended": "", "login": login}
        return _again(request, "sign_in/password.html", refusal.reason, **shown)
    record(request, "sign_in", "account", known)
    return _onward(request, begun)


@routes.get("/sign-in/second_factor", Permission.SELF, _SECOND_FACTOR)
def second_factor_page(request: Request) -> HTTPResponse:
    """Ask for the code of the app."""
    return page(request, "sign_in/second_factor.html", fault="")


@routes.post("/sign-in/second_factor", Permission.SELF, _SECOND_FACTOR)
def second_factor(request: Request) -> HTTPResponse:
    """Take the code."""
    try:
        begun = _sessions(request).second_factor(_token(request), field(request, "code"))
    except (NotAllowed, InvalidInput) as refusal:
        record(request, "second_factor", "account", who(request).id, refusal.reason)
        return _again(request, "sign_in/second_factor.html", refusal.reason)
    record(request, "second_factor", "account", who(request).id)
    return _onward(request, begun)


@routes.get("/sign-in/enrol", Permission.SELF, _ENROL)
def enrol_page(request: Request) -> HTTPResponse:
    """Show the QR code and the secret for an authenticator app."""
    if who(request).second_factor:
        return back(request, "/account", REFUSALS["enrolled"])
    return page(request, "sign_in/enrol.html", fault="", secret=_sessions(request).enrol(_token(request))[0])


@routes.get("/sign-in/enrol.svg", Permission.SELF, _ENROL)
def enrol_picture(request: Request) -> HTTPResponse:
    """The QR code as a picture of its own: the page needs no inline content."""
    drawn = io.BytesIO()
    segno.make(_sessions(request).enrol(_token(request))[1], micro=False).save(
        drawn, kind="svg", scale=5, light="#fff"
    )
    return response.raw(drawn.getvalue(), content_type="image/svg+xml")


@routes.post("/sign-in/enrol", Permission.SELF, _ENROL)
def enrol(request: Request) -> HTTPResponse:
    """Bind the app once it shows a fitting code."""
    sessions, token = _sessions(request), _token(request)
    try:
        begun = sessions.confirm_enrol(token, field(request, "code"))
    except (NotAllowed, InvalidInput) as refusal:
        record(request, "enrolled", "account", who(request).id, refusal.reason)
        secret = sessions.enrol(token)[0]
        return _again(request, "sign_in/enrol.html", refusal.reason, secret=secret)
    record(request, "enrolled", "account", who(request).id)
    return _onward(request, begun, "动态口令已绑定，以后登录时要用。")


@routes.get("/sign-in/change_password", Permission.SELF, _CHANGE)
def change_page(request: Request) -> HTTPResponse:
    """Ask for the old password and twice for a new one."""
    return page(request, "sign_in/change_password.html", fault="", rule=_rule(request))


@routes.post("/sign-in/change_password", Permission.SELF, _CHANGE)
def change(request: Request) -> HTTPResponse:
    """Change one's own password; every other session of the account ends."""
    new, me = field(request, "new"), who(request)
    try:
        if new != field(request, "again"):
            raise InvalidInput("repeated")
        begun = _sessions(request).change_password(_token(request), field(request, "old"), new)
    except (NotAllowed, InvalidInput) as refusal:
        record(request, "password_changed", "account", me.id, refusal.reason)
        reason = "old_password" if refusal.reason == "wrong" else refusal.reason
        return _again(request, "sign_in/change_password.html", reason, rule=_rule(request))
    record(request, "password_changed", "account", me.id)
    return _onward(request, begun, "密码已修改。")


@routes.post("/sign-out", Permission.SELF, ("done", "second_factor", "enrol", "change_password"))
def sign_out(request: Request) -> HTTPResponse:
    """End the session on the server."""
    _sessions(request).end(_token(request))
    request.app.ctx.counter.live.absent(who(request).id)
    record(request, "sign_out", "account", who(request).id)
    answer = response.redirect("/sign-in?ended=signed_out", status=303)
    del answer.cookies[cookie_of(request)]
    guard_cookie(request, answer, cookie_of(request))  # without Secure a browser keeps one of __Host-
    return answer


def _onward(request: Request, begun: Begun, notice: str = "") -> HTTPResponse:
    """The next step, with the new token."""
    answer = back(request, "/" if begun.step == DONE else f"/sign-in/{begun.step}", notice)
    answer.cookies[cookie_of(request)] = begun.token
    guard_cookie(request, answer, cookie_of(request))
    return answer


def _again(request: Request, template: str, reason: str, **context: object) -> HTTPResponse:
    answer = page(request, template, fault=REFUSALS.get(reason, REFUSALS["step"]), **context)
    answer.status = 422
    return answer


def _rule(request: Request) -> str:
    return policy_sentence(request.app.ctx.counter.accounts.policy)


def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.ctx.counter.sessions
    return found


def _token(request: Request) -> str:
    return str(request.cookies.get(cookie_of(request), ""))
