"""Whether a process has the secret of its database, told before it writes there with another one.

Two machines with different secrets would run side by side: neither opens the phones and codes of the other.
`python -m desk.secret_mark --accept` is for a secret that is lost.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sqlalchemy import Column, Integer, String, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from desk.database import Base, one_at_a_time, open_database
from desk.errors import DataFault
from desk.sealing import Keys, derive
from desk.settings import Settings

_TEXT = "desk"
FAULT = (
    "DESK_SECRET: 这个数据库是用另一个密钥写的，没有启动。每台机器要用同样的 DESK_SECRET"
    "（没有设置的，是各自 DESK_VAR 里的 secret.key）。如果刚换了密钥，把以前的写进 DESK_SECRET_FORMER；"
    "有几台机器时，先把新的作为 DESK_SECRET_FORMER 给每一台（见 README 的 Another secret）。"
    "以前的密钥真丢了：运行 python -m desk.secret_mark --accept，用以前的密钥封存的号码从此读不出来。"
)


class MarkRow(Base):
    """The keyed hash of a fixed text under one secret; the newest one is of the secret that writes now."""

    __tablename__ = "secret_mark"
    id = Column(Integer, primary_key=True)
    mac = Column(String(64), nullable=False, unique=True)


def fault(engine: Engine, secret: Keys) -> str:
    """Return the sentence that keeps a process from starting, empty when the secret is right or the first.

    One that comes in beside the newest, which is then among the former, becomes the newest. A database that
    does not answer, or has no tables yet, is told by whoever needs it.
    """
    keys = derive(secret, "secret mark")
    try:
        with engine.begin() as connection:
            one_at_a_time(connection, MarkRow.__tablename__)
            marks = list(connection.scalars(select(MarkRow.mac).order_by(MarkRow.id.desc())))
            if marks and marks[0] not in keys.macs(_TEXT):
                return FAULT
            if keys.mac(_TEXT) not in marks:
                connection.execute(insert(MarkRow).values(mac=keys.mac(_TEXT)))
    except DBAPIError:
        return ""
    return ""


def check_secret(settings: Settings) -> None:
    """End the process with the sentence when its secret is another one than the database's."""
    engine = open_database(settings.database_url)
    told = fault(engine, settings.secret)
    engine.dispose()
    if told:
        sys.exit(told)


def accept(engine: Engine, secret: Keys) -> None:
    """Let the present secret be the one of this database from now on."""
    mac = derive(secret, "secret mark").mac(_TEXT)
    with engine.begin() as connection:
        connection.execute(MarkRow.__table__.delete())
        connection.execute(insert(MarkRow).values(mac=mac))


def main(arguments: Sequence[str]) -> int:
    """Tell whether the secret is right; with `--accept` make it so. Returns 1 when it is not."""
    try:
        settings = Settings.from_env()
    except DataFault as refused:
        print(*refused.faults, sep="\n")
        return 1
    engine = open_database(settings.database_url)
    if list(arguments) == ["--accept"]:
        accept(engine, settings.secret)
    told = fault(engine, settings.secret)
    print(told or "DESK_SECRET 和这个数据库是一套。")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
