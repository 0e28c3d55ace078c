"""Bulk dispatch: what goes where and what cannot, then the result of each row."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes, who
from console.pages.ticket_view import record
from console.render import back, page
from console.wording import reason_sentence
from desk.counter import Counter
from desk.staff import Permission
from desk.tickets.bulk import Bulk, Row

routes = Routes("bulk")

_REFUSED: Mapping[str, str] = {
    "not_found": "没有这张工单。",
    "wrong_state": "现在的状态不能派单：要先受理，或者已经派过了。",
    "no_unit": "派单目录里定不下单位，请打开工单单独处理。",
    "other_choice": "受理时定的承办单位和派单目录不一样，请打开工单单独派。",
    "conflict": "在您确认之前，别人动过这张工单。请打开看看现在的情况。",
}


@routes.post("/tickets/dispatch", Permission.DISPATCH)
def plan(request: Request) -> HTTPResponse:
    """Show where each of the ticked tickets would go."""
    ids = [str(each) for each in request.form.getlist("id") or []]
    if not ids:
        return back(
            request, "/tickets?states=accepted", "没有勾选工单。请先勾选“已受理”的工单，再点批量派单。"
        )
    rows = _bulk(request).plan(who(request).actor, ids)
    ready = [row for row in rows if not row.refused]
    stopped = [(row, _sentence(row)) for row in rows if row.refused]
    shown = {"ready": ready, "stopped": stopped, "request_id": secrets.token_hex(12)}
    return page(request, "tickets/bulk_plan.html", **shown)


@routes.post("/tickets/dispatch/confirm", Permission.DISPATCH)
def send(request: Request) -> HTTPResponse:
    """Send them, and show what became of each."""
    versions = dict(_version(str(each)) for each in request.form.getlist("row") or [])
    request_id = str(request.form.get("request_id") or "")
    rows = _bulk(request).send(who(request).actor, versions, request_id)
    for row in rows:
        if row.ticket:
            record(request, "ticket_dispatch", row.ticket, row.refused or "ok", bulk=True, unit=row.unit)
    done = [row for row in rows if not row.refused]
    stopped = [(row, _sentence(row)) for row in rows if row.refused]
    return page(request, "tickets/bulk_result.html", done=done, stopped=stopped)


def _bulk(request: Request) -> Bulk:
    counter: Counter = request.app.ctx.counter
    return Bulk(counter.tickets, counter.catalogue)


def _sentence(row: Row) -> str:
    return _REFUSED.get(row.refused) or reason_sentence(row.refused)


def _version(text: str) -> tuple[str, int]:
    """`id|version` of the preview; a version that is none fits no ticket."""
    ticket_id, _, version = text.partition("|")
    return ticket_id, int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
