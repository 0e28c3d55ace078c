"""`python -m desk.backup FOLDER` copies the SQLite databases of a running house; PostgreSQL has pg_dump."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine.url import make_url

from desk.database import DAMAGED, damaged, open_database, utc_now
from desk.settings import Settings

_NOT_OURS = "数据库是 PostgreSQL：请用 pg_dump，命令见 deploy/README.md 的“备份和恢复”。"
_DONE = "备份好了。请和 DESK_SECRET（或 var/secret.key）分开，存到另一台机器；没有它，备份里的号码读不出来。"


def backup(settings: Settings, folder: Path, now: datetime) -> list[Path]:
    """Copy each database as it is at one moment into `folder`; return the files, which only we may read.

    Rasa's memory comes first: a number that it has told is then surely in the copy of the tickets.
    """
    folder.mkdir(0o700, parents=True, exist_ok=True)
    copies = []
    for url in (settings.tracker_url, settings.database_url):
        source = Path(str(make_url(url).database))
        if not source.exists():  # Rasa has remembered nothing yet
            continue
        copy = folder / f"{source.stem}-{now:%Y%m%d-%H%M%S}.db"
        copy.touch(0o600, exist_ok=False)
        with closing(sqlite3.connect(source, timeout=60, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copies.append(copy)
    return copies


def main(arguments: list[str]) -> int:
    """Back up the databases of the settings; 1 and a sentence where that is not possible."""
    settings = Settings.from_env()
    urls = (settings.tracker_url, settings.database_url)
    if any(make_url(url).get_backend_name() != "sqlite" for url in urls):
        print(_NOT_OURS)
        return 1
    if any(damaged(open_database(url)) for url in urls):
        print(f"没有备份。{DAMAGED}")
        return 1
    folder = Path(arguments[0]) if arguments else settings.var / "backup"
    print(*backup(settings, folder, utc_now()), _DONE, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
