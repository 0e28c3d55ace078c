"""The operator's page of accounts: make, change, close, reset. Whatever is done acts at once."""

from __future__ import annotations

from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import back, field, page
from console.staff_wording import REFUSALS
from desk.errors import Conflict, InvalidInput, NotAllowed
from desk.staff import STAFF_ROLES, Accounts, Permission, Staff
from desk.tickets.terms import Role

routes = Routes("accounts")


@routes.get("/accounts", Permission.ACCOUNTS)
def accounts_page(request: Request) -> HTTPResponse:
    """List every account, the closed ones last, and offer to make one."""
    return _list(request)


@routes.post("/accounts", Permission.ACCOUNTS)
def create(request: Request) -> HTTPResponse:
    """Make an account and show its temporary password once."""
    given = {name: field(request, name) for name in ("login", "shown_name", "role", "unit", "named")}
    try:
        role = _role(given["role"])
        name = given["shown_name"] or given["login"]
        staff, password = _accounts(request).create(
            given["login"], name, role, given["unit"], named=_named(request)
        )
    except InvalidInput as refusal:
        return _list(request, refusal.reason, given)
    except Conflict:
        return _list(request, "taken", given)
    record(request, "account_created", "account", staff.id, role=staff.role.label, unit=staff.unit)
    return page(request, "accounts/password.html", person=staff, password=password)


@routes.get("/accounts/<staff_id:str>", Permission.ACCOUNTS)
def account_page(request: Request, staff_id: str) -> HTTPResponse:
    """Show one account, its open sessions, and what can be done."""
    return _one(request, staff_id)


@routes.post("/accounts/<staff_id:str>/post", Permission.ACCOUNTS)
def change_post(request: Request, staff_id: str) -> HTTPResponse:
    """Give another role or unit."""
    before = _accounts(request).get(staff_id)
    try:
        role = _role(field(request, "role"))
        unit, named = field(request, "unit"), _named(request)
        after = _accounts(request).change(staff_id, who(request).id, role, unit, named)
    except (NotAllowed, InvalidInput) as refusal:
        return _refused(request, "post_changed", staff_id, refusal.reason)
    if after.role is not before.role:
        request.app.ctx.counter.live.absent(staff_id)
    changed = {"from": _post(before), "to": _post(after)}
    return _done(request, "post_changed", after, f"{after.shown_name} 现在是{after.role.label}。", **changed)


@routes.post("/accounts/<staff_id:str>/disable", Permission.ACCOUNTS)
def disable(request: Request, staff_id: str) -> HTTPResponse:
    """Close an account; its sessions end."""
    try:
        staff = _accounts(request).disable(staff_id, who(request).id)
    except NotAllowed as refusal:
        return _refused(request, "account_disabled", staff_id, refusal.reason)
    request.app.ctx.counter.live.absent(staff_id)
    return _done(request, "account_disabled", staff, f"已停用 {staff.shown_name}，登录已全部结束。")


@routes.post("/accounts/<staff_id:str>/enable", Permission.ACCOUNTS)
def enable(request: Request, staff_id: str) -> HTTPResponse:
    """Open a closed account again."""
    staff = _accounts(request).enable(staff_id)
    return _done(request, "account_enabled", staff, f"已启用 {staff.shown_name}，原来的密码仍然有效。")


@routes.post("/accounts/<staff_id:str>/reset-password", Permission.ACCOUNTS)
def reset_password(request: Request, staff_id: str) -> HTTPResponse:
    """Give a temporary password and show it once."""
    try:
        password = _accounts(request).reset_password(staff_id, who(request).id)
    except NotAllowed as refusal:
        return _refused(request, "password_reset", staff_id, refusal.reason)
    record(request, "password_reset", "account", staff_id)
    return page(request, "accounts/password.html", person=_accounts(request).get(staff_id), password=password)


@routes.post("/accounts/<staff_id:str>/reset-second-factor", Permission.ACCOUNTS)
def reset_second_factor(request: Request, staff_id: str) -> HTTPResponse:
    """Forget a lost authenticator."""
    try:
        staff = _accounts(request).reset_second_factor(staff_id, who(request).id)
    except NotAllowed as refusal:
        return _refused(request, "second_factor_reset", staff_id, refusal.reason)
    return _done(
        request, "second_factor_reset", staff, f"已清除 {staff.shown_name} 的动态口令，下次登录时重新绑定。"
    )


@routes.post("/accounts/<staff_id:str>/end-sessions", Permission.ACCOUNTS)
def end_sessions(request: Request, staff_id: str) -> HTTPResponse:
    """End every session of an account."""
    staff = _accounts(request).get(staff_id)
    request.app.ctx.counter.sessions.end_all(staff_id)
    request.app.ctx.counter.live.absent(staff_id)
    return _done(request, "sessions_ended", staff, f"已结束 {staff.shown_name} 的全部登录。")


def _list(request: Request, reason: str = "", given: dict[str, str] | None = None) -> HTTPResponse:
    everybody = sorted(_accounts(request).all(), key=lambda each: (each.disabled, each.login))
    answer = page(
        request,
        "accounts/list.html",
        people=everybody,
        fault=REFUSALS.get(reason, ""),
        given=given or dict.fromkeys(("login", "shown_name", "role", "unit", "named"), ""),
        **_choices(request),
    )
    answer.status = 422 if reason else 200
    return answer


def _one(request: Request, staff_id: str, reason: str = "") -> HTTPResponse:
    answer = page(
        request,
        "accounts/one.html",
        person=_accounts(request).get(staff_id),
        visits=request.app.ctx.counter.sessions.all_of(staff_id),
        fault=REFUSALS.get(reason, ""),
        **_choices(request),
    )
    answer.status = 422 if reason else 200
    return answer


def _done(request: Request, action: str, staff: Staff, notice: str, **detail: str) -> HTTPResponse:
    record(request, action, "account", staff.id, **detail)
    return back(request, f"/accounts/{staff.id}", notice)


def _refused(request: Request, action: str, staff_id: str, reason: str) -> HTTPResponse:
    record(request, action, "account", staff_id, reason)
    return _one(request, staff_id, reason)


def _choices(request: Request) -> dict[str, Any]:
    """Roles and units to choose from: a handler works for one of the offices of the guide."""
    offices = request.app.ctx.counter.offices.all()
    return {"roles": STAFF_ROLES, "units": sorted({office.district for office in offices})}


def _post(staff: Staff) -> str:
    """What somebody works as, in words for the audit."""
    return " ".join(filter(None, (staff.role.label, staff.unit, "可看举报" if staff.named else "")))


def _named(request: Request) -> bool:
    return field(request, "named") == "1"


def _role(code: str) -> Role:
    try:
        return Role(code)
    except ValueError as error:
        raise InvalidInput("role") from error


def _accounts(request: Request) -> Accounts:
    found: Accounts = request.app.ctx.counter.accounts
    return found
