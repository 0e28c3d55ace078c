from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from desk.errors import NotFound
from desk.guide import Answer, Guide, NoSuchStep, NotRecorded, Question
from desk.numerals import step_named
from desk.regions import load_atlas

DAY = date(2026, 11, 21)


def region(id: str, parent: str = "", label: str = "") -> str:
    return f"""
id: {id}
name: {id}名
scope: {id}范围
{f"parent: {parent}" if parent else ""}
aliases: []
hotline: {{name: 热线, phone: "12333"}}
label: "{label}"
"""


def card(name: str, words: str, line: str, more: str = "") -> str:
    return f"""
- id: {name}
  aspect: {name.rsplit(".", 1)[1]}
  title: {line}的标题
  words: [{words}]
  lines: [{line}]
  say: {line}，念给您听。
  sources: [{{title: 指南, clause: 第一条}}]
  checked: 2026-11-21
  confidence: 高
  {more}
"""


UNTIL = "\n  until: 2025-12-31\n  lapsed: {}"
FILES = {
    "land/region": region("land"),
    "land/papers": card("land.papers.overview", "", "国家总说")
    + card("land.papers.photo", "照片", "国家照片")
    + card("land.papers.bank", "银行卡, 卡+银行", "国家银行"),
    "land/money": card("land.money.overview", "多少钱", "国家金额"),
    "town/region": region("town", "land"),
    "town/papers": card("town.papers.overview", "材料", "小镇总说")
    + card("town.papers.hukou", "户口簿, 户口", "小镇户口", "ordered: true")
    + card("town.papers.photo", "照片, 相片", "小镇照片")
    + card("town.papers.grant", "补贴", "小镇补贴", "since: 2025-01-01" + UNTIL.format("补贴到期了。"))
    + card("town.papers.far", "外地+户籍", "小镇外地"),
    "town/money": card("town.money.overview", "金额", "小镇金额", UNTIL.format("停了。")),
    "town/steps": card("town.steps.overview", "步骤", "小镇步骤", "ordered: true")
    + "".join(
        card(f"town.steps.step{n}", f"第{c}步", f"第{c}步做法") for n, c in enumerate("一二三", start=1)
    ),
    "far/region": region("far", "land", "别处的规定。"),
    "far/papers": card("far.papers.window", "窗口", "别处窗口"),
}


@pytest.fixture
def guide(tmp_path: Path) -> Guide:
    return Guide(load_atlas(written(tmp_path, FILES)))


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / "regions" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def ask(
    guide: Guide,
    text: str,
    topic: str = "papers",
    at: str = "town",
    aspect: str | None = None,
    day: date = DAY,
) -> Answer:
    answer = guide.answer(Question(topic, aspect, text, at, day))
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("要带什么", "overview"),
        ("戶口簿要哪幾頁", "hukou"),
        ("相片什么要求", "photo"),
        ("材料里照片怎么弄", "photo"),
        ("我户籍在外地", "far"),
        ("我在外地", "overview"),
        ("用哪张卡哪个银行", "bank"),
        ("", "overview"),
    ],
)
def test_the_words_of_a_question_choose_the_card(guide: Guide, text: str, aspect: str) -> None:
    assert ask(guide, text).aspect == aspect


def test_a_button_needs_no_words(guide: Guide) -> None:
    assert ask(guide, "照片", aspect="hukou").card == "town.papers.hukou"


def test_an_aspect_that_no_card_has_leaves_the_choice_to_the_words(guide: Guide) -> None:
    assert ask(guide, "照片", aspect="colour").aspect == "photo"


def test_the_nearest_region_wins_and_the_answer_says_whose_rule_it_is(guide: Guide) -> None:
    assert ask(guide, "照片").card == "town.papers.photo"
    assert ask(guide, "照片").scope == "town范围"
    assert ask(guide, "银行卡").scope == "land范围"


def test_an_answer_carries_its_source_and_day(guide: Guide) -> None:
    answer = ask(guide, "户口簿")
    assert (answer.sources[0].title, answer.sources[0].clause) == ("指南", "第一条")
    assert (answer.checked, answer.kind, answer.label, answer.note) == (DAY, "checklist", "", "")


def test_a_rule_that_ran_out_is_not_spoken_as_valid(guide: Guide) -> None:
    answer = ask(guide, "补贴")
    assert answer.lines[0] == answer.say == "补贴到期了。"
    assert answer.note == "这条规定的有效期到2025年12月31日，是否延续请以经办机构答复为准。"


def test_a_rule_is_valid_on_its_last_day(guide: Guide) -> None:
    answer = ask(guide, "补贴", day=date(2025, 12, 31))
    assert (answer.lines, answer.note) == (("小镇补贴",), "")


def test_a_rule_that_is_not_yet_in_force_says_so(guide: Guide) -> None:
    assert ask(guide, "补贴", day=date(2024, 12, 31)).note == "这条规定自2025年1月1日起施行。"


def test_the_valid_rule_above_stands_in_for_one_that_ran_out(guide: Guide) -> None:
    assert ask(guide, "多少钱", "money").card == "land.money.overview"
    assert ask(guide, "多少钱", "money", day=date(2025, 1, 1)).card == "town.money.overview"


def test_another_regions_own_card_comes_first_with_its_label(guide: Guide) -> None:
    answer = ask(guide, "怎么办", at="far")
    assert (answer.card, answer.label) == ("far.papers.window", "别处的规定。")
    assert answer.say.startswith("别处的规定。")


def test_a_general_card_keeps_its_own_scope_in_another_region(guide: Guide) -> None:
    answer = ask(guide, "照片", at="far")
    assert (answer.card, answer.label, answer.scope) == ("land.papers.photo", "", "land范围")


def test_a_sibling_region_is_never_asked(guide: Guide) -> None:
    assert ask(guide, "窗口").card == "town.papers.overview"
    assert isinstance(guide.answer(Question("steps", None, "", "far", DAY)), NotRecorded)


def test_nothing_recorded_gives_the_hotline(guide: Guide) -> None:
    answer = guide.answer(Question("pension", None, "养老金", "town", DAY))
    assert isinstance(answer, NotRecorded)
    assert (answer.region, answer.hotline.phone) == ("town名", "12333")


def test_an_unknown_region_is_refused(guide: Guide) -> None:
    with pytest.raises(NotFound):
        guide.answer(Question("papers", None, "", "moon", DAY))


def test_the_steps_follow_one_another_to_both_ends(guide: Guide) -> None:
    second = guide.step("steps", 2, "town", DAY)
    assert isinstance(second, Answer)
    assert second.progress is not None
    assert (second.card, second.kind, second.progress.step, second.progress.of) == (
        "town.steps.step2", "steps", 2, 3,
    )  # fmt: skip
    assert guide.step("steps", 4, "town", DAY) == NoSuchStep("steps", 4, 3)
    assert guide.step("steps", 0, "town", DAY) == NoSuchStep("steps", 0, 3)
    assert guide.step("papers", 1, "town", DAY) == NoSuchStep("papers", 1, 0)


def test_a_step_can_be_asked_for_in_words(guide: Guide) -> None:
    assert ask(guide, "那第三步呢", "steps").card == "town.steps.step3"
    assert ask(guide, "怎么做", "steps").kind == "steps"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("那第五步呢", 5),
        ("第 5 步怎么填", 5),
        ("第九個步驟", 9),
        ("步骤三", 3),
        ("第十二步", 12),
        ("第二十步", 20),
        ("第１步", 1),
        ("一共几步", 0),
        ("第五页", 0),
        ("", 0),
    ],
)
def test_the_number_of_a_step_is_read_from_words(text: str, step: int) -> None:
    assert step_named(text) == step


def test_another_place_is_told_which_rules_reach_it() -> None:
    guide = Guide(load_atlas(Path(__file__).parents[2] / "data"))
    assert "“云南省”或“全国”" in guide.elsewhere("我在玉溪交的")
    assert "只有写明“全国”" in guide.elsewhere("成都怎么领")
    assert guide.elsewhere("从成都转回昆明").startswith("成都那边")
    assert guide.elsewhere("我在北京路上班") == ""


def test_search_finds_the_best_cards_of_all_topics(guide: Guide) -> None:
    found = guide.search("户口簿和照片，多少钱", "town", date(2025, 1, 1))
    assert [answer.card for answer in found] == ["town.papers.hukou", "town.papers.photo"]
    assert [answer.card for answer in guide.search("户口簿和照片，多少钱", "town", DAY, limit=2)] == [
        "town.papers.hukou", "land.money.overview",
    ]  # fmt: skip
    assert guide.search("窗口", "town", DAY) == []


@pytest.mark.parametrize(
    ("first", "second", "text", "settled"),
    [
        ("papers", "money", "照片和相片", True),
        ("money", "papers", "照片和相片", False),
        # Three letters say too little, and half as many on the other side leave the doubt.
        ("money", "papers", "多少钱", False),
        ("papers", "money", "照片和相片多少钱", False),
        ("papers", "pension", "照片和相片多少钱", True),
        ("pension", "papers", "照片和相片", False),
        ("papers", "money", "", False),
    ],
)
def test_the_words_of_cards_decide_between_two_topics_only_when_they_are_clear(
    guide: Guide, first: str, second: str, text: str, settled: bool
) -> None:
    assert guide.settles(first, second, text, "town", DAY) == settled


def test_only_cards_that_hold_on_the_day_in_the_region_decide(guide: Guide) -> None:
    text = "照片和相片多少钱"
    assert guide.settles("papers", "money", text, "town", date(2025, 12, 31))
    assert not guide.settles("papers", "money", text, "town", date(2026, 1, 1))
    assert not guide.settles("papers", "money", "照片和相片", "far", DAY)


def test_the_note_of_a_rule_is_empty_from_its_first_day_to_its_last(guide: Guide) -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    assert [ask(guide, "补贴", day=day).note for day in (first, last)] == ["", ""]
    assert "起施行" in ask(guide, "补贴", day=date(2024, 12, 31)).note
    assert "有效期到" in ask(guide, "补贴", day=date(2026, 1, 1)).note


def test_the_titles_of_a_topic_are_buttons_with_the_whole_first(guide: Guide) -> None:
    buttons = guide.titles("papers", "town")
    assert [button.aspect for button in buttons] == ["overview", "hukou", "photo", "grant", "far", "bank"]
    assert guide.titles("pension", "town") == []


def test_a_new_city_is_only_files(tmp_path: Path) -> None:
    files = FILES | {
        "newcity/region": region("newcity", "land"),
        "newcity/papers": card("newcity.papers.overview", "", "新城只要身份证"),
    }
    guide = Guide(load_atlas(written(tmp_path, files)))
    assert ask(guide, "要带什么材料", at="newcity").lines == ("新城只要身份证",)
    assert ask(guide, "照片", at="newcity").card == "land.papers.photo"
