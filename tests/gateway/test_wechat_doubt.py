"""WeChat takes a message and does not say so, or a gateway dies of it: one more copy at most, and marked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.gateway.wechat.pushes import Push
from bot.gateway.wechat.tables import ReplyRow
from desk.database import open_database, reading
from tests.desk.databases import KINDS, database, migrated
from tests.fakes.wechat_api import FakeWechatApi
from tests.faults.rounds import rounds
from tests.gateway.test_wechat_courier import Post
from tests.gateway.wechat_house import APP_ID, SECRET


@pytest.fixture(params=KINDS)
def post(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Post]:
    with database(request.param, tmp_path) as url:
        migrated(url)
        engine, api = open_database(url), FakeWechatApi(APP_ID, SECRET)
        api.start()
        yield Post(engine, api)
        api.stop()
        engine.dispose()


def states(post: Post) -> list[str]:
    with reading(post.engine) as connection:
        return list(connection.scalars(select(ReplyRow.state).order_by(ReplyRow.created_at)))


def look(post: Post, minutes: int = 3) -> None:
    """Let time pass, and the courier look as it does every second."""
    post.moment += timedelta(minutes=minutes)
    for sender_id in post.courier._waiting(0):
        post.courier.push(sender_id)


def test_what_was_taken_without_an_answer_goes_out_once_more_and_is_marked(post: Post) -> None:
    post.say("进展")
    post.api.unanswered = 1
    post.push()
    assert (post.sent(), states(post)) == (["进展"], ["unsure"])
    look(post)
    assert (post.sent(), states(post)) == (["进展"] * 2, ["twice"])
    look(post)
    assert post.sent() == ["进展"] * 2
    assert post.next_reply() == ""
    assert post.pushes.doubtful() == 1


def test_what_never_gets_an_answer_is_sent_twice_and_then_comes_with_the_next_reply(post: Post) -> None:
    post.say("进展")
    post.api.unanswered = 9
    post.push()
    for _ in range(5):
        look(post)
    assert (post.sent(), states(post)) == (["进展"] * 2, ["left"])
    assert post.next_reply() == "进展"


def test_an_answer_from_somebody_in_between_is_no_refusal(post: Post) -> None:
    post.courier._api.menu()  # which leaves a token behind
    post.say("进展")
    post.api.status = 502
    post.push()
    assert states(post) == ["unsure"]
    post.api.status = 200
    look(post)
    assert states(post) == ["twice"]


@pytest.mark.parametrize("died", [1, 2])
def test_a_gateway_that_died_while_sending_leaves_one_more_copy_at_most(post: Post, died: int) -> None:
    post.say("进展")
    for number in range(died):
        dying = post.pushes.begin(post.sender_id)
        assert dying
        post.api.sent.append({"touser": "o-1", "msgtype": "text", "text": {"content": dying.text}})
        post.moment += timedelta(minutes=3)
        assert post.pushes.lost() == ([post.sender_id] if number == 0 else [])
    look(post)
    assert post.sent() == ["进展"] * 2
    assert states(post)[-1] == ("twice" if died == 1 else "left")


def test_a_token_that_does_not_come_leaves_no_doubt(post: Post) -> None:
    post.say("进展")
    post.api.rubbish = b"<html>"
    post.push()
    assert states(post) == [], "nothing was asked of WeChat"
    post.api.rubbish = None
    look(post)
    assert (post.sent(), states(post)) == (["进展"], ["sent"])


@pytest.mark.parametrize(("errcode", "became"), [(-1, "twice"), (45015, "left"), (45047, "left")])
def test_a_refusal_of_the_second_copy_settles_what_becomes_of_the_first(
    post: Post, errcode: int, became: str
) -> None:
    post.say("进展")
    post.api.unanswered = 1
    post.push()
    post.api.errors.append(errcode)
    look(post)
    look(post, minutes=11)
    assert states(post) == [became]
    assert len(post.sent()) == (2 if became == "twice" else 1)
    assert post.next_reply() == ("" if became == "twice" else "进展")


def test_whatever_wechat_answers_nothing_is_lost_and_nothing_sent_a_third_time(post: Post) -> None:
    for chance in rounds():
        told = [_one(post, chance, f"第{number}件") for number in range(12)]
        post.api.errors.clear()
        post.api.unanswered = 0
        for _ in range(4):
            look(post, minutes=11)
        post.followers.heard("o-1", "gh_1", wrote=True)
        given = post.replies.give(f"k{chance.random()}", post.sender_id) or ""
        pushed = "\n".join(post.sent()).split("\n")
        assert all(text in pushed or text in given for text in told)
        copies = {text: pushed.count(text) for text in told}
        assert max(copies.values()) <= 2, copies
        assert set(states(post)) <= {"given", "sent", "twice", "left"}
        doubled = sum(count == 2 for count in copies.values())
        assert not doubled or post.pushes.doubtful()
        post.api.sent.clear()


def _one(post: Post, chance: Random, text: str) -> str:
    """Something is to be told while WeChat is in some mood, or the gateway dies in the middle of it."""
    text += f"-{chance.randrange(10**9)}"
    post.say(text)
    mood = chance.choice(["well", "unanswered", "dies", 40001, 45015, 45047, -1])
    if isinstance(mood, int):
        post.api.errors.append(mood)
    elif mood == "unanswered":
        post.api.unanswered += 1
    elif mood == "dies" and (push := post.pushes.begin(post.sender_id)):
        _taken_unnoticed(post, push)
    post.push()
    if chance.random() < 0.5:
        look(post, minutes=chance.choice([1, 3, 11]))
    if chance.random() < 0.3:
        post.followers.heard("o-1", "gh_1", wrote=True)
    return text


def _taken_unnoticed(post: Post, push: Push) -> None:
    post.api.sent.append({"touser": "o-1", "msgtype": "text", "text": {"content": push.text}})
