from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.gateway.inbox import DONE, Inbox, Incoming
from bot.gateway.wechat.followers import Followers
from bot.gateway.wechat.ledger import Ledger
from bot.gateway.wechat.replies import SENDING, Replies
from desk import conversation
from desk.database import open_database, utc_now
from desk.sealing import Keys
from desk.vault import Vault
from tests.desk.databases import KINDS, database, migrated
from tests.fakes.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Now, because the inbox goes by the real one."""
    clock = Clock()
    clock.now = utc_now()
    return clock


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database(request.param, tmp_path) as url:
        migrated(url)
        engine = open_database(url)
        yield engine
        engine.dispose()


@pytest.fixture
def followers(engine: Engine, keys: Keys, clock: Clock) -> Followers:
    return Followers(engine, keys, clock)


@pytest.fixture
def replies(engine: Engine, clock: Clock) -> Replies:
    return Replies(engine, False, clock)


def say(
    engine: Engine, sender_id: str, text: str, key: str | None = None, author: str = conversation.BOT
) -> int:
    with engine.begin() as connection:
        return conversation.say(connection, sender_id, author, {"text": text}, key)


def test_a_reply_is_given_once_and_again_for_the_same_message(engine: Engine, replies: Replies) -> None:
    say(engine, "wx-1", "问", "k1", conversation.CITIZEN)
    say(engine, "wx-1", "答", "k1")
    assert replies.given("k1") is None
    assert replies.give("k1", "wx-1") == "答"
    assert replies.give("k1", "wx-1") == "答"
    assert replies.given("k1") == "答"
    assert replies.give("k2", "wx-1") is None


def test_a_reply_holds_what_had_been_left_untold(engine: Engine, replies: Replies) -> None:
    say(engine, "wx-1", "工单有进展", author=conversation.NOTICE)
    say(engine, "wx-1", "答", "k1")
    say(engine, "wx-2", "别人的", "k9")
    text = replies.give("k1", "wx-1") or ""
    assert text.index("答") < text.index("工单有进展")
    assert "别人的" not in text


def test_a_long_reply_goes_on_part_by_part(engine: Engine, replies: Replies) -> None:
    sentence = "这是一句不短的话，后面还有很多句一样的话。"
    say(engine, "wx-1", sentence * 80, "k1")
    first = replies.give("k1", "wx-1") or ""
    told = [first]
    while "没完" in told[-1]:
        number = len(told) + 1
        told.append(replies.more(f"k{number}", "wx-1") or "")
        assert replies.given(f"k{number}") == told[-1]
    assert "".join(told).count(sentence) == 80
    assert replies.more("k9", "wx-1") is None


def test_a_push_that_failed_waits_again(engine: Engine, replies: Replies) -> None:
    say(engine, "wx-1", "进展")
    assert replies.give("push:1", "wx-1", SENDING) == "进展"
    assert replies.waiting(0) == []
    replies.take_back("push:1")
    assert replies.waiting(0) == ["wx-1"]
    assert replies.give("k1", "wx-1") == "进展"


def test_only_conversations_of_this_channel_are_waited_for(engine: Engine, replies: Replies) -> None:
    say(engine, "web-1", "网页上的")
    newest = say(engine, "wx-1", "进展")
    say(engine, "wx-1", "问", "k1", conversation.CITIZEN)
    assert replies.waiting(0) == ["wx-1"]
    assert replies.waiting(newest) == []


def test_a_person_keeps_the_conversation(followers: Followers) -> None:
    first = followers.heard("o-1", "gh_1", wrote=True)
    assert followers.heard("o-1", "gh_1", wrote=True) == first
    assert followers.heard("o-2", "gh_1", wrote=True) != first


def test_who_leaves_is_to_be_forgotten_until_it_is_done(followers: Followers, clock: Clock) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    assert followers.leave("o-1", 100) == sender_id
    assert followers.forgetting() == [sender_id]
    assert followers.left_after("o-1", 99)
    assert followers.left_after("o-1", 100)
    assert not followers.left_after("o-1", 101)
    assert not followers.left_after("o-2", 99)
    followers.forgotten(sender_id)
    assert followers.forgetting() == []
    assert followers.leave("o-3", 100) is None
    clock.pass_by(minutes=11)
    followers.forgotten("another")
    assert not followers.left_after("o-1", 99), "by now WeChat delivers nothing of then any more"


def test_the_openid_is_readable_in_no_column(engine: Engine, followers: Followers) -> None:
    sender_id = followers.heard("oPENIDoPENID", "gh_1", wrote=True)
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM wechat_follower").one()
    assert not any("oPENID" in str(bytes(v) if isinstance(v, memoryview) else v) for v in row)
    claimed = followers.claim(sender_id)
    assert claimed is not None
    assert claimed.openid == "oPENIDoPENID"


def test_only_one_process_sends_to_a_person(followers: Followers, clock: Clock) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    claimed = followers.claim(sender_id)
    assert claimed
    assert followers.claim(sender_id) is None
    followers.release(claimed)
    assert followers.claim(sender_id)
    clock.pass_by(seconds=61)
    assert followers.claim(sender_id), "the one who had it has died"


def left(followers: Followers, sender_id: str) -> int:
    claimed = followers.claim(sender_id)
    assert claimed is not None
    followers.release(claimed)
    return claimed.sends_left


def test_words_allow_five_messages_in_two_days_and_a_tap_three_in_a_minute(
    followers: Followers, clock: Clock
) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=False)
    assert left(followers, sender_id) == 3
    clock.pass_by(seconds=61)
    assert left(followers, sender_id) == 0
    followers.heard("o-1", "gh_1", wrote=True)
    clock.pass_by(hours=47)
    followers.heard("o-1", "gh_1", wrote=False)
    assert left(followers, sender_id) == 5, "a tap takes nothing away"
    clock.pass_by(hours=2)
    assert left(followers, sender_id) == 0


def test_a_claim_that_nobody_gave_back_comes_up_again(followers: Followers, clock: Clock) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    assert followers.claim(sender_id)
    assert followers.due() == []
    clock.pass_by(seconds=61)
    assert followers.due() == [sender_id], "the one who had it has died"
    claimed = followers.claim(sender_id)
    assert claimed and followers.due() == []
    followers.release(claimed)
    clock.pass_by(seconds=61)
    assert followers.due() == []


def test_a_failed_sending_comes_up_again_when_it_is_time(followers: Followers, clock: Clock) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    claimed = followers.claim(sender_id)
    assert claimed is not None
    later: dict[str, Any] = {"attempts": 1, "next_try_at": clock() + timedelta(seconds=10)}
    followers.release(claimed, **later)
    assert followers.due() == []
    clock.pass_by(seconds=11)
    assert followers.due() == [sender_id]
    followers.heard("o-1", "gh_1", wrote=True)
    assert followers.due() == [], "the reply has told it"


def test_a_signature_holds_for_its_first_body(engine: Engine, clock: Clock) -> None:
    ledger = Ledger(engine, clock)
    assert not ledger.replayed("s1", b"one")
    assert not ledger.replayed("s1", b"one"), "a second delivery is no fault"
    assert ledger.replayed("s1", b"two")
    clock.pass_by(minutes=11)
    ledger.purge()
    assert not ledger.replayed("s1", b"two")


def test_what_could_not_be_used_is_counted_without_its_content(engine: Engine, clock: Clock) -> None:
    ledger = Ledger(engine, clock)
    ledger.unusable("xml", "", 17)
    ledger.unusable("unknown", "x" * 500, 0)
    assert ledger.count() == 2
    clock.pass_by(days=181)
    ledger.purge()
    assert ledger.count() == 0


def test_who_writes_while_something_is_sent_keeps_what_that_opened(
    followers: Followers, clock: Clock
) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    claimed = followers.claim(sender_id)
    assert claimed is not None
    clock.pass_by(seconds=1)
    followers.heard("o-1", "gh_1", wrote=True)
    followers.release(claimed, sends_left=0, following=False)
    assert left(followers, sender_id) == 5


def test_a_claim_that_ran_out_does_not_end_the_next_one(followers: Followers, clock: Clock) -> None:
    sender_id = followers.heard("o-1", "gh_1", wrote=True)
    slow = followers.claim(sender_id)
    clock.pass_by(seconds=61)
    assert followers.claim(sender_id)
    assert slow is not None
    followers.release(slow)
    assert followers.claim(sender_id) is None


def test_a_push_is_taken_back_with_all_its_parts(engine: Engine, replies: Replies) -> None:
    say(engine, "wx-1", "这是一句不短的话，后面还有很多句一样的话。" * 80)
    replies.give("push:1", "wx-1", SENDING)
    assert replies.more("k-more", "wx-1")
    replies.take_back("push:1")
    assert replies.given("k-more") is None
    assert replies.give("k-2", "wx-1")


def test_what_was_told_stands_in_the_order_in_which_it_was_given(
    engine: Engine, replies: Replies, clock: Clock
) -> None:
    say(engine, "wx-1", "早说的")
    replies.give("push:1", "wx-1", SENDING)
    say(engine, "wx-1", "晚说的", "k1")
    replies.give("k1", "wx-1")
    replies.take_back("push:1")
    clock.pass_by(seconds=1)
    say(engine, "wx-1", "还没给的")
    assert [message.body["text"] for message in replies.told("wx-1")] == ["晚说的"]
    replies.give("push:2", "wx-1", SENDING)
    assert [message.body["text"] for message in replies.told("wx-1")] == ["晚说的", "早说的", "还没给的"]


def test_an_answer_is_owed_until_it_is_given_but_news_is_not(engine: Engine, replies: Replies) -> None:
    say(engine, "wx-1", "工单进展", author=conversation.NOTICE)
    assert not replies.owed("wx-1")
    say(engine, "wx-1", "答", "k1")
    assert replies.owed("wx-1")
    replies.give("k2", "wx-1")
    assert not replies.owed("wx-1")


def test_a_reply_may_be_fetched_by_a_delivery_to_any_gateway_until_no_other_will_come(
    engine: Engine, replies: Replies, clock: Clock
) -> None:
    inbox = Inbox(engine, Vault(engine, Keys.of(b"k" * 32)), Keys.of(b"k" * 32))
    inbox.accept(Incoming("k1", "wechat", "wx-1", "问"))
    inbox.accept(Incoming("k9", "web", "web-1", "问"))
    assert replies.not_fetched() == ({"wx-1"}, set())
    inbox.finish("k1", DONE, [{"text": "答"}])
    assert replies.not_fetched() == ({"wx-1"}, set())
    clock.pass_by(seconds=20)
    assert replies.not_fetched() == (set(), {"wx-1"})
    replies.give("k1", "wx-1")
    assert replies.not_fetched() == (set(), set())


def test_words_that_an_agent_reads_have_no_reply_that_could_be_fetched(
    engine: Engine, replies: Replies
) -> None:
    inbox = Inbox(engine, Vault(engine, Keys.of(b"k" * 32)), Keys.of(b"k" * 32))
    inbox.accept(Incoming("k1", "wechat", "wx-1", "问座席"))
    inbox.finish("k1", DONE, [])
    assert replies.not_fetched() == (set(), set())
