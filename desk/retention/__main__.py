"""`python -m desk.retention` shows how much would be purged now; `--purge` purges it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from desk.audit import Audit
from desk.database import open_database, utc_now
from desk.errors import DataFault
from desk.retention import open_retention
from desk.retention.nightly import record_purge
from desk.settings import Settings, derive
from desk.workdays import china_day

_UNREADABLE = "数据库没有回应，没有做完；再运行一次会接着做。第一次使用请先 make run。"


def main(arguments: Sequence[str] | None = None) -> int:
    """Show or purge; return 1 when that is not possible."""
    parser = argparse.ArgumentParser(prog="python -m desk.retention", description="各类数据保存多久")
    parser.add_argument("--purge", action="store_true", help="马上清理，不等到夜里")
    given = parser.parse_args(arguments)
    try:
        _act(Settings.from_env(), given.purge)
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 1
    except DBAPIError:
        print(_UNREADABLE)
        return 1
    return 0


def _act(settings: Settings, purge: bool) -> None:
    retention, now = open_retention(settings), utc_now()
    counts = retention.purge(now) if purge else retention.due(now)
    done = "清理了" if purge else "会清理"
    for kind, rule in retention.rules.items():
        print(f"{rule.name}：{done} {counts[kind]} 条（保存 {rule.days} 天，{rule.source}）")
    if purge:
        audit = Audit(open_database(settings.database_url), derive(settings.secret, "audit"))
        record_purge(audit, "command", china_day(now).isoformat(), counts)


if __name__ == "__main__":
    sys.exit(main())
