"""How fast the queue is when it is full: the list, the overview and an export, on SQLite and PostgreSQL.

`make bench-queue` prints the 50th and 95th percentile of each against its bar.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Engine

from desk.database import open_database, upgrade
from desk.tickets import Actor, Categories, Kind, Role, State
from desk.tickets.export import Export
from desk.tickets.figures import Figures
from desk.tickets.order import Order
from desk.tickets.query import Query
from desk.tickets.search import Search
from desk.tickets.terms import Tag
from desk.workdays import Workdays, china_day
from tests.benchmarks.many_tickets import fill
from tests.desk.databases import KINDS, database

_DATA = Path(__file__).parents[2] / "data"
END = datetime(2026, 11, 27, 6, tzinfo=timezone.utc)
TODAY = china_day(END)
SEED, DAYS = 2026, 400
_SUPERVISOR = Actor(Role.SUPERVISOR, "s1")
_AGENT = Actor(Role.AGENT, "a1")
_HANDLER = Actor(Role.HANDLER, "handler1", "五华区")
BARS = {"list": 0.3, "overview": 1.0, "export": 10.0}  # seconds, of issue 4
_MONTH = TODAY - timedelta(days=30)


def looks() -> list[tuple[Actor, Query, Order]]:
    """What people ask the list for; each once in a round."""
    queries = [
        Query(),
        Query(open=True),
        Query(overdue=True),
        Query(due_soon=True),
        Query(urged=True, open=True),
        Query(district="五华区"),
        Query(district="禄劝县", open=True),
        Query(category="online"),
        Query(category="overdue", overdue=True),
        Query(kinds=(Kind.COMPLAINT,), states=(State.IN_PROGRESS, State.REDO)),
        Query(unit="盘龙区"),
        Query(tags=(Tag.STUCK,)),
        Query(assignee="handler3", open=True),
        Query(created_from=_MONTH),
        Query(text="人脸识别"),
        Query(text="没有到账 电话", open=True),
        Query(text="停保原因", district="西山区"),
        Query(measure="solved", since=_MONTH, until=TODAY),
    ]
    asked = [(actor, query, Order.DUE) for actor in (_SUPERVISOR, _AGENT, _HANDLER) for query in queries]
    return [*asked, *((_SUPERVISOR, Query(), order) for order in (Order.NEWEST, Order.CHANGED))]


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds `act` takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def show(name: str, seconds: list[float], bar: float) -> bool:
    """Print one line and tell whether the bar is kept."""
    middle, high = statistics.median(seconds), sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)]
    kept = "达标" if high <= bar else "未达标"
    told = f"上限 {bar * 1000:5.0f} ms  {kept}"
    print(f"  {name:<22} p50 {middle * 1000:7.1f} ms  p95 {high * 1000:7.1f} ms  {told}")
    return high <= bar


def measure(engine: Engine, folder: Path, rounds: int, explain: bool) -> bool:
    """Print the lines of one database."""
    categories, workdays = Categories.load(_DATA / "categories.yml"), Workdays(_DATA / "calendar")
    search, figures = (
        Search(engine, categories, workdays, lambda: END),
        Figures(engine, categories, workdays, lambda: END),
    )
    page: list[float] = []
    for actor, query, order in looks() * rounds:
        page.append(timed(lambda: search.find(actor, query, order)))  # noqa: B023
        if explain and page[-1] > BARS["list"] / 3:
            print(f"    {page[-1] * 1000:7.1f} ms {actor.role.label} {query} {order.value}")
    deep = search.find(_SUPERVISOR, Query(), limit=1000).next
    page += [timed(lambda: search.find(_SUPERVISOR, Query(), after=deep)) for _ in range(rounds)]
    kept = [show("列表（各种筛选和搜索）", page, BARS["list"])]
    for name, since in (("概览（30天）", _MONTH), ("概览（一年）", date(2026, 1, 1))):
        runs = [timed(lambda: figures.overview(_SUPERVISOR, since, TODAY)) for _ in range(3 * rounds)]  # noqa: B023
        kept.append(show(name, runs, BARS["overview"]))
    export = Export(search, categories)
    ten = _ten_thousand(search)
    kept.append(
        show(
            "导出 CSV（约1万行）",
            [timed(lambda: sum(map(len, export.csv(_SUPERVISOR, ten))))],
            BARS["export"],
        )
    )
    before = _peak()
    kept.append(
        show("导出 XLSX（约1万行）", [timed(lambda: export.xlsx(_SUPERVISOR, ten, folder))], BARS["export"])
    )
    print(f"  {search.count(_SUPERVISOR, ten)} 行；进程内存峰值 {before} MB，导出后 {_peak()} MB")
    return all(kept)


def _ten_thousand(search: Search) -> Query:
    """The query of the latest 10,000 tickets or a little more."""
    for days in range(20, DAYS + 1):
        query = Query(created_from=TODAY - timedelta(days=days))
        if search.count(_SUPERVISOR, query) >= 10_000:
            return query
    return Query()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Fill the databases with the same tickets and measure one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--explain", action="store_true", help="每次慢的列表查询打印一行")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = []
        for kind in KINDS:
            url = stack.enter_context(database(kind, folder))
            upgrade(url)
            engines.append(open_database(url))
            stack.callback(engines[-1].dispose)
        start = time.perf_counter()
        events = fill(engines, given.tickets, SEED, END, DAYS)
        spent = time.perf_counter() - start
        print(f"{given.tickets} 件工单，{events} 条经过，填入两种数据库用了 {spent:.0f} 秒")
        for engine in engines:
            with engine.begin() as connection:
                connection.execute(text("ANALYZE"))
        kept = []
        for engine in engines:
            print(engine.dialect.name)
            kept.append(measure(engine, folder, given.rounds, given.explain))
    raise SystemExit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
