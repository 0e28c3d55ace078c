"""Templates into pages: what every page shares, how days and moments are written, and one-time notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Request, response
from sanic.response import HTTPResponse

from desk.hidden import HIDDEN
from desk.sealing import Keys, derive
from desk.staff import GRANTS, Permission, Signed
from desk.workdays import today

_TEMPLATES = Path(__file__).parent / "templates"
_CHINA = timezone(timedelta(hours=8))
_NOTICE_COOKIE, _NOTICE_SECONDS = "desk_notice", 60


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    title: str
    path: str
    permission: Permission


PLACES = (
    Place("座席台", "/agent", Permission.AGENT_DESK),
    Place("在线人工", "/live", Permission.LIVE),
    Place("工单", "/tickets", Permission.SEE_TICKETS),
    Place("总览", "/overview", Permission.OVERVIEW),
    Place("运行", "/running", Permission.RUNNING),
    Place("办理时限", "/limits", Permission.LIMITS),
    Place("没听懂的", "/learning", Permission.LEARN),
    Place("样本审批", "/learning/proposals", Permission.APPROVE_LEARNING),
    Place("账号", "/accounts", Permission.ACCOUNTS),
    Place("审计", "/audit", Permission.AUDIT),
)


class Templates:
    """The templates of the console, read once."""

    def __init__(self, secret: Keys, demo: bool) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(day=day, moment=moment, visible=visible)
        self._environment.globals.update(demo=demo, Permission=Permission)
        self.notices = URLSafeTimedSerializer(derive(secret, "notice").signing(), salt="notice")

    def render(self, name: str, **context: Any) -> str:
        """Return the text of one template."""
        return self._environment.get_template(name).render(**context)


def page(request: Request, template: str, **context: Any) -> HTTPResponse:
    """Return a page or a part of one; templates know `staff`, `csrf`, `places`, `may`, `here`, `notice`."""
    templates: Templates = request.app.ctx.templates
    found: Signed | None = getattr(request.ctx, "signed", None)
    staff = found.staff if found else None
    granted = GRANTS[found.staff.role] if found and found.step == "done" else frozenset()
    shared = {
        "staff": staff,
        "csrf": found.csrf if found else "",
        "places": [place for place in PLACES if place.permission in granted],
        "may": granted.__contains__,
        "here": request.path,
        "notice": _notice(request, templates),
    }
    answer = response.html(templates.render(template, **{**shared, **context}))
    if shared["notice"]:
        del answer.cookies[_NOTICE_COOKIE]
    return answer


def back(request: Request, path: str, notice: str = "") -> HTTPResponse:
    """Send the browser to `path` after an act, where `notice` is shown once."""
    if "hx-request" in request.headers:
        answer = response.empty(status=204, headers={"hx-redirect": path})
    else:
        answer = response.redirect(path, status=303)
    if notice:
        answer.cookies[_NOTICE_COOKIE] = request.app.ctx.templates.notices.dumps(notice)
        guard_cookie(request, answer, _NOTICE_COOKIE)
        answer.cookies[_NOTICE_COOKIE]["max-age"] = _NOTICE_SECONDS
    return answer


def guard_cookie(request: Request, answer: HTTPResponse, name: str) -> None:
    """Keep a cookie from scripts and from other sites."""
    cookie = answer.cookies[name]
    cookie["httponly"], cookie["samesite"], cookie["path"] = True, "Strict", "/"
    if request.app.ctx.settings.secure_cookie:
        cookie["secure"] = True


def day(value: date | None) -> str:
    """Return `11月27日`, with the year when it is not this one; a dash for none."""
    if value is None:
        return "—"
    year = f"{value.year}年" if value.year != today().year else ""
    return f"{year}{value.month}月{value.day}日"


def moment(value: datetime | None) -> str:
    """Return `11月27日 14:05` in China's time; a dash for none."""
    if value is None:
        return "—"
    local = value.astimezone(_CHINA)
    return f"{day(local.date())} {local:%H:%M}"


def visible(text: str) -> str:
    """Return a citizen's text with hidden and direction-turning marks made visible."""
    return HIDDEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def _notice(request: Request, templates: Templates) -> str:
    try:
        return str(templates.notices.loads(request.cookies.get(_NOTICE_COOKIE, ""), max_age=_NOTICE_SECONDS))
    except BadSignature:
        return ""


def field(request: Request, name: str) -> str:
    """Return a field of a form, "" when it is missing."""
    return str((request.form or {}).get(name, ""))
