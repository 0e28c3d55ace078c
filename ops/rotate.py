"""Seals anew, under the present key and profile, whatever former ones sealed. The product may run meanwhile.

`python -m ops.rotate` counts, `python -m ops.rotate --write` does it; killed, it goes on when run again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.engine import Engine

from bot.gateway.wechat import followers, token
from desk import identity, vault
from desk.audit import Audit, keys
from desk.claims import register
from desk.database import open_database, upgrade
from desk.errors import DataFault
from desk.rotation import Count, SealedColumn, count, renew
from desk.sealing import Keys, derive
from desk.settings import Settings
from desk.staff import accounts
from desk.tickets import filing
from desk.tickets.terms import Role

_REGISTER = "申领记录里只有身份证号的校验值，换不了：请把全部申领记录重新导入一次。"
_DAMAGED = "内容已经损坏，换不了。"
_LOST = "写下它们的密钥没有配置，请把当时的 DESK_SECRET 加进 DESK_SECRET_FORMER 再运行。"


def places(secret: Keys) -> list[SealedColumn]:
    """Return every column of ours that holds sealed texts."""
    return [
        vault.sealed(derive(secret, "vault")),
        identity.sealed(derive(secret, "identity")),
        register.sealed(derive(secret, "register")),
        filing.sealed(derive(secret, "tickets")),
        *accounts.sealed(derive(secret, "staff")),
        keys.sealed(derive(secret, "audit")),
        followers.sealed(derive(secret, "wechat")),
        token.sealed(derive(secret, "wechat token")),
    ]


def rotate(engine: Engine, secret: Keys) -> None:
    """Seal anew what can be; doing it again changes nothing."""
    done = {place.table: renew(engine, place) for place in places(secret) if place.renewable}
    audit = Audit(engine, derive(secret, "audit"))
    if any(done.values()) or audit.former():
        audit.record(
            actor_id="command",
            role=Role.SYSTEM.value,
            action="keys_rotated",
            object_kind="key",
            object_id=secret.current.profile,
            detail={table: rows for table, rows in done.items() if rows},
        )
    audit.keep_former()


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 1 when a former secret is needed still, whether given or not."""
    parser = argparse.ArgumentParser(prog="python -m ops.rotate", description="换密钥以后重新封存")
    parser.add_argument("--write", action="store_true", help="动手换；不加只数一数")
    given = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 1
    engine = open_database(settings.database_url)
    upgrade(settings.database_url)
    if given.write:
        rotate(engine, settings.secret)
    return _report(engine, settings.secret, given.write)


def _report(engine: Engine, secret: Keys, written: bool) -> int:
    whole = [_told(place, count(engine, place), written) for place in places(secret)]
    if not all([*whole, _told_audit(Audit(engine, derive(secret, "audit")))]):
        print("以前的密钥还不能删。" if written else "以前的密钥还不能删；加 --write 动手换。")
        return 1
    print("没有哪一条还靠以前的密钥：DESK_SECRET_FORMER（或 secret.former）可以删了。")
    return 0


def _told(place: SealedColumn, found: Count, written: bool) -> bool:
    """Print how one column stands; return whether no former secret is needed for it."""
    print(f"{place.table}：{found.former} 条还靠以前的密钥，{found.lost} 条没有密钥能打开")
    if found.former and (written or not place.renewable):
        print(f"  {_DAMAGED if place.renewable else _REGISTER}")
    if found.lost:
        print(f"  {_LOST}")
    return found == Count(0, 0)


def _told_audit(audit: Audit) -> bool:
    rows, verified = audit.former(), audit.verify()
    print(f"audit_event：{rows} 条还靠以前的密钥")
    if verified.broken_at is not None:
        print(f"  从第 {verified.broken_at} 条起对不上：{_LOST}如果从来没有换过密钥，就是被改动了。")
    return not rows and verified.broken_at is None


if __name__ == "__main__":
    sys.exit(main())
