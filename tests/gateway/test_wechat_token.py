from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import Engine

from bot.gateway.wechat import token as token_room
from bot.gateway.wechat.refusals import LATER, OPERATOR, Refused
from bot.gateway.wechat.tables import TokenRow
from desk.database import Base, open_database
from desk.sealing import Keys
from tests.desk.databases import KINDS, database
from tests.fakes.clock import Clock
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.door import until
from tests.gateway.wechat_account import APP_ID, APP_SECRET, keeper


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database(request.param, tmp_path) as url:
        made = open_database(url)
        Base.metadata.create_all(made)
        yield made
        made.dispose()


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def wechat(now: Clock) -> Iterator[FakeWechatApi]:
    fake = FakeWechatApi(APP_ID, APP_SECRET, now)
    fake.start()
    yield fake
    fake.go_on()
    fake.stop()


def ended(futures: list[Future[str]]) -> list[str]:
    return [future.result(timeout=30) for future in futures]


def test_thirty_threads_that_ask_at_once_fetch_one_token(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    wechat.hold()
    with ThreadPoolExecutor(30) as threads:
        asked = [threads.submit(ours.get) for _ in range(30)]
        until(lambda: wechat.token_calls)
        wechat.go_on()
        assert set(ended(asked)) == {wechat.tokens[0]}
    assert wechat.token_calls == [False]


def test_two_processes_fetch_one_token_together(engine: Engine, wechat: FakeWechatApi, now: Clock) -> None:
    wechat.hold()
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(keeper(engine, wechat, now).get)
        until(lambda: wechat.token_calls)
        others = [threads.submit(keeper(engine, wechat, now).get) for _ in range(7)]
        wechat.go_on()
        assert set(ended([first, *others])) == {wechat.tokens[0]}
    assert wechat.token_calls == [False]


def test_processes_that_start_over_an_empty_table_at_once_all_get_the_token(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(keeper(engine, wechat, now).get) for _ in range(8)]
        assert set(ended(asked)) == {wechat.tokens[0]}
    assert wechat.token_calls == [False]


def test_a_token_is_kept_over_a_restart_until_five_minutes_before_its_end(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    first = keeper(engine, wechat, now).get()
    now.pass_by(minutes=114)
    assert keeper(engine, wechat, now).get() == first
    now.pass_by(minutes=1)
    assert keeper(engine, wechat, now).get() != first
    assert wechat.token_calls == [False, False]


def test_while_another_process_fetches_the_old_token_serves(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    old = keeper(engine, wechat, now).get()
    now.pass_by(minutes=116)
    wechat.hold()
    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(keeper(engine, wechat, now).get)
        until(lambda: len(wechat.token_calls) == 2)
        assert keeper(engine, wechat, now).get() == old
        wechat.go_on()
        assert ended([renewing]) == [wechat.tokens[1]]


def test_the_claim_of_a_process_that_died_runs_out(
    engine: Engine, wechat: FakeWechatApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Passing(Clock):
        def __call__(self) -> datetime:
            self.pass_by(seconds=1)
            return self.now

    now = Passing()
    monkeypatch.setattr(token_room, "_PAUSE_SECONDS", 0.01)
    claim = now.now + timedelta(seconds=20)
    with engine.begin() as connection:
        connection.execute(insert(TokenRow).values(app_id=APP_ID, claimed_until=claim))
    assert keeper(engine, wechat, now).get() == wechat.tokens[0]
    assert now.now > claim


def test_who_waits_in_vain_for_another_process_is_told_to_come_later(
    engine: Engine, wechat: FakeWechatApi, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_room, "_PAUSE_SECONDS", 0.001)
    with engine.begin() as connection:
        claim = now.now + timedelta(seconds=20)
        connection.execute(insert(TokenRow).values(app_id=APP_ID, claimed_until=claim))
    with pytest.raises(Refused) as raised:
        keeper(engine, wechat, now).get()
    assert raised.value.then == LATER
    assert wechat.token_calls == []


def test_all_who_wait_are_told_of_the_same_refusal_and_the_next_one_asks_again(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    wechat.token_errors = [40164]
    wechat.hold()
    with ThreadPoolExecutor(5) as threads:
        asked = [threads.submit(ours.get) for _ in range(5)]
        until(lambda: wechat.token_calls)
        until(lambda: len(ours._flights[""]._condition._waiters) == 4)  # type: ignore[attr-defined]
        wechat.go_on()
        refused = {future.exception(timeout=30) for future in asked}
    (told,) = refused
    assert isinstance(told, Refused) and told.then == OPERATOR and "203.0.113.7" in told.words
    assert wechat.token_calls == [False]
    assert ours.get() == wechat.tokens[0]


def test_a_failed_fetch_leaves_no_claim_behind(engine: Engine, wechat: FakeWechatApi, now: Clock) -> None:
    wechat.token_errors = [-1]
    with pytest.raises(Refused):
        keeper(engine, wechat, now).get()
    with engine.connect() as connection:
        assert connection.execute(select(TokenRow.claimed_until, TokenRow.sealed)).all() == [(None, None)]
    assert keeper(engine, wechat, now).get() == wechat.tokens[0]


def test_no_transaction_is_open_while_wechat_is_asked(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    wechat.hold()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(keeper(engine, wechat, now).get)
        until(lambda: wechat.token_calls)
        with engine.begin() as connection:  # would wait for a writer on SQLite, for the row on PostgreSQL
            connection.execute(select(TokenRow.app_id).with_for_update(nowait=True)).all()
            connection.execute(insert(TokenRow).values(app_id="wx-of-somebody-else"))
        wechat.go_on()
        assert ended([asked]) == wechat.tokens


def test_a_token_that_another_system_replaced_is_taken_over_without_forcing(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    old = ours.get()
    wechat.replace_token()
    assert ours.renew(old) == wechat.tokens[1] == ours.get()
    assert wechat.token_calls == [False, False]


def test_a_refused_token_that_wechat_still_gives_out_is_forced_at_most_once_in_thirty_seconds(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    second = ours.renew(ours.get())
    assert second == wechat.tokens[1]
    now.pass_by(seconds=29)
    with pytest.raises(Refused) as raised:
        keeper(engine, wechat, now).renew(second)
    assert raised.value.then == LATER
    now.pass_by(seconds=1)
    assert keeper(engine, wechat, now).renew(second) == wechat.tokens[2]
    assert wechat.token_calls == [False, False, True, False, False, True]


def test_thirty_threads_with_a_refused_token_renew_it_once(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    old = ours.get()
    with ThreadPoolExecutor(30) as threads:
        renewed = ended([threads.submit(ours.renew, old) for _ in range(30)])
    assert set(renewed) == {wechat.tokens[1]}
    assert wechat.token_calls == [False, False, True]


def test_a_token_that_was_renewed_by_others_needs_no_call(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    ours = keeper(engine, wechat, now)
    old = ours.get()
    new = keeper(engine, wechat, now).renew(old)
    calls = len(wechat.token_calls)
    assert ours.renew(old) == new
    assert len(wechat.token_calls) == calls


def test_a_token_sealed_with_another_key_is_fetched_anew(
    engine: Engine, wechat: FakeWechatApi, now: Clock
) -> None:
    keeper(engine, wechat, now).get()
    assert keeper(engine, wechat, now, keys=Keys.of(b"k" * 32)).get() == wechat.tokens[0]
    assert wechat.token_calls == [False, False]


@pytest.mark.parametrize("rubbish", [b"", b"<html>", b"[]", b"{}", b'{"access_token": "a"}', b"[" * 100_000])
def test_an_answer_without_a_token_counts_as_none(
    engine: Engine, wechat: FakeWechatApi, now: Clock, rubbish: bytes
) -> None:
    wechat.rubbish = rubbish
    with pytest.raises(Refused) as raised:
        keeper(engine, wechat, now).get()
    assert raised.value.then == LATER
