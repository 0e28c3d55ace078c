"""What is sent when nobody waits for it, and what becomes of it when WeChat says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.gateway.inbox import DONE, Inbox, Incoming
from bot.gateway.wechat.api import open_api
from bot.gateway.wechat.courier import Courier
from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.pushes import Pushes
from bot.gateway.wechat.replies import SENDING, Replies
from bot.gateway.wechat.template import load_template
from desk import conversation
from desk.database import open_database, utc_now
from desk.sealing import Keys
from desk.vault import Vault
from desk.wechat_settings import wechat_from_env
from tests.desk.databases import migrated
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.wechat_house import APP_ID, SECRET

KEYS = Keys.of(b"k" * 32)
NEWS = "您的工单 JS-20261101-000001-1 有新进展：已经答复。"


class Post:
    """A courier over a table of people, with WeChat's fake interface and a clock that the test moves."""

    def __init__(self, engine: Engine, api: FakeWechatApi, **given: Any) -> None:
        env = {"DESK_WECHAT_APP_ID": APP_ID, "DESK_WECHAT_TOKEN": "token", "DESK_WECHAT_SECRET": SECRET}
        settings = wechat_from_env({**env, "DESK_WECHAT_API": api.url}, [])
        assert settings is not None
        self.engine = engine
        self.api = api
        self.moment = utc_now()
        self.followers = Followers(engine, KEYS, self.now)
        self.replies = Replies(engine, False, self.now)
        self.pushes = Pushes(engine, self.replies, self.now)
        self.courier = Courier(
            self.followers,
            self.replies,
            self.pushes,
            open_api(engine, settings, KEYS),
            lambda: conversation.newest_seq(engine),
            **{"customer_service": True, "now": self.now, **given},
        )
        self.sender_id = self.followers.heard("o-1", "gh_1", wrote=True)

    def now(self) -> datetime:
        return self.moment

    def say(self, text: str, author: str = conversation.NOTICE) -> int:
        with self.engine.begin() as connection:
            return conversation.say(connection, self.sender_id, author, {"text": text})

    def push(self) -> None:
        self.courier.push(self.sender_id)

    def sent(self) -> list[str]:
        return [message["text"]["content"] for message in self.api.sent if "text" in message]

    def next_reply(self) -> str:
        return self.replies.give("k-next", self.sender_id) or ""


Make = Callable[..., Post]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrated(url)
    engine, api = open_database(url), FakeWechatApi(APP_ID, SECRET)
    api.start()
    yield lambda **given: Post(engine, api, **given)
    api.stop()
    engine.dispose()


def test_everything_untold_goes_out_in_one_message(make: Make) -> None:
    post = make()
    post.say("第一件")
    post.say("第二件")
    post.push()
    post.push()
    assert post.sent() == ["第一件\n\n第二件"]
    assert post.next_reply() == ""


def test_a_long_message_goes_out_in_part_and_the_rest_on_request(make: Make) -> None:
    post = make()
    post.say("这是一句不短的话，后面还有很多句一样的话。" * 60)
    post.push()
    (first,) = post.sent()
    assert first.endswith("（没完，回复“更多”看后面）")
    assert post.replies.more("k-more", post.sender_id)


def test_after_five_messages_the_next_waits_for_the_person(make: Make) -> None:
    post = make()
    for number in range(6):
        post.say(f"第{number}条")
        post.push()
    assert post.sent() == [f"第{number}条" for number in range(5)]
    assert post.next_reply() == "第5条"


def test_after_two_days_it_waits_for_the_person(make: Make) -> None:
    post = make()
    post.moment += timedelta(hours=49)
    post.say("晚了")
    post.push()
    assert post.sent() == []
    assert post.next_reply() == "晚了"


@pytest.mark.parametrize("errcode", [45015, 45047, 43004, 48002])
def test_what_wechat_will_not_take_comes_with_the_next_message(make: Make, errcode: int) -> None:
    post = make()
    post.say("进展")
    post.api.errors.append(errcode)
    post.push()
    post.say("又一件")
    post.push()
    assert post.sent() == [], "not asked again until the person writes"
    assert post.followers.due() == []
    assert post.next_reply() == "进展\n\n又一件"


@pytest.mark.parametrize("errcode", [-1, 45011])
def test_what_may_work_later_is_tried_again_later(make: Make, errcode: int) -> None:
    post = make()
    post.say("进展")
    post.api.errors.append(errcode)
    post.push()
    assert (post.sent(), post.followers.due()) == ([], [])
    post.moment += timedelta(minutes=1)
    assert post.followers.due() == [post.sender_id]
    post.push()
    assert post.sent() == ["进展"]
    assert post.followers.due() == []


def test_a_network_that_is_down_loses_nothing(make: Make) -> None:
    post = make()
    post.say("进展")
    post.api.stop()
    post.push()
    post.api.start()
    post.moment += timedelta(minutes=1)
    for sender_id in post.followers.due():
        post.courier.push(sender_id)
    assert post.sent() == ["进展"]


def test_what_came_while_a_dead_gateway_had_the_claim_is_sent_however_much_was_said_since(make: Make) -> None:
    post = make()
    assert post.followers.claim(post.sender_id)  # and dies
    post.say("进展")
    post.push()
    assert post.sent() == []
    post.moment += timedelta(minutes=1)
    for sender_id in post.courier._waiting(after=10**6):
        post.courier.push(sender_id)
    assert post.sent() == ["进展"]


def test_what_the_operator_must_mend_is_tried_again_slowly(make: Make) -> None:
    post = make()
    post.say("进展")
    post.api.errors.append(40164)
    post.push()
    post.moment += timedelta(minutes=9)
    assert post.followers.due() == []
    post.moment += timedelta(minutes=2)
    assert post.followers.due() == [post.sender_id]


def test_a_token_that_was_replaced_costs_no_message(make: Make) -> None:
    post = make()
    post.say("第一件")
    post.push()
    post.api.replace_token()
    post.say("第二件")
    post.push()
    assert post.sent() == ["第一件", "第二件"]


def test_nobody_is_written_to_who_is_not_there(make: Make) -> None:
    post = make()
    post.say("进展")
    post.api.errors.append(40003)
    post.push()
    post.push()
    assert post.sent() == []
    assert post.followers.claim(post.sender_id) is None


def test_two_gateways_send_once(make: Make) -> None:
    post = make()
    post.say("进展")
    assert post.followers.claim(post.sender_id)
    post.push()
    assert post.sent() == [], "the other one is at it"


def test_a_push_that_died_is_sent_by_whoever_looks_next(make: Make) -> None:
    post = make()
    post.say("进展")
    post.replies.give("push:dead", post.sender_id, SENDING)
    assert post.courier._waiting(0) == []
    post.moment += timedelta(minutes=3)
    assert post.courier._waiting(0) == [post.sender_id]
    post.push()
    assert post.sent() == ["进展"]


def test_news_of_a_ticket_is_told_by_a_template_when_nothing_else_may_go_out(make: Make) -> None:
    template = load_template(Path("data/wechat/template.yml"))
    post = make(template=template, template_id="T1")
    post.moment += timedelta(hours=49)
    post.say("别的话")
    post.push()
    assert post.api.sent == [], "only a ticket's news is worth a template"
    post.say(NEWS)
    post.push()
    post.push()
    (nudge,) = post.api.sent
    assert nudge["template_id"] == "T1"
    assert "JS-20261101-000001-1" in str(nudge["data"])
    assert post.next_reply() == f"别的话\n\n{NEWS}", "the words themselves still come"


def test_a_template_is_not_used_while_a_message_may_be_sent(make: Make) -> None:
    post = make(template=load_template(Path("data/wechat/template.yml")), template_id="T1")
    post.say(NEWS)
    post.push()
    assert post.sent() == [NEWS]
    assert len(post.api.sent) == 1


def test_an_account_without_customer_service_sends_templates_only(make: Make) -> None:
    template = load_template(Path("data/wechat/template.yml"))
    post = make(customer_service=False, template=template, template_id="T1")
    post.say(NEWS)
    post.push()
    assert post.sent() == []
    assert [message["template_id"] for message in post.api.sent] == ["T1"]


def test_what_a_delivery_may_still_fetch_is_left_to_it_and_sent_when_none_came(make: Make) -> None:
    """The delivery may be at another gateway: only the tables tell."""
    post = make()
    inbox = Inbox(post.engine, Vault(post.engine, KEYS), KEYS)
    inbox.accept(Incoming("k1", "wechat", post.sender_id, "问"))
    inbox.finish("k1", DONE, [{"text": "答"}])
    assert post.courier._waiting(0) == []
    post.moment += timedelta(seconds=20)
    # However much was said to others since.
    assert post.courier._waiting(10**6) == [post.sender_id]
