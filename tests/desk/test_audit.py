from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError

from desk.audit import Audit, Verified, rows
from desk.audit.__main__ import main
from desk.database import open_database
from desk.sealing import Keys
from tests.desk.databases import KINDS, database, migrated
from tests.desk.ticket_room import PLANTED_PHONE, Moment

KEYS = Keys.of(bytes(range(32)))


@pytest.fixture
def audit(engine: Engine, keys: Keys, now: Moment) -> Audit:
    return Audit(engine, keys, now)


@pytest.fixture(params=KINDS)
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database made by the migrations, with the triggers."""
    with database(request.param, tmp_path) as url:
        migrated(url)
        engine = open_database(url)
        yield engine
        engine.dispose()


def recorded(audit: Audit, count: int = 5) -> None:
    for number in range(1, count + 1):
        audit.record(actor_id="a7", role="agent", action="read", object_kind="ticket", object_id=f"t{number}")


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_an_untouched_log_is_whole(audit: Audit, now: Moment) -> None:
    assert audit.verify() == Verified(0, None)
    assert audit.anchor() == ""
    for detail in ({}, {"原因": "回访\n[系统]", "n": 3, "ok": True, "of": ["a", None]}):
        audit.record(
            actor_id="", role="system", action="测试", object_kind="x", object_id="☎\x00", detail=detail
        )
        now.later(days=1)
    assert audit.verify() == Verified(2, None)
    assert audit.find(limit=1)[0].detail == {"原因": "回访 [系统]", "n": 3, "ok": True, "of": ["a", None]}


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit_event SET object_id = 't9' WHERE seq = 3", 3),
        ("UPDATE audit_event SET actor_id = 'a8' WHERE seq = 1", 1),
        ("UPDATE audit_event SET at = '2026-11-20 00:00:00.000000' WHERE seq = 5", 5),
        ("DELETE FROM audit_event WHERE seq = 3", 3),
        ("DELETE FROM audit_event WHERE seq = 1", 1),
        ("DELETE FROM audit_event WHERE seq >= 4", 4),
        ("DELETE FROM audit_event", 1),
        ("DELETE FROM audit_head", 6),
        ("UPDATE audit_head SET seq = 4", 4),
        (
            "INSERT INTO audit_event SELECT 6, at, actor_id, role, address, action, object_kind, object_id, "
            "result, detail, hash, hash FROM audit_event WHERE seq = 5",
            6,
        ),
    ],
)
def test_any_tampering_is_told_with_its_place(
    audit: Audit, engine: Engine, tampering: str, broken_at: int
) -> None:
    recorded(audit)
    run(engine, tampering)
    assert audit.verify().broken_at == broken_at


def test_two_rows_that_changed_places_are_told(audit: Audit, engine: Engine) -> None:
    recorded(audit)
    swap = ("SET seq = 99 WHERE seq = 2", "SET seq = 2 WHERE seq = 3", "SET seq = 3 WHERE seq = 99")
    run(engine, *(f"UPDATE audit_event {each}" for each in swap))
    assert audit.verify().broken_at == 2


def test_who_has_only_the_database_cannot_make_the_chain_anew(audit: Audit, engine: Engine) -> None:
    recorded(audit)
    run(engine, "DELETE FROM audit_event", "DELETE FROM audit_head")
    recorded(Audit(engine, Keys.of(b"x" * 32)))
    assert audit.verify() == Verified(0, 1)


def test_an_old_head_put_back_is_told_by_what_was_noted(audit: Audit, engine: Engine) -> None:
    recorded(audit, 3)
    with engine.connect() as connection:
        old = connection.execute(text("SELECT seq, hash, mac FROM audit_head")).one()
    recorded(audit, 2)
    noted = audit.anchor()
    assert noted.startswith("5-") and audit.verify(noted) == Verified(5, None)
    put_back = f"UPDATE audit_head SET seq = {old.seq}, hash = '{old.hash}', mac = '{old.mac}'"
    run(engine, "DELETE FROM audit_event WHERE seq > 3", put_back)
    assert audit.verify(noted) == Verified(3, 4)
    audit.record(actor_id="s1", role="agent", action="other", object_kind="ticket", object_id="t")
    audit.record(actor_id="s1", role="agent", action="other", object_kind="ticket", object_id="t")
    assert audit.verify(noted) == Verified(4, 5)  # other acts in their place


def test_recording_goes_on_after_tampering_and_the_break_stays_visible(audit: Audit, engine: Engine) -> None:
    recorded(audit)
    run(engine, "UPDATE audit_head SET mac = 'x'")
    recorded(audit)
    assert audit.verify() == Verified(10, 11)
    run(engine, "DELETE FROM audit_head")
    recorded(audit, 1)
    assert audit.verify() == Verified(11, 12)


def test_many_writers_make_one_chain(audit: Audit, engine: Engine) -> None:
    rooms = [Audit(engine, KEYS) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: recorded(rooms[number % 4], 3), range(16)))
    assert audit.verify() == Verified(48, None)


def test_more_rows_than_one_reading_takes(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BATCH", 2)
    recorded(audit, 6)
    assert audit.verify() == Verified(6, None)


def test_acts_are_found_by_who_what_and_day_newest_first(audit: Audit, now: Moment) -> None:
    recorded(audit, 3)
    now.later(hours=12)  # the next day in China
    audit.record(actor_id="s1", role="supervisor", action="reveal", object_kind="ticket", object_id="t2")
    assert [each.seq for each in audit.find()] == [4, 3, 2, 1]
    assert [each.seq for each in audit.find(limit=2, before=4)] == [3, 2]
    assert [each.seq for each in audit.find(object_id="t2", object_kind="ticket")] == [4, 2]
    assert [each.seq for each in audit.find(actor_id="s1")] == [4]
    assert [each.seq for each in audit.find(action="read", day=date(2026, 11, 21))] == [3, 2, 1]
    assert [each.seq for each in audit.find(day=date(2026, 11, 22))] == [4]
    assert audit.actions() == ["read", "reveal"]


def test_no_personal_number_gets_into_the_log(audit: Audit, engine: Engine) -> None:
    detail = {"reason": f"回电 {PLANTED_PHONE}", "list": [PLANTED_PHONE], "in": {"x": PLANTED_PHONE}}
    audit.record(
        actor_id="a7", role="agent", action="reveal", object_kind="ticket", object_id="t1", detail=detail
    )
    with engine.connect() as connection:
        assert PLANTED_PHONE not in str(connection.execute(text("SELECT * FROM audit_event")).all())


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET result = 'x'", "DELETE FROM audit_event WHERE seq = 1"]
)
def test_the_database_itself_refuses_to_change_the_log(guarded: Engine, change: str) -> None:
    audit = Audit(guarded, KEYS)
    recorded(audit, 2)
    with pytest.raises(DatabaseError, match="append-only"):
        run(guarded, change)
    assert audit.verify() == Verified(2, None)


def test_the_command_tells_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    assert main(["verify"]) == 0
    ask = [sys.executable, "-m", "desk.staff", "create", "zhaoli", "--role", "agent"]
    subprocess.run(ask, cwd=Path(__file__).parents[2], check=True, capture_output=True)
    assert main(["verify"]) == 0
    noted = capsys.readouterr().out.strip().split("：")[-1]
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    run(engine, "DROP TRIGGER audit_event_no_delete", "DELETE FROM audit_event", "DELETE FROM audit_head")
    assert main(["verify"]) == 0  # everything gone leaves no trace inside …
    assert main(["verify", "--noted", noted]) == 1  # … but the note outside tells
    assert "从第 1 条起对不上" in capsys.readouterr().out


def test_what_is_recorded_can_be_read_as_json(audit: Audit) -> None:
    audit.record(
        actor_id="a",
        role="agent",
        action="x",
        object_kind="y",
        object_id="z",
        detail={"at": date(2026, 1, 2)},
    )
    assert json.dumps(audit.find()[0].detail) == '{"at": "2026-01-02"}'


def test_processes_of_their_own_make_one_chain(guarded: Engine) -> None:
    one = (
        "import sys; from desk.audit import Audit; from desk.database import open_database\n"
        "from desk.sealing import Keys\n"
        "audit = Audit(open_database(sys.argv[1]), Keys.of(bytes(range(32))))\n"
        "for _ in range(20): audit.record(actor_id=sys.argv[2], role='agent', action='read', "
        "object_kind='ticket', object_id='t')"
    )
    url = guarded.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    started = [subprocess.Popen([sys.executable, "-c", one, url, f"p{n}"], cwd=root) for n in range(3)]
    assert [each.wait(timeout=60) for each in started] == [0, 0, 0]
    assert Audit(guarded, KEYS).verify() == Verified(60, None)
