"""The auditor's page: who saw and did what, and whether the log is whole."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, record
from console.render import page
from console.staff_wording import DETAILS, OBJECTS, REFUSALS, RESULTS, action_name
from console.wording import reason_sentence
from desk.audit import Recorded, Verified
from desk.errors import InvalidInput
from desk.staff import Permission

routes = Routes("audit")

_CHINA = timezone(timedelta(hours=8))
_ROWS = 100
_FILTERS = ("actor", "action", "object", "day")


@routes.get("/audit", Permission.AUDIT)
def audit_page(request: Request) -> HTTPResponse:
    """Show acts, newest first, of one person, kind, object or day."""
    return _show(request)


@routes.post("/audit/verify", Permission.AUDIT)
def verify(request: Request) -> HTTPResponse:
    """Check every row of the log, and a note from outside if one is given."""
    noted = str((request.form or {}).get("noted", "")).strip()
    try:
        checked = request.app.ctx.counter.audit.verify(noted)
    except InvalidInput as refusal:
        record(request, "audit_verified", "audit", "", refusal.reason)
        return _show(request, fault=REFUSALS[refusal.reason])
    result = "ok" if checked.broken_at is None else "broken"
    record(request, "audit_verified", "audit", "", result, count=checked.count)
    return _show(request, checked)


def _show(request: Request, checked: Verified | None = None, fault: str = "") -> HTTPResponse:
    counter = request.app.ctx.counter
    given = {name: str(request.args.get(name, "")).strip() for name in _FILTERS}
    rows: list[Recorded] = []
    try:
        rows = counter.audit.find(
            actor_id=given["actor"],
            action=given["action"],
            object_id=given["object"],
            day=_day(given["day"]),
            before=_number(request.args.get("before", "")),
            limit=_ROWS + 1,
        )
    except InvalidInput as refusal:
        fault = REFUSALS[refusal.reason]
    names = {each.id: each.shown_name for each in counter.accounts.all()}
    answer = page(
        request,
        "audit.html",
        rows=[_row(each, names) for each in rows[:_ROWS]],
        older=rows[_ROWS - 1].seq if len(rows) > _ROWS else None,
        given=given,
        names=sorted(names.items(), key=lambda item: item[1]),
        actions=[(code, action_name(code)) for code in counter.audit.actions()],
        checked=checked,
        anchor=counter.audit.anchor(),
        fault=fault,
    )
    answer.status = 422 if fault else 200
    return answer


def _row(act: Recorded, names: dict[str, str]) -> dict[str, Any]:
    """One act in words; what has no name here is shown as its code."""
    actor = names.get(act.actor_id) or {"": "未登录", "command": "命令行", "worker": "系统"}.get(
        act.actor_id, act.actor_id
    )
    return {
        "act": act,
        "at": f"{act.at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}",
        "actor": actor,
        "action": action_name(act.action),
        "kind": OBJECTS.get(act.object_kind, act.object_kind),
        "object": names.get(act.object_id, act.object_id),
        "result": RESULTS.get(act.result) or REFUSALS.get(act.result) or reason_sentence(act.result),
        "detail": "；".join(
            f"{DETAILS.get(name, name)}：{value}" for name, value in act.detail.items() if value
        ),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput("day") from error


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None
