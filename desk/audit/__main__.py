"""`python -m desk.audit verify` says whether anything was changed, removed, put in between or cut off."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from desk.audit.log import NOTE, Audit
from desk.database import open_database, upgrade
from desk.errors import DataFault
from desk.settings import Settings, derive


def _noted(text: str) -> str:
    if not NOTE.fullmatch(text):
        raise argparse.ArgumentTypeError("应像 120-0123456789abcdef 这样：序号、横线、16 位校验码")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the log; return 1 when anything does not fit."""
    parser = argparse.ArgumentParser(prog="python -m desk.audit", description="审计日志")
    commands = parser.add_subparsers(dest="command", required=True)
    verifying = commands.add_parser("verify", help="核对审计日志有没有被改动")
    verifying.add_argument("--noted", type=_noted, metavar="序号-校验码", help="以前抄下来的")
    given = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 1
    engine = open_database(settings.database_url)
    upgrade(settings.database_url)
    audit = Audit(engine, derive(settings.secret, "audit"))
    found = audit.verify(given.noted or "")
    if found.broken_at is not None:
        print(f"审计日志不完整：从第 {found.broken_at} 条起对不上。请保留现场，报告安全负责人。")
        return 1
    print(f"审计日志完整：共 {found.count} 条，没有被改动。")
    if found.count:
        print(f"请把这个校验码抄到别处，下次用 --noted 核对：{audit.anchor()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
