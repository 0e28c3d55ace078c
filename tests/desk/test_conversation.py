from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete
from sqlalchemy.engine import Engine

from desk import conversation
from desk.conversation import AGENT, BOT, CITIZEN, NOTICE, MessageRow


def say(engine: Engine, sender_id: str, author: str, words: str, key: str | None = None) -> int:
    with engine.begin() as connection:
        return conversation.say(connection, sender_id, author, {"text": words}, key)


def texts(messages: list[conversation.Message]) -> list[str]:
    return [message.body["text"] for message in messages]


def test_what_was_said_comes_back_in_order_with_who_said_it(engine: Engine) -> None:
    for author, words in ((CITIZEN, "问"), (BOT, "答"), (AGENT, "我是工作人员"), (NOTICE, "短信")):
        say(engine, "web-a", author, words)
    found = conversation.since(engine, "web-a")
    assert [(m.author, m.body["text"]) for m in found] == [
        ("citizen", "问"),
        ("bot", "答"),
        ("agent", "我是工作人员"),
        ("notice", "短信"),
    ]
    assert [m.seq for m in found] == sorted(m.seq for m in found)
    assert all(m.created_at.tzinfo for m in found)


def test_a_conversation_holds_nothing_of_another(engine: Engine) -> None:
    say(engine, "web-a", CITIZEN, "甲")
    say(engine, "web-ab", CITIZEN, "乙")
    assert texts(conversation.since(engine, "web-a")) == ["甲"]
    assert conversation.since(engine, "web-") == []


def test_reading_goes_on_after_a_message_and_keeps_the_newest_of_too_many(engine: Engine) -> None:
    seqs = [say(engine, "web-a", BOT, str(number)) for number in range(6)]
    assert texts(conversation.since(engine, "web-a", seqs[3])) == ["4", "5"]
    assert conversation.since(engine, "web-a", seqs[-1]) == []
    assert texts(conversation.since(engine, "web-a", limit=2)) == ["4", "5"]


def test_a_reply_is_what_was_answered_under_the_key_of_the_message(engine: Engine) -> None:
    say(engine, "web-a", CITIZEN, "问", "k1")
    say(engine, "web-a", BOT, "答一", "k1")
    say(engine, "web-a", NOTICE, "别的事")
    say(engine, "web-a", BOT, "答二", "k1")
    say(engine, "web-a", BOT, "别的答复", "k2")
    assert texts(conversation.reply_to(engine, "k1")) == ["答一", "答二"]
    assert conversation.reply_to(engine, "k3") == []


def test_numbers_only_grow_even_when_the_newest_message_is_removed(engine: Engine) -> None:
    assert conversation.newest_seq(engine) == 0
    first = say(engine, "web-a", BOT, "一")
    assert conversation.newest_seq(engine) == first
    with engine.begin() as connection:
        connection.execute(delete(MessageRow))
    assert say(engine, "web-b", BOT, "二") > first


def test_a_message_is_there_only_when_the_caller_s_transaction_ends_well(engine: Engine) -> None:
    connection = engine.connect()
    transaction = connection.begin()
    conversation.say(connection, "web-a", BOT, {"text": "失败的"})
    transaction.rollback()
    connection.close()
    assert conversation.since(engine, "web-a") == []


def test_many_at_once_lose_nothing(engine: Engine) -> None:
    with ThreadPoolExecutor(10) as pool:
        seqs = list(pool.map(lambda number: say(engine, "web-a", BOT, str(number)), range(40)))
    assert len(set(seqs)) == 40
    assert sorted(texts(conversation.since(engine, "web-a")), key=int) == [str(n) for n in range(40)]


def test_a_body_comes_back_as_it_was(engine: Engine) -> None:
    body = {"text": "“引号”\n换行", "card": {"lines": ["一"], "since": None}, "buttons": [{"title": "甲"}]}
    with engine.begin() as connection:
        conversation.say(connection, "web-a", BOT, body)
    assert conversation.since(engine, "web-a")[0].body == body
