from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy.engine import Engine

from bot.gateway.wechat import calls
from bot.gateway.wechat.api import WechatApi, open_api
from bot.gateway.wechat.refusals import KEEP, LATER, NO_ANSWER, NOBODY, OPERATOR, Refused
from desk.database import Base, open_database
from desk.health import FAILING, OK, OPEN, WECHAT, Health
from desk.privacy import scrub
from desk.sealing import Keys
from tests.fakes.clock import Clock
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.wechat_account import APP_ID, APP_SECRET, account, api

SOMEBODY = "o-somebody"
TOO_LONG = "长" * 683


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
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


@pytest.fixture
def ours(engine: Engine, wechat: FakeWechatApi, now: Clock) -> WechatApi:
    return api(engine, wechat, now)


def refused(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as raised:
        call()
    return raised.value


def test_a_text_arrives_as_it_was_written(ours: WechatApi, wechat: FakeWechatApi) -> None:
    ours.send_text(SOMEBODY, '“五华区”\n🙂\t𠮷 "<&>" C:\\b')
    content = {"content": '“五华区”\n🙂\t𠮷 "<&>" C:\\b'}
    assert wechat.sent == [{"touser": SOMEBODY, "msgtype": "text", "text": content}]


def test_a_sign_that_wechat_does_not_take_does_not_stop_the_rest(
    ours: WechatApi, wechat: FakeWechatApi
) -> None:
    ours.send_text(SOMEBODY, "好\ud83d的\x00\x1f呢")
    ours.send_template(SOMEBODY, "template-1", {"thing3": "好\x0b的"})
    assert wechat.sent[0]["text"]["content"] == "好?的呢"
    assert wechat.sent[1]["data"]["thing3"]["value"] == "好的"


def test_a_template_message_arrives_field_by_field(ours: WechatApi, wechat: FakeWechatApi) -> None:
    ours.send_template(SOMEBODY, "template-1", {"thing3": "给我们回一句话"})
    data = {"thing3": {"value": "给我们回一句话"}}
    assert wechat.sent == [{"touser": SOMEBODY, "template_id": "template-1", "data": data}]


def test_there_is_no_menu_before_one_is_published(ours: WechatApi) -> None:
    assert ours.menu() is None
    ours.publish_menu({"button": [{"type": "click", "name": "查进度", "key": "/status"}]})
    published = ours.menu()
    assert published and published["button"][0]["key"] == "/status"


def test_a_voice_message_is_handed_over(ours: WechatApi, wechat: FakeWechatApi) -> None:
    wechat.media = {"m-1": b"#!AMR" * 20_000}
    assert ours.media("m-1") == wechat.media["m-1"]


def test_a_file_that_is_not_there_or_too_large_is_not_asked_for_again(
    ours: WechatApi, wechat: FakeWechatApi
) -> None:
    wechat.media = {"m-1": b"0" * (calls._LARGEST + 1)}
    assert refused(lambda: ours.media("m-1")).errcode == 45001
    assert refused(lambda: ours.media("m-2")).errcode == 40007
    wechat.rubbish = b'{"video_url": "http://example.test/v"}'
    assert refused(lambda: ours.media("m-2")).then == KEEP


def test_a_token_that_is_not_taken_is_renewed_once_and_the_message_goes(
    ours: WechatApi, wechat: FakeWechatApi
) -> None:
    ours.send_text(SOMEBODY, "一")
    wechat.replace_token()
    ours.send_text(SOMEBODY, "二")
    assert [message["text"]["content"] for message in wechat.sent] == ["一", "二"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_is_never_taken_is_renewed_no_more_than_once(
    ours: WechatApi, wechat: FakeWechatApi, code: int
) -> None:
    wechat.errors = [code, code, code]
    found = refused(lambda: ours.send_text(SOMEBODY, "好"))
    assert (found.errcode, found.then) == (code, OPERATOR)
    assert wechat.errors == [code]
    assert wechat.token_calls == [False, False, True]


def test_a_refusal_after_the_renewal_says_what_it_is(ours: WechatApi, wechat: FakeWechatApi) -> None:
    wechat.errors = [42001, 45047]
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).then == KEEP


@pytest.mark.parametrize(
    ("then", "codes"),
    [
        (KEEP, [43004, 43019, 43101, 45001, 45002, 45008, 45015, 45047, 48002, 40007]),
        (LATER, [-1, 45009, 45011]),
        (NOBODY, [40003]),
        (
            OPERATOR,
            [40013, 40037, 40125, 40164, 40243, 41001, 41002, 41004, 47003, 48001, 48004, 61004, 99999],
        ),
    ],
)
def test_every_code_says_what_is_to_be_done(
    ours: WechatApi, wechat: FakeWechatApi, then: str, codes: list[int]
) -> None:
    for code in codes:
        wechat.errors = [code]
        found = refused(lambda: ours.send_text(SOMEBODY, "好"))
        assert (found.errcode, found.then) == (code, then)
        assert found.words
    assert not wechat.sent


def test_nothing_is_sent_twice_by_itself(ours: WechatApi, wechat: FakeWechatApi) -> None:
    wechat.errors = [-1]
    refused(lambda: ours.send_text(SOMEBODY, "好"))
    assert wechat.calls == ["message/custom/send"]


def test_the_words_that_a_person_may_still_get_are_counted(
    ours: WechatApi, wechat: FakeWechatApi, now: Clock
) -> None:
    wechat.allow(SOMEBODY, 2)
    for _ in range(2):
        ours.send_text(SOMEBODY, "好")
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).errcode == 45047
    wechat.allow(SOMEBODY, 3, timedelta(minutes=1))
    now.pass_by(minutes=1)
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).errcode == 45015
    assert refused(lambda: ours.send_text("o-nobody", "好")).errcode == 45015
    assert refused(lambda: ours.send_text(SOMEBODY, TOO_LONG)).errcode == 45002


@pytest.mark.parametrize("rubbish", [b"", b"<html>", b"[]", b'{"errcode": "0"}', b"\xff", b"[" * 100_000])
def test_an_answer_that_cannot_be_read_means_later(
    ours: WechatApi, wechat: FakeWechatApi, rubbish: bytes
) -> None:
    ours.send_text(SOMEBODY, "好")
    wechat.rubbish = rubbish
    found = refused(lambda: ours.send_text(SOMEBODY, "好"))
    assert (found.errcode, found.then) == (NO_ANSWER, LATER)


@pytest.mark.parametrize("status", [201, 302, 404, 502])
def test_another_status_than_200_means_later(ours: WechatApi, wechat: FakeWechatApi, status: int) -> None:
    wechat.status = status
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).then == LATER


def test_an_api_that_is_down_or_slow_means_later(
    ours: WechatApi, wechat: FakeWechatApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.send_text(SOMEBODY, "好")
    monkeypatch.setattr(calls, "_TIMEOUT", (3, 0.2))
    wechat.hold()
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).then == LATER
    wechat.go_on()
    wechat.stop()
    assert refused(lambda: ours.send_text(SOMEBODY, "好")).then == LATER
    wechat.start()
    ours.send_text(SOMEBODY, "好")


def test_staff_hear_of_each_code_once_an_hour_and_of_what_they_can_do(
    ours: WechatApi, wechat: FakeWechatApi, now: Clock
) -> None:
    def fail(*codes: int) -> None:
        for code in codes:
            wechat.errors = [code]
            refused(lambda: ours.send_text(SOMEBODY, "好"))

    with structlog.testing.capture_logs() as lines:
        fail(40164, 40164, 45015, 40003, 48001)
        now.pass_by(minutes=59)
        fail(40164)
        now.pass_by(minutes=1)
        fail(40164)
    assert [line["errcode"] for line in lines] == [40164, 48001, 40164]
    assert "IP 203.0.113.7 不在白名单里" in lines[0]["words"]
    assert scrub(lines[0]["words"]) == lines[0]["words"]


def test_how_the_account_is_doing_is_written_down_for_those_who_run_it(
    ours: WechatApi, wechat: FakeWechatApi, engine: Engine
) -> None:
    def after(*codes: int) -> tuple[str, str]:
        wechat.errors = list(codes)
        with suppress(Refused):
            ours.send_text(SOMEBODY, "好")
        seen = Health(engine, WECHAT).read()
        return seen.state, seen.reason[:6]

    assert after(-1) == (FAILING, "-1：微信正")
    assert after(48001) == (OPEN, "48001：")
    assert after(45015) == (OK, "")
    assert after(40164) == (OPEN, "40164：")
    assert after() == (OK, "")


def test_a_wrong_secret_is_told_in_words(engine: Engine, now: Clock) -> None:
    wechat = FakeWechatApi(APP_ID, "another-secret", now)
    wechat.start()
    with structlog.testing.capture_logs() as lines:
        assert refused(lambda: api(engine, wechat, now).send_text(SOMEBODY, "好")).errcode == 40125
    assert "DESK_WECHAT_SECRET" in lines[0]["words"]
    wechat.stop()


def test_two_doors_over_one_database_share_a_token(engine: Engine, wechat: FakeWechatApi) -> None:
    for _ in range(2):
        open_api(engine, account(wechat.url), Keys.of(b"s" * 32)).send_text(SOMEBODY, "好")
    assert wechat.token_calls == [False]
