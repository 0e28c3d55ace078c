"""What is alike comes together, biggest first, and always in the same way."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import timedelta

from desk.learning import Item, clusters
from desk.learning.missed import NEWEST
from tests.desk.learning_room import NOON

CARDS = ["社保卡丢了怎么补", "社保卡掉了怎么补办", "社保卡丢了去哪里补", "我的社保卡丢了"]
MONTHS = ["交了三年能领几个月", "交了五年能领几个月", "交了十年能领几个月啊"]
ALONE = ["天气好热", "孩子上学报名"]


def items(texts: list[str]) -> list[Item]:
    return [
        Item(f"m{n}", "not_understood", text, None, None, None, NOON + timedelta(days=n), None)
        for n, text in enumerate(texts, start=1)
    ]


def test_likes_stand_together_and_the_biggest_cluster_comes_first() -> None:
    found = clusters(items([*MONTHS, *ALONE, *CARDS]))
    assert [{item.text for item in one.items} for one in found[:2]] == [set(CARDS), set(MONTHS)]
    assert [one.size for one in found] == [4, 3, 1, 1]


def test_the_most_central_sentence_speaks_for_its_cluster() -> None:
    first = clusters(items(["社保卡丢了怎么补", "社保卡丢了怎么补办呢", "我社保卡丢了怎么补回来吗"]))[0]
    assert first.central.text == "社保卡丢了怎么补"


def test_a_cluster_tells_over_how_many_days_it_came() -> None:
    found = clusters(items([*MONTHS]))
    assert [(one.days, one.first, one.last) for one in found] == [
        (3, NOON + timedelta(days=1), NOON + timedelta(days=3))
    ]


def test_the_order_of_the_items_changes_nothing() -> None:
    given = items([*MONTHS, *ALONE, *CARDS])
    shuffled = random.Random(7).sample(given, len(given))
    assert clusters(shuffled) == clusters(given)


def test_traditional_characters_and_the_same_words_twice_are_no_other_matter() -> None:
    assert [one.size for one in clusters(items(["社保卡丢了", "社保卡丟了", "社保卡丢了"]))] == [3]


def test_few_empty_or_odd_items_do_no_harm() -> None:
    assert clusters([]) == []
    assert clusters(items(["", "  "])) == []
    assert [one.size for one in clusters(items(["钱", ""]))] == [1]
    assert sum(one.size for one in clusters(items(["。", "？？", "a", "😀", "钱"]))) == 5


def test_only_the_newest_two_thousand_are_looked_at() -> None:
    many = items([f"{n}号窗口的{n % 7}天" for n in range(NEWEST + 5)])
    seen = {item.id for one in clusters(many) for item in one.items}
    assert len(seen) == NEWEST
    assert "m5" not in seen and "m6" in seen


def test_whoever_does_not_cluster_does_not_load_the_library() -> None:
    asked = "import sys, desk.learning; print('sklearn' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
