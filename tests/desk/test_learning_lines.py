"""What may become a training line or a conversation test, and what is refused with which sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from desk.errors import DataFault
from desk.learning import Story, Unfit
from desk.learning.corpus import Corpus, Line, clean, with_lines
from desk.learning.stories import checked, written
from desk.privacy import redact
from tests.desk.learning_room import ATLAS, DATA, NAMES, PLANTED_PHONE

CORPUS = Corpus.read(DATA)
TOPICS = sorted((DATA / "topics").glob("*.yml"))
TITLE = "要传几样"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"打我电话{PLANTED_PHONE}", "number"),
        ("我的单子是JS-20261121-000007-4", "number"),
        ("我的编号是 88812345", "number"),
        ("电话是〔手机号#1〕怎么改", "placeholder"),
        ("〔编号〕到哪一步", "placeholder"),
        ("我在[五华区](place)办", "markup"),
        ('我在[五华]{"entity": "place"}办', "markup"),
        ("/materials", "markup"),
        ("- 要带什么材料呢", "markup"),
        ("# 要带什么材料", "markup"),
        ("nlu: 要带什么", "markup"),
        ("EXTERNAL: x 要带什么", "markup"),
        ("说“{code}”是什么意思", "markup"),
        ("要带什么 #材料", "markup"),
        ("<b>要带什么</b>", "markup"),
        ("", "too_short"),
        ("钱", "too_short"),
        ("？？？", "too_short"),
        ("123", "too_short"),
        ("我想问" + "很久" * 60, "too_long"),
    ],
)
def test_what_a_file_must_not_hold_is_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(Unfit) as raised:
        clean(text)
    assert raised.value.reason == reason
    assert raised.value.sentence.endswith("。")


def test_a_plain_question_passes_on_one_line() -> None:
    assert clean("  社保卡\u200b掉了，\n怎么补？ ") == "社保卡掉了， 怎么补？"
    assert clean("1863这个数对不对，90%是怎么算的") == "1863这个数对不对，90%是怎么算的"


@given(st.text(max_size=150))
def test_whatever_passes_is_read_back_from_yaml_as_it_was(text: str) -> None:
    try:
        line = clean(text)
    except Unfit:
        return
    assert not redact(line).found
    file = with_lines("nlu:\n- intent: a\n  examples: |\n    - 甲乙\nrules: []\n", [line], "a.yml")
    read = YAML(typ="safe").load(file)
    assert read["nlu"][0]["examples"] == f"- 甲乙\n- {line}\n"
    assert read["rules"] == []


@pytest.mark.parametrize(
    ("text", "topic", "reason", "piece"),
    [
        ("我要投诉", "complaint", "duplicate", "已经有这句话"),
        ("我，要投诉！", "complaint", "duplicate", "已经有这句话"),
        ("失业保险金标准是多少呢", "amount_duration", "near_duplicate", "失业保险金标准是多少"),
        ("失業保險金標準是多少", "amount_duration", "duplicate", "已经有这句话"),
        ("失业保险金标准是多少", "materials", "other_topic", "领多少钱"),
        ("算了不弄了", "complaint", "other_topic", "只是聊聊"),
    ],
)
def test_a_line_that_is_there_already_is_refused(text: str, topic: str, reason: str, piece: str) -> None:
    with pytest.raises(Unfit) as raised:
        CORPUS.check(text, topic, NAMES)
    assert raised.value.reason == reason
    assert piece in raised.value.sentence


def test_a_new_line_passes() -> None:
    CORPUS.check("祖传的铜锅能不能抵押换失业金凭条", "materials", NAMES)
    Corpus([]).check("什么都还没有", "materials", NAMES)
    Corpus([Line("甲乙丙丁", "office")]).check("完全两样", "office", NAMES)


@pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)
def test_every_topic_file_takes_a_line_at_the_end_of_its_examples(path: Path) -> None:
    old = path.read_text(encoding="utf-8")
    new = with_lines(old, ["头一句新的", "第二句新的"], path.name)
    assert len(new.split("\n")) == len(old.split("\n")) + 2
    head, _, tail = new.partition("    - 头一句新的\n    - 第二句新的\n")
    assert head + tail == old
    assert head.endswith("\n") and tail.startswith("rules:")


@pytest.mark.parametrize(
    "text",
    ["", "nlu:\n", "  examples: |\nrules:\n", "  examples: |\n    - a\n  examples: |\n    - b\n"],
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(DataFault) as raised:
        with_lines(text, ["新"], "data/topics/office.yml")
    assert raised.value.faults[0].startswith("data/topics/office.yml: ")


def test_a_story_is_written_as_the_others_are() -> None:
    story = Story("要传几样", "网上要传哪些东西", ("7项材料", "90%"), ("内蒙古",), "要带什么")
    (read,) = YAML(typ="safe").load(written(story, "materials"))
    assert read == {
        "story": "要传几样",
        "topic": "materials",
        "turns": [
            {
                "say": "网上要传哪些东西",
                "if_asked": "要带什么",
                "hear": ["7项材料", "90%"],
                "never": ["内蒙古"],
            }
        ],
    }


@pytest.mark.parametrize("piece", ["1863", "是", "null", "2024-10-01", "a: b", "- x", "'", "#1", "*"])
def test_a_piece_that_yaml_would_misread_stays_text(piece: str) -> None:
    (read,) = YAML(typ="safe").load(written(Story(TITLE, "说什么", (piece,)), "human"))
    assert read["turns"][0]["hear"] == [piece]


@pytest.mark.parametrize(
    ("hear", "never", "reason"),
    [
        ((), (), "no_hear"),
        (("这句话哪张卡上都没有",), (), "not_on_a_card"),
        (("社会保障卡",) * 7, (), "too_many_pieces"),
        (("社会保障卡" * 13,), (), "piece_length"),
        (("社会保障卡",), ("{code}",), "markup"),
        (("社会保障卡",), (PLANTED_PHONE,), "number"),
    ],
)
def test_a_test_that_could_not_pass_is_refused(
    hear: tuple[str, ...], never: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(Unfit) as raised:
        checked(Story(TITLE, "网上要传哪些东西", hear, never), "materials", ATLAS)
    assert raised.value.reason == reason


def test_what_stands_on_a_card_may_be_heard_even_a_public_number() -> None:
    card = next(card for card in ATLAS.all_cards() if redact(card.shown).found)
    number = next(
        line for line in card.shown.split("\n") if redact(line).found and len(line) <= 60 and "{" not in line
    )
    assert checked(Story(TITLE, "电话多少", (number,)), card.topic, ATLAS).hear == (number,)
    assert checked(Story(TITLE, "找人工", ("12333",)), "human", ATLAS).hear == ("12333",)
