from __future__ import annotations

import pytest
from sqlalchemy import LargeBinary, update
from sqlalchemy.engine import Engine

from desk import rotation, vault
from desk.audit import Verified
from desk.database import Base
from desk.identity import Locked
from desk.identity import Verified as Proved
from desk.rotation import Count, count, renew
from desk.sealing import GM, Keys, derive
from desk.vault import Vault, VaultRow
from ops import rotate
from ops.rotate import places
from tests.desk.ticket_room import Moment
from tests.fakes.claim_files import NAME, PERSON
from tests.fakes.people import KNOWN
from tests.fakes.people import NAME as KNOWN_NAME
from tests.ops.sealed_rooms import NEW, OLD, REGISTER, Rooms, filled, former

CHANGES = {
    "another secret": (Keys.of(OLD), Keys.of(NEW, [OLD]), Keys.of(NEW)),
    "the profile gm": (Keys.of(OLD), Keys.of(OLD, profile=GM), Keys.of(OLD, profile=GM)),
    "both at once": (Keys.of(OLD), Keys.of(NEW, [OLD], GM), Keys.of(NEW, profile=GM)),
    "back again": (Keys.of(OLD, profile=GM), Keys.of(NEW, [OLD]), Keys.of(NEW)),
}


def test_every_column_of_sealed_texts_is_among_the_places() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert sealed == {f"{place.table}.{place.column.key}" for place in places(Keys.of(OLD))}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_everything_old_is_read_and_everything_new_is_written_anew(
    engine: Engine, now: Moment, change: str
) -> None:
    before, after, _ = CHANGES[change]
    old, new = Rooms(engine, before, now), Rooms(engine, after, now)
    old.write()
    old.write_token()
    told = old.read()
    assert None not in told.values()
    assert new.read() == told
    counted = former(engine, after)
    assert set(counted) == set(told) - {"audit_event"}
    now.later(minutes=1)
    new.write("web:b", "o-another", "A2")
    assert former(engine, after) == counted
    assert new.read("web:b", "o-another")["ticket"] == told["ticket"]
    assert new.followers.heard("o-somebody", "gh", wrote=True) == old.follower("o-somebody")


@pytest.mark.parametrize("change", CHANGES)
def test_once_rotated_the_former_secret_is_needed_for_nothing_but_claims(
    engine: Engine, now: Moment, change: str
) -> None:
    before, during, after = CHANGES[change]
    old = Rooms(engine, before, now)
    old.write()
    old.write_token()
    told = old.read()
    rotate.rotate(engine, during)
    assert former(engine, during) == {REGISTER: 1}
    Rooms(engine, during, now).take({"申请编号": "A1"})
    assert former(engine, during) == {}
    assert Rooms(engine, after, now).read() == told


def test_a_claim_is_found_by_either_key_and_the_newest_one_is_told(engine: Engine, now: Moment) -> None:
    before, during, after = CHANGES["both at once"]
    Rooms(engine, before, now).take({"申请编号": "A1"})
    new = Rooms(engine, during, now)
    new.take({"申请编号": "A2", "提交日期": "2026-02-10", "数据日期": "2026-03-01"})
    person = new.register.find(PERSON, NAME)
    assert person is not None
    status = new.register.status(person)
    assert status is not None and status.number == "A2"
    alone = Rooms(engine, after, now).register.find(PERSON, NAME)
    assert alone == person


def test_a_second_rotation_changes_nothing(engine: Engine, now: Moment) -> None:
    before, during, _ = CHANGES["both at once"]
    Rooms(engine, before, now).write()
    rotate.rotate(engine, during)
    audit = Rooms(engine, during, now).audit
    assert audit.find(limit=1)[0].action == "keys_rotated"
    rotate.rotate(engine, during)
    assert audit.verify() == Verified(4, None)


def test_the_log_is_whole_after_three_secrets_and_former_keys_add_no_row(engine: Engine, now: Moment) -> None:
    secrets = [bytes([each]) * 32 for each in range(4)]
    for place, secret in enumerate(secrets):
        keys = Keys.of(secret, secrets[max(place - 1, 0) : place], GM if place % 2 else "intl")
        Rooms(engine, keys, now).act()
        rotate.rotate(engine, keys)
    audit = Rooms(engine, Keys.of(secrets[3], profile=GM), now).audit
    assert audit.verify().broken_at is None
    count = audit.verify().count
    Rooms(engine, Keys.of(secrets[3], [secrets[0]]), now).act()
    assert audit.verify() == Verified(count + 1, None)
    Rooms(engine, Keys.of(secrets[0], [secrets[3]]), now).act()
    assert audit.verify() == Verified(count + 1, count + 2)


def test_a_code_on_its_way_while_the_keys_change_still_proves_who_somebody_is(
    engine: Engine, now: Moment
) -> None:
    before, during, _ = CHANGES["both at once"]
    old, new = Rooms(engine, before, now), Rooms(engine, during, now)
    old.codes.begin("web:a", KNOWN, KNOWN_NAME)
    assert isinstance(new.codes.check("web:a", old.sms.code), Proved)
    now.later(minutes=2)
    old.codes.begin("web:b", KNOWN, KNOWN_NAME)
    for _ in range(5):
        new.codes.check("web:b", old.sms.wrong_code)
    assert new.codes.begin("web:c", KNOWN, KNOWN_NAME) == Locked()


def test_a_row_that_changes_during_a_rotation_keeps_what_was_written(
    engine: Engine, now: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, keys = Keys.of(OLD), Keys.of(NEW, [OLD])
    Vault(engine, derive(old, "vault"), now).redact("web:a", "打13800000000")
    room, place = Vault(engine, derive(keys, "vault"), now), vault.sealed(derive(keys, "vault"))
    found = rotation._batch(engine, place, None)
    room.forget("web:a")
    with engine.begin() as connection:
        assert rotation._renew(connection, place, found[0]) == 0
    assert room.get("web:a", "〔手机号#1〕") is None


def test_a_rotation_goes_over_many_batches_and_leaves_what_nobody_can_open(
    engine: Engine, now: Moment
) -> None:
    filled(engine, 1203, now)
    Vault(engine, derive(Keys.of(b"x" * 32), "vault"), now).redact("web:x", "打13800000000")
    place = vault.sealed(derive(Keys.of(NEW, [OLD], GM), "vault"))
    with engine.begin() as connection:
        moved = update(VaultRow).where(VaultRow.sender_id == "web:700")
        connection.execute(moved.values(sender_id="web:y"))
    assert count(engine, place) == Count(1203, 1)
    assert renew(engine, place) == 1202
    assert count(engine, place) == Count(1, 1)
    room = Vault(engine, derive(Keys.of(NEW, profile=GM), "vault"), now)
    assert [room.get(f"web:{n}", "〔手机号#1〕") for n in (0, 500, 1202)] == ["0", "500", "1202"]
