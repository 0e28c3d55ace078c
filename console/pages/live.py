"""The live list: who waits for a person, which conversations are in one's hands, and being on line or not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sanic import Request, response
from sanic.response import HTTPResponse

from console.access import Routes, record, who
from console.render import back, field, page
from desk.database import utc_now
from desk.errors import Conflict, NotFound
from desk.live import Live
from desk.staff import Permission

routes = Routes("live")
CHANNELS = {"web": "网页", "wechat": "微信"}


@dataclass(frozen=True)
class Row:
    """One line of the list: a citizen who waits, or one whom the agent serves."""

    sender_id: str
    channel: str
    minutes: int
    words: str
    unanswered: int = 0


@routes.get("/live", Permission.LIVE)
def live_page(request: Request) -> HTTPResponse:
    """Show the list; the first conversation in one's hands is opened."""
    held = _live(request).held_by(who(request).id)
    if held:
        return response.redirect(f"/live/{held[0].sender_id}", status=303)
    return page(request, "live/page.html", open_id="", fault="", **line(request, ""))


@routes.get("/live/line", Permission.LIVE, by_itself=True)
def line_part(request: Request) -> HTTPResponse:
    """The list anew, and the heartbeat of an agent on line; 204 while it looks the same."""
    _live(request).stay(who(request).id)
    open_id = request.args.get("open", "")
    shown = line(request, open_id)
    if shown["seen"] == request.args.get("seen", ""):
        return response.empty()
    return page(request, "live/line.html", open_id=open_id, **shown)


@routes.get("/live/awake", Permission.LIVE)
def awake(request: Request) -> HTTPResponse:
    """Who types is at work: keeps the session, nothing else."""
    return response.empty()


@routes.post("/live/presence", Permission.LIVE)
def presence(request: Request) -> HTTPResponse:
    """Go on line or off."""
    live, me = _live(request), who(request)
    if field(request, "on") == "1":
        live.present(me.id)
        record(request, "live_on", "account", me.id)
        return back(request, "/live", "已经上线，市民要人工时会排到这里。")
    live.step_out(me.id)
    record(request, "live_off", "account", me.id)
    return back(request, "/live", "已经下线，不再接新的对话。")


@routes.post("/live/take", Permission.LIVE)
def take(request: Request) -> HTTPResponse:
    """Take a waiting conversation over; whoever is second is told who has it."""
    sender_id, me = field(request, "sender_id"), who(request)
    try:
        _live(request).take(sender_id, me.id, me.shown_name)
    except Conflict:
        holder = _live(request).holder(sender_id)
        record(request, "live_taken", "conversation", sender_id, "taken_before")
        return _not_taken(request, f"{holder.shown_name if holder else '别的座席'}已经先接了这位市民。")
    except NotFound:
        return _not_taken(request, "这位市民已经离开，不再等了。")
    record(request, "live_taken", "conversation", sender_id)
    return back(request, f"/live/{sender_id}")


def _not_taken(request: Request, sentence: str) -> HTTPResponse:
    answer = page(request, "live/page.html", open_id="", fault=sentence, **line(request, ""))
    answer.status = 409
    return answer


def line(request: Request, open_id: str) -> dict[str, object]:
    """Return what the list shows; `seen` is another text whenever it shows something else."""
    live, me, now = _live(request), who(request), utc_now()
    open_now, on_line = live.hours.open_at(now), live.there(me.id)
    unanswered = live.unanswered(me.id)
    waiting = [
        Row(each.sender_id, _channel(each.channel), _minutes(each.since, now), each.words)
        for each in live.waiting()
    ]
    mine = [
        Row(
            each.sender_id,
            _channel(each.channel),
            _minutes(each.taken_at, now),
            "".join(live.told(each.sender_id)[-1:]),
            unanswered.get(each.sender_id, 0),
        )
        for each in live.held_by(me.id)
    ]
    looks = repr((waiting, mine, on_line, open_now, open_id))
    return {
        "waiting": waiting,
        "mine": mine,
        "on_line": on_line,
        "open_now": open_now,
        "hours": live.hours,
        "seen": hashlib.sha256(looks.encode()).hexdigest()[:16],
    }


def _channel(code: str) -> str:
    return CHANNELS.get(code, code)


def _minutes(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds() // 60))


def _live(request: Request) -> Live:
    found: Live = request.app.ctx.counter.live
    return found
