from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.reader import HEARD, READING, Reader
from desk.places import Gazetteer
from desk.spelling import Spelling

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Gazetteer(DATA, "kunming"), Spelling(DATA))


def read(reader: Reader, text: str) -> Message:
    (message,) = reader.process([Message(data={TEXT: text})])
    return message


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("五华区在哪里办", "某地在哪里办"),
        ("官渡区和呈贡区都可以办吗", "某地和某地都可以办吗"),
        ("四业金怎么领", "失业金怎么领"),
        ("失業救濟金怎麼領", "失业金怎么领"),
        ("JS-20261120-000123-4到哪了", "〔编号〕到哪了"),
        ("我的电话是〔手机号#3〕", "我的电话是〔手机号〕"),
        ("五华区", "某地"),
    ],
)
def test_a_message_is_read_without_what_teaches_nothing(reader: Reader, text: str, reading: str) -> None:
    assert read(reader, text).get(READING) == reading


def test_the_words_are_kept_in_their_right_spelling_with_the_place(reader: Reader) -> None:
    message = read(reader, "五华区那点失业今咋个领")
    assert message.get(HEARD) == "五华区那点失业金咋个领"
    assert message.get(TEXT) == "五华区那点失业今咋个领"


def test_a_place_is_an_entity_where_it_stands_under_its_proper_name(reader: Reader) -> None:
    text = "我在成贡区办"
    (place,) = [e for e in read(reader, text).get(ENTITIES) if e["entity"] == "place"]
    assert place["value"] == "呈贡区"
    assert text[place["start"] : place["end"]].startswith("成贡")


@pytest.mark.parametrize("text", ["怎么申领失业金", "四业金五华区咋领", "🙂", "某地"])
def test_training_sentences_are_read_as_messages_are(reader: Reader, text: str) -> None:
    example = Message(data={TEXT: text, INTENT: "process"})
    reader.process_training_data(TrainingData(training_examples=[example]))
    assert example.get(READING) == read(reader, text).get(READING)


@pytest.mark.parametrize("text", ["\u200b", "\ufe0f"])
def test_what_shows_nothing_is_read_as_something_that_is_no_matter(reader: Reader, text: str) -> None:
    assert read(reader, text).get(READING) == "某地"


def test_an_empty_message_is_left_alone(reader: Reader) -> None:
    assert read(reader, "").get(READING) is None
