"""`python -m desk.invariants` prints every breach and ends with 1, or one line when there is none."""

from __future__ import annotations

import sys

from sqlalchemy.exc import DBAPIError

from desk.errors import DataFault
from desk.invariants import open_invariants
from desk.privacy import scrub
from desk.pulse import fault_of
from desk.settings import Settings

_UNREADABLE = "数据库读不出来，没有核对。第一次使用请先 make run；否则请检查数据库是否在运行、有没有权限。"


def main() -> int:
    """Check the databases of the settings; 2 when that is not possible."""
    count = 0
    try:
        for breach in open_invariants(Settings.from_env()).breaches():
            # The key of a message holds what a client made up: a number in it is no less a number.
            print(scrub(f"{breach.told}：{breach.row}"))
            count += 1
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 2
    except DBAPIError as error:
        print(fault_of(error) or _UNREADABLE)
        return 2
    print(f"共 {count} 处不对。请保留现场，报告运维人员。" if count else "数据前后一致，没有发现问题。")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
