"""`make bench-load [MINUTES=30]` measures the whole assistant under the load that it has to hold.

Fifty citizens on the web talk for half an hour, thinking five seconds before each line; then three hundred
people ask something within ten seconds, a third of them with WeChat. At the end the tables are checked.

--minutes N       of the citizens' talk (30)      --citizens N   at a time (50)
--burst N         people of the burst (300)       --think N      seconds, half to one and a half of it (5)
--postgresql      instead of SQLite               --out FOLDER   for load.json, load.md, logs (var/load)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from desk.invariants import open_invariants
from tests.benchmarks.crowding import Watched, burst, come_and_go
from tests.benchmarks.installation import Installation
from tests.benchmarks.load_report import Report, as_data, lines
from tests.desk.databases import database

BURST_SECONDS = 10.0


def main(arguments: list[str]) -> int:
    """Print the table and write it; 1 when anything is missed."""
    given = _options(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        url = stack.enter_context(database("postgresql", folder)) if given.postgresql else ""
        house = Installation(folder, url)
        house.prepare()
        house.start()
        try:
            house.wait()
            talks, crowd = asyncio.run(_load(house, given))
        finally:
            house.stop()
        breaches = [str(breach) for breach in open_invariants(house.settings).breaches()]
        report = Report(given, talks, crowd, breaches, house.errors())
        out = Path(given.out)
        out.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):  # what became of a message that missed its time stands there alone
            shutil.copy2(log, out)
    _write(report, out)
    return 0 if report.held else 1


async def _load(house: Installation, given: argparse.Namespace) -> tuple[Watched, Watched]:
    talks = await come_and_go(house, given.citizens, given.think, given.minutes)
    print(f"now {given.burst} people within {BURST_SECONDS:.0f} seconds", flush=True)
    return talks, await burst(house, given.burst, BURST_SECONDS)


def _write(report: Report, folder: Path) -> None:
    text = "\n".join(lines(report))
    print("\n" + text)
    (folder / "load.md").write_text(text + "\n")
    (folder / "load.json").write_text(json.dumps(as_data(report), ensure_ascii=False, indent=1) + "\n")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.many_citizens",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--citizens", type=int, default=50)
    parser.add_argument("--think", type=float, default=5.0)
    parser.add_argument("--burst", type=int, default=300)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--out", default="var/load")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
