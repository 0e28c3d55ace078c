"""The table of time limits: what is in force, on whose authority, since when; changed from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, address, who
from console.pages.queue_rows import names_of
from console.render import back, day, page
from desk.counter import Counter
from desk.errors import InvalidInput
from desk.staff import Permission
from desk.tickets.limit_table import LimitChange
from desk.tickets.limits import CALENDAR, ONLY_WORKING, WORKING, Limit, most_days
from desk.workdays import today

routes = Routes("limits")

_FIELDS = ("days", "unit", "source", "since", "reason")
_REFUSED: Mapping[str, str] = {
    "unknown_step": "没有这一项时限。",
    "days": "天数要写整数，从1天起，不能太多。",
    "unit": "这一项只能按工作日算。",
    "since": "最早从明天起改：已经答应市民的期限不能变。",
    "source": "请写明依据：哪份文件、哪一条，或者写明是本单位自己定的。最多200个字，不要写个人号码。",
    "reason": "请写明为什么改。最多500个字，不要写个人号码。",
}


@dataclass(frozen=True)
class Shown:
    """One limit in force today, since when (None: as delivered), and the change that is yet to come."""

    limit: Limit
    since: date | None
    coming: LimitChange | None
    units: tuple[str, ...]
    most: int


@routes.get("/limits", Permission.LIMITS)
def limits(request: Request) -> HTTPResponse:
    """Show the table."""
    return _show(request)


@routes.post("/limits/<step:str>", Permission.LIMITS)
def change(request: Request, step: str) -> HTTPResponse:
    """Let one limit be another from a day on; what is refused stays typed."""
    counter: Counter = request.app.ctx.counter
    typed = {name: str(request.form.get(name) or "").strip() for name in _FIELDS}
    try:
        changed = _change(counter, step, typed, who(request).id)
    except InvalidInput as error:
        _record(request, step if step in counter.tickets.limits.steps else "", error.reason, {})
        answer = _show(request, step, typed, _REFUSED.get(error.reason, "这样改不了，请核对。"))
        answer.status = 422
        return answer
    _record(request, step, "ok", {"days": typed["days"], "since": typed["since"], "reason": typed["reason"]})
    return back(
        request,
        "/limits",
        f"“{counter.tickets.limits[step].name}”从{day(changed)}起改为{typed['days']}个{typed['unit']}。",
    )


def _change(counter: Counter, step: str, typed: Mapping[str, str], changed_by: str) -> date:
    days = typed["days"]
    if not (days.isascii() and days.isdigit() and len(days) < 6):
        raise InvalidInput("days")
    try:
        since = date.fromisoformat(typed["since"])
    except ValueError as error:
        raise InvalidInput("since") from error
    table = counter.tickets.limits
    table.change(step, int(days), typed["unit"], typed["source"], since, changed_by, typed["reason"])
    return since


def _show(
    request: Request, step: str = "", typed: Mapping[str, str] | None = None, refused: str = ""
) -> HTTPResponse:
    counter: Counter = request.app.ctx.counter
    table, names = counter.tickets.limits, names_of(counter)
    history = table.history()
    changes: list[dict[str, Any]] = [
        {"change": each, "name": table[each.step].name, "who": names.get(each.changed_by, "已销号的账号")}
        for each in reversed(history)
    ]
    rows = [_shown(table[each], history) for each in table.steps]
    tomorrow = today() + timedelta(days=1)
    return page(
        request,
        "tickets/limits.html",
        rows=rows,
        changes=changes,
        tomorrow=tomorrow,
        step=step,
        typed=typed or {},
        refused=refused,
    )


def _shown(limit: Limit, history: list[LimitChange]) -> Shown:
    own = [each for each in history if each.step == limit.step]
    begun = [each.since for each in own if each.since <= today()]
    coming = [each for each in own if each.since > today()]
    units = (WORKING,) if limit.step in ONLY_WORKING else (WORKING, CALENDAR)
    return Shown(
        limit, max(begun, default=None), coming[-1] if coming else None, units, most_days(limit.step)
    )


def _record(request: Request, step: str, result: str, detail: Mapping[str, Any]) -> None:
    staff = who(request)
    request.app.ctx.counter.audit.record(
        actor_id=staff.id,
        role=staff.role.value,
        action="limit_changed",
        object_kind="limit",
        object_id=step,
        result=result,
        address=address(request),
        detail=detail,
    )
