"""The table of data/retention.yml, what it says of learning and of the demo, and the command."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine

from bot.gateway.wechat.tables import DeliveryRow
from desk import conversation
from desk.audit import Audit
from desk.conversation import MessageRow
from desk.database import open_database, reading, upgrade
from desk.errors import DataFault
from desk.learning import Feedback, ledger
from desk.learning.tables import CardFeedbackRow, ProposalEventRow, ProposalRow
from desk.retention import KINDS, __main__, load_rules
from desk.settings import Settings, derive
from desk.sms import DemoSms
from tests.desk.databases import database
from tests.desk.forgotten import make_rasa_table
from tests.desk.old_talk import FRESH, OLD, RULES, retention_in, talked
from tests.desk.ticket_room import DATA, PLANTED_PHONE, Moment

MATERIALS = ("kunming.materials.overview", "materials", "a7")


def column(engine: Engine, wanted: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.scalars(select(wanted).order_by(wanted)))


def test_the_words_beside_a_mark_go_and_the_mark_stays(engine: Engine, now: Moment) -> None:
    feedback = Feedback(engine, now)
    now.at -= OLD
    feedback.wrong("很久以前问的", *MATERIALS)
    now.at += OLD - FRESH
    feedback.used("不久以前问的", *MATERIALS)
    now.at += FRESH
    retention = retention_in(engine, engine)
    assert retention.due(now())["learning"] == retention.purge(now())["learning"] == 1
    assert column(engine, CardFeedbackRow.words) == ["", "不久以前问的"]
    assert column(engine, CardFeedbackRow.verdict) == ["used", "wrong"]
    assert retention.purge(now())["learning"] == 0


def test_only_proposals_that_came_to_nothing_go(engine: Engine, now: Moment) -> None:
    states = (ledger.DRAFT, ledger.APPROVED, ledger.DOWNLOADED, ledger.REJECTED, ledger.WITHDRAWN)
    for state in states:
        _proposed(engine, state, now() - OLD)
    _proposed(engine, ledger.REJECTED, now() - FRESH)
    retention = retention_in(engine, engine)
    assert retention.due(now())["learning"] == retention.purge(now())["learning"] == 2
    assert column(engine, ProposalRow.state) == ["approved", "downloaded", "draft", "rejected"]
    assert column(engine, ProposalEventRow.proposal_id) == column(engine, ProposalRow.id)


def _proposed(engine: Engine, state: str, at: datetime) -> None:
    values = {"kind": ledger.EXAMPLE, "topic": "materials", "text": "一句话", "story": None, "item": "m1"}
    with engine.begin() as connection:
        made = ledger.add(connection, values, "运维01", at)
        decided = None if state == ledger.DRAFT else at
        moved = update(ProposalRow).where(ProposalRow.id == made).values(state=state, decided_at=decided)
        connection.execute(moved)


def test_a_demo_message_goes_after_a_day_and_the_talk_around_it_stays(engine: Engine, now: Moment) -> None:
    with engine.begin() as connection:
        conversation.say(connection, "c1", conversation.CITIZEN, {"text": "demo_sms"})
    DemoSms(engine).send(PLANTED_PHONE, "您的验证码是 123456", "c1")
    with engine.begin() as connection:
        last = max(connection.scalars(select(MessageRow.seq)))
        connection.execute(insert(DeliveryRow).values(seq=last, sender_id="c1", reply_key="k"))
        connection.execute(update(MessageRow).values(created_at=now()))
    retention = retention_in(engine, engine)
    now.later(hours=23)
    assert retention.purge(now())["demo_sms"] == 0
    now.later(hours=2)
    assert retention.due(now())["demo_sms"] == retention.purge(now())["demo_sms"] == 1
    assert column(engine, MessageRow.author) == ["citizen"]
    assert column(engine, DeliveryRow.seq) == []


def test_the_shipped_table_says_for_each_kind_how_long_and_why() -> None:
    assert set(RULES) == set(KINDS)
    assert RULES["conversation"].lasting == timedelta(days=180)
    assert all(rule.source and rule.own for rule in RULES.values())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("days: 180", "days: 3", "days should be 30 to 3660, but is 3"),
        ("days: 180", "days: 半年", "days should be a whole number"),
        ("kind: learning", "kind: tickets", "unknown kind 'tickets'"),
        ("kind: learning", "kind: tickets", "learning is missing"),
        ("own: true", "", "own is missing"),
    ],
)
def test_a_table_with_a_slip_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = tmp_path / "retention.yml"
    path.write_text((DATA / "retention.yml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataFault) as refused:
        load_rules(path)
    assert any(fault in each and "retention.yml" in each for each in refused.value.faults)


def test_the_command_shows_first_and_purges_when_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with database("sqlite", tmp_path) as url:
        monkeypatch.setenv("DESK_VAR", str(tmp_path))
        monkeypatch.setenv("DESK_DATABASE_URL", url)
        assert __main__.main([]) == 1
        assert "make run" in capsys.readouterr().out
        upgrade(url)
        engine = open_database(url)
        talked(engine, _rasa(tmp_path), "wx-gone", datetime.now(timezone.utc) - OLD)
        said = []
        for arguments in ([], ["--purge"], []):
            assert __main__.main(arguments) == 0
            said.append(capsys.readouterr().out.splitlines()[0])
        assert "：会清理 11 条（保存 180 天" in said[0]
        assert "：清理了 11 条" in said[1]
        assert "：会清理 0 条" in said[2]
        audit = Audit(engine, derive(Settings.from_env().secret, "audit"))
        (act,) = audit.find(action="purged")
        assert (act.actor_id, act.role, act.detail["conversation"]) == ("command", "system", 11)


def _rasa(folder: Path) -> Engine:
    tracker = open_database(f"sqlite:///{folder / 'tracker.db'}")
    make_rasa_table(tracker)
    return tracker
