"""Neither the access token nor the AppSecret may be found anywhere but in what goes to WeChat."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy.engine import Engine

from bot.gateway.wechat import calls
from bot.gateway.wechat.refusals import Refused
from desk.database import Base, open_database
from tests.fakes.clock import Clock
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.wechat_account import APP_ID, APP_SECRET, account, api, keeper


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def wechat() -> Iterator[FakeWechatApi]:
    fake = FakeWechatApi(APP_ID, APP_SECRET)
    fake.start()
    yield fake
    fake.go_on()
    fake.stop()


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and whatever any log or debugger could reach from it."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and each not in seen:
            seen.append(each)
            waiting += [each.__cause__, each.__context__]
    return iter(seen)


def spoil(wechat: FakeWechatApi, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "down":
        wechat.stop()
    elif how == "slow":
        monkeypatch.setattr(calls, "_TIMEOUT", (3, 0.1))
        wechat.hold()
    elif how == "token":
        wechat.rubbish = b'not JSON: "%s" %s' % ("".join(wechat.tokens).encode(), APP_SECRET.encode())
    elif how == "status":
        wechat.status = 500
    else:
        wechat.errors, wechat.token_errors = [int(how)] * 6, [int(how)] * 6


HOWS = ["down", "slow", "token", "status", "40001", "40125", "40164", "45015", "99999"]


@pytest.mark.parametrize("early", [True, False], ids=["no token yet", "with a token"])
@pytest.mark.parametrize("how", HOWS)
def test_no_log_line_and_no_error_holds_a_secret(
    engine: Engine,
    wechat: FakeWechatApi,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    early: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    ours = api(engine, wechat, Clock())
    if not early:
        ours.send_text("o-somebody", "好")
    spoil(wechat, how, monkeypatch)
    asks = (lambda: ours.send_text("o-somebody", "好"), ours.menu, lambda: ours.media("m-1"))
    told = []
    with structlog.testing.capture_logs() as lines:
        for ask in asks:
            with pytest.raises(Refused) as raised:
                ask()
            logging.getLogger("test").error("failed", exc_info=raised.value)
            told += [str(each) + repr(each) + repr(vars(each)) for each in chain(raised.value)]
    said = "".join([*told, caplog.text, repr(lines)])
    assert "bot.gateway.wechat.refusals.Refused" in caplog.text
    for secret in (APP_SECRET, *wechat.tokens):
        assert secret not in said


def test_the_files_of_the_database_hold_no_secret(
    engine: Engine, wechat: FakeWechatApi, tmp_path: Path
) -> None:
    ours = keeper(engine, wechat, Clock())
    ours.renew(ours.get())
    files = list(tmp_path.glob("desk.db*"))
    content = b"".join(file.read_bytes() for file in files)
    assert APP_ID.encode() in content
    assert len(wechat.tokens) == 2
    for secret in (APP_SECRET, *wechat.tokens):
        assert secret.encode() not in content


def test_nothing_that_is_printed_of_the_keeper_or_the_settings_holds_a_secret(
    engine: Engine, wechat: FakeWechatApi
) -> None:
    ours = keeper(engine, wechat, Clock())
    token = ours.get()
    with engine.connect() as connection:
        kept = ours._open(connection.exec_driver_sql("SELECT * FROM wechat_token").first())
    assert kept and kept.token == token
    assert token not in repr(kept)
    assert APP_SECRET not in repr(account(wechat.url))
