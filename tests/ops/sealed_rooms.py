"""One secret of every kind, written and read through the rooms that keep it, with the keys of one setting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine

from bot.gateway.wechat import token
from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.tables import FollowerRow, TokenRow
from desk import vault
from desk.audit import Audit
from desk.claims.register import Register
from desk.database import reading
from desk.identity import Codes, Sent, Verified
from desk.rotation import count
from desk.sealing import Keys, Seal, derive
from desk.staff import Accounts, Sessions
from desk.staff.tables import AccountRow
from desk.tickets import Tickets
from desk.tickets.terms import Role
from desk.vault import Vault, VaultRow
from desk.workdays import Workdays
from ops.rotate import places
from tests.desk.staff_room import CHEAP, DESK, OWN, enrolled
from tests.desk.ticket_room import DATA, LIMITS, OVERDUE, WORKDAYS, Moment
from tests.fakes.claim_files import NAME, PERSON, PHONE, csv_of
from tests.fakes.people import KNOWN, People
from tests.fakes.people import NAME as KNOWN_NAME
from tests.fakes.sms import FakeSms

OLD, NEW = b"o" * 32, b"n" * 32
OPENID, APP_ID = "o-somebody", "wx0123456789abcdef"
REGISTER = "claim"


class Rooms:
    """The rooms over one database, with the keys of one setting."""

    def __init__(self, engine: Engine, secret: Keys, now: Moment) -> None:
        self.engine, self.secret, self.now = engine, secret, now
        self.sms = FakeSms()
        self.vault = Vault(engine, derive(secret, "vault"), now)
        key = derive(secret, "identity")
        self.codes = Codes(engine, key, self.sms, People(), now, spawn=lambda send: send())
        self.register = Register(engine, derive(secret, "register"), now)
        seal = Seal(derive(secret, "tickets"))
        self.tickets = Tickets(engine, WORKDAYS, LIMITS, seal, now)
        self.accounts = Accounts(engine, derive(secret, "staff"), cost=CHEAP, now=now)
        self.sessions = Sessions(engine, self.accounts, derive(secret, "sessions"), now)
        self.followers = Followers(engine, derive(secret, "wechat"), now)
        self.audit = Audit(engine, derive(secret, "audit"), now)

    def write(self, sender: str = "web:a", openid: str = OPENID, number: str = "A1") -> None:
        """Put something into every room."""
        self.vault.redact(sender, f"打{PHONE}")
        assert isinstance(self.codes.begin(sender, KNOWN, KNOWN_NAME), Sent)
        assert isinstance(self.codes.check(sender, self.sms.code), Verified)
        self.take({"申请编号": number})
        self.tickets.open(replace(OVERDUE, reply_by="phone", phone=PHONE), f"m-{sender}", sender, "web")
        staff, password = self.accounts.create(f"s{number}", "督办", Role.SUPERVISOR)
        begun, _ = enrolled(self.sessions, self.sessions.begin(staff.login, password, DESK), self.now)
        self.sessions.change_password(begun.token, password, OWN)
        self.followers.heard(openid, "gh", wrote=True)
        for _ in range(3):
            self.act()

    def take(self, *lines: dict[str, str]) -> None:
        """Import claims."""
        assert not self.register.take(csv_of(*lines), Workdays(DATA / "calendar")).faults

    def act(self) -> None:
        """Have something recorded."""
        self.audit.record(actor_id="a7", role="agent", action="read", object_kind="ticket", object_id="t")

    def write_token(self) -> None:
        """Keep a token of WeChat; there is one for each account."""
        place = token.sealed(derive(self.secret, "wechat token"))
        sealed = place.seal.close("0 token", APP_ID)
        with self.engine.begin() as connection:
            connection.execute(insert(TokenRow).values(app_id=APP_ID, sealed=sealed, expires_at=self.now()))

    def follower(self, openid: str) -> str | None:
        """The conversation of a person who follows."""
        with reading(self.engine) as connection:
            wanted = select(FollowerRow.sender_id).where(self.followers._is(openid))
            return connection.scalar(wanted)

    def read(self, sender: str = "web:a", openid: str = OPENID) -> dict[str, Any]:
        """What every room gives back; None for what it cannot open or find."""
        found, person = self.tickets.mine(sender), self.register.find(PERSON, NAME)
        follower = self.follower(openid)
        claimed = self.followers.claim(follower) if follower else None
        if claimed:
            self.followers.release(claimed)
        return {
            "vault": self.vault.get(sender, "〔手机号#1〕"),
            "one_time_code": self.codes.verified(sender),
            REGISTER: person and person.phone,
            "ticket": self.tickets.phone_of(found[0]),
            "staff_account": self._second_factors(),
            "wechat_follower": claimed and claimed.openid,
            "wechat_token": self._token(),
            "audit_event": self.audit.verify().broken_at is None or None,
        }

    def _second_factors(self) -> str | None:
        with self.engine.connect() as connection:
            row = connection.execute(select(AccountRow).order_by(AccountRow.login)).first()
        return row and self.accounts.open_secret(row.id, row.totp_sealed)

    def _token(self) -> str | None:
        with self.engine.connect() as connection:
            sealed = connection.scalar(select(TokenRow.sealed))
        return token.sealed(derive(self.secret, "wechat token")).seal.open(sealed, APP_ID)


def former(engine: Engine, secret: Keys) -> dict[str, int]:
    """How many rows of which table a former key sealed."""
    found = {place.table: count(engine, place) for place in places(secret)}
    assert all(each.lost == 0 for each in found.values())
    return {table: each.former for table, each in found.items() if each.former}


def filled(engine: Engine, rows: int, now: Moment) -> None:
    """Many values, sealed with the old secret."""
    seal = vault.sealed(derive(Keys.of(OLD), "vault")).seal
    values = [
        {
            "sender_id": f"web:{number}",
            "kind": "手机号",
            "number": 1,
            "sealed": seal.close(str(number), f"web:{number}", "〔手机号#1〕"),
            "expires_at": now() + timedelta(minutes=30),
        }
        for number in range(rows)
    ]
    with engine.begin() as connection:
        connection.execute(insert(VaultRow), values)
