"""Whether everything runs: the messages of today, the provincial platform, the official account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sanic import Request
from sanic.response import HTTPResponse

from console.access import Routes
from console.render import page
from console.staff_wording import HEALTH_STATES, PLATFORM_REASONS
from desk.counter import Counter
from desk.database import utc_now
from desk.health import Health, Seen
from desk.inbox import in_hand
from desk.staff import Permission

routes = Routes("running")

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A line to a service outside; `seen` is None while nobody has called it."""

    title: str
    used: bool
    unused: str
    seen: Seen | None
    words: str
    open: str


@routes.get("/running", Permission.RUNNING)
def running(request: Request) -> HTTPResponse:
    """Show how the messages of the last 24 hours stand and how each line to the outside is doing."""
    counter: Counter = request.app.ctx.counter
    return page(
        request,
        "running.html",
        inbox=in_hand(counter.engine, utc_now() - _DAY),
        lines=(_platform(counter), _wechat(counter)),
    )


def _platform(counter: Counter) -> Line:
    line = _line(
        "查进度的来源：省平台",
        counter.settings.platform is not None,
        "没有接。查进度用的是本局登记的申领记录。",
        counter.claims_health,
        "连续失败 5 次就先停 30 秒，再放一个查询去试。"
        "这时市民听到的是：暂时查不到、哪些还能办、可以打 12333。",
    )
    if line.seen is None:
        return line
    return replace(line, seen=replace(line.seen, reason=PLATFORM_REASONS.get(line.seen.reason, "")))


def _wechat(counter: Counter) -> Line:
    return _line(
        "微信公众号的接口",
        counter.settings.wechat is not None,
        "没有接公众号。",
        counter.wechat_health,
        "要有人处理才会恢复。发不出去的话不会丢：市民下次来消息时一起送到。",
    )


def _line(title: str, used: bool, unused: str, health: Health, open_words: str) -> Line:
    seen = health.read() if used else None
    words = HEALTH_STATES[seen.state] if seen else "已接上，还没有用过"
    return Line(title, used, unused, seen, words, open_words)
