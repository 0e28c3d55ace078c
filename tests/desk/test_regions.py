from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.regions import Atlas, load_atlas

DATA = Path(__file__).parents[2] / "data"
REGION = """
id: {id}
name: {id}市
scope: {id}市
aliases: [{alias}]
hotline: {{name: 热线, phone: "12333"}}
"""
CARD = """
- id: {region}.{topic}.{aspect}
  aspect: {aspect}
  title: 标题
  words: [户口簿]
  lines: [一行]
  say: 一句
  sources: [{{title: 指南}}]
  checked: 2026-11-21
  confidence: 高
"""

Files = Callable[..., Path]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Write files under data/regions; `land` and its child `town` with one card are there from the start."""

    def write(**changed: str) -> Path:
        texts = {
            "land/region": REGION.format(id="land", alias="大国"),
            "town/region": REGION.format(id="town", alias="小镇") + "parent: land\n",
            "town/papers": CARD.format(region="town", topic="papers", aspect="overview"),
        }
        texts.update({name.replace("__", "/"): text for name, text in changed.items()})
        for name, text in texts.items():
            path = tmp_path / "regions" / f"{name}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def faults(data: Path) -> str:
    with pytest.raises(DataFault) as caught:
        load_atlas(data)
    return "\n".join(caught.value.faults)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    """The real regions without their cards, so that a card in the making does not stop these tests."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for path in (*DATA.glob("regions/*/region.yml"), *DATA.glob("regions/*/outside.yml")):
            target = Path(folder) / path.relative_to(DATA)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        return load_atlas(Path(folder))


def test_the_smallest_files_make_an_atlas(files: Files) -> None:
    atlas = load_atlas(files())
    assert [region.id for region in atlas.chain("town")] == ["town", "land"]
    assert [card.id for card in atlas.all_cards()] == ["town.papers.overview"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  title: 标题\n", "", "title is missing"),
        ("title: 标题", "titel: 标题", "unknown key 'titel'"),
        ("title: 标题", "title: ' '", "title should be a text that is not empty"),
        ("[户口簿]", "[户口簿, 12333]", "[12333]"),
        ("2026-11-21", "二〇二六年", "checked should be a date"),
        ("confidence: 高", "confidence: 很高", "confidence should be 高, 中 or 低"),
        ("town.papers.overview", "papers.overview", "id should be town.papers.overview"),
        ("confidence: 高", "confidence: 高\n  until: 2025-12-31", "until needs lapsed"),
        ("confidence: 高", "confidence: 高\n  lapsed: 到期了", "lapsed needs until"),
        ("[一行]", "[]", "lines should be 1 to 9"),
        ("[{title: 指南}]", "[]", "sources is empty"),
        ("[{title: 指南}]", "[{name: 指南}]", "sources: unknown key 'name'"),
        ("[{title: 指南}]", "[指南]", "sources: should be entries"),
        ("confidence: 高", "confidence: 高\n  ordered: yes please", "ordered should be true or false"),
        ("say: 一句", "say: 一句\n  buttons: [{title: 去, topic: papers, aspect: photo}]", "papers.photo"),
    ],
)
def test_each_fault_of_a_card_is_named_with_its_file_and_card(
    files: Files, old: str, new: str, said: str
) -> None:
    card = CARD.format(region="town", topic="papers", aspect="overview")
    assert old in card
    found = faults(files(town__papers=card.replace(old, new)))
    assert said in found
    assert "town/papers.yml: " in found


def test_all_faults_are_told_at_once(files: Files) -> None:
    card = CARD.format(region="town", topic="papers", aspect="overview")
    card = card.replace("title: 标题", "titel: 标题")
    found = faults(files(town__papers=card, town__money="42", land__region="{"))
    assert "title is missing" in found
    assert "money.yml: file: should be a list of cards" in found
    assert "land/region.yml: file: is not YAML" in found


def test_two_cards_may_not_have_one_id(files: Files) -> None:
    assert "this id is there twice" in faults(
        files(town__papers=2 * CARD.format(region="town", topic="papers", aspect="overview"))
    )


def test_a_topic_without_an_overview_is_a_fault(files: Files) -> None:
    found = faults(files(town__papers=CARD.format(region="town", topic="papers", aspect="photo")))
    assert "papers: no card with aspect overview" in found


def test_an_overview_of_the_parent_is_enough(files: Files) -> None:
    load_atlas(
        files(
            town__papers=CARD.format(region="town", topic="papers", aspect="photo"),
            land__papers=CARD.format(region="land", topic="papers", aspect="overview"),
        )
    )


def test_a_missing_step_is_a_fault(files: Files) -> None:
    aspects = ("overview", "step1", "step3")
    cards = "".join(CARD.format(region="town", topic="papers", aspect=aspect) for aspect in aspects)
    found = faults(files(town__papers=cards))
    assert "the steps are [1, 3]" in found


def test_parents_that_go_round_in_a_circle_are_a_fault(files: Files) -> None:
    found = faults(files(land__region=REGION.format(id="land", alias="大国") + "parent: town\n"))
    assert "land: its parents go round in a circle" in found


def test_an_unknown_parent_is_a_fault(files: Files) -> None:
    found = faults(files(land__region=REGION.format(id="land", alias="大国") + "parent: moon\n"))
    assert "parent 'moon' is not a region" in found


def test_two_regions_may_not_share_an_alias(files: Files) -> None:
    found = faults(files(land__region=REGION.format(id="land", alias="小镇")))
    assert "alias 小镇 already belongs to land" in found


def test_a_term_of_one_region_in_the_card_of_another_is_a_fault(files: Files) -> None:
    land = REGION.format(id="land", alias="大国") + "own_terms: [综柜]\n"
    card = CARD.format(region="town", topic="papers", aspect="overview").replace("一行", "到综柜办理")
    found = faults(files(land__region=land, town__papers=card))
    assert "综柜 belongs to land市 only" in found


@pytest.mark.parametrize("key", ["nlu", "responses", "stories", "rules"])
def test_a_file_that_rasa_would_train_on_is_a_fault(files: Files, key: str) -> None:
    assert "(for Rasa)" in faults(files(town__papers=f"{key}:\n- a: 1\n"))


def test_our_own_region_files_have_no_fault(atlas: Atlas) -> None:
    assert [region.id for region in atlas.chain("kunming")] == ["kunming", "yunnan", "china"]
    assert [region.id for region in atlas.chain("neimenggu")] == ["neimenggu", "china"]
    assert atlas.chain("moon") == ()


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("我在内蒙古交的社保", "neimenggu"),
        ("呼和浩特怎么领失业金", "neimenggu"),
        ("我们旗县哪里办", "neimenggu"),
        ("满洲里失业金多少", "neimenggu"),
        ("昆明怎么领", "kunming"),
        ("雲南昆明怎麼領", "kunming"),
        ("我从内蒙古回昆明了", "kunming"),
        ("失业金怎么领", None),
    ],
)
def test_a_region_is_known_by_its_names(atlas: Atlas, text: str, region: str | None) -> None:
    found = atlas.region_named(text)
    assert (found.id if found else None) == region


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("北京失业金怎么领", "北京"),
        ("社保山东转过来", "山东"),
        ("我的社保在成都", "成都"),
        ("我在玉溪交的失业保险", "玉溪"),
        ("人在大理", "大理"),
        ("雲南大理州的", "大理"),
        ("海口市的失业金", "海口"),
        ("廣東深圳", "广东"),
        ("我以前在新疆上班", "新疆"),
    ],
)
def test_another_province_or_city_is_recognised(atlas: Atlas, text: str, place: str) -> None:
    assert atlas.outside(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "我在北京路上班", "北京路481号", "玉溪路", "南京东路一段", "上海银行的卡可以吗", "大理石厂",
        "没有重大理由", "医保定点医院", "社保定期缴", "规定西山区在哪办", "西山西苑街道", "翠湖南门",
        "海口", "西山海口怎么走", "晋城街道", "石林", "安宁", "云南通海", "云南宁蒗", "今天水费",
        "最新余额", "延长春节", "公安顺便", "普洱茶厂", "工资阳光发放", "昆明", "云南", "内蒙古", "包头",
        "失业金怎么领", "",
    ],
)  # fmt: skip
def test_a_street_or_a_lookalike_is_not_another_city(atlas: Atlas, text: str) -> None:
    assert atlas.outside(text) is None


def test_no_township_or_street_of_kunming_is_taken_for_another_city(atlas: Atlas) -> None:
    table = Path(__file__).parents[1] / "data" / "kunming_townships_mca_20251231.tsv"
    names = [line.split("\t")[1] for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(names) == 141
    assert [name for name in names if atlas.outside(f"我住{name}")] == []


def test_the_rules_of_yunnan_reach_its_other_prefectures(atlas: Atlas) -> None:
    reached = atlas.region_of("玉溪")
    assert reached is not None
    assert reached.id == "yunnan"
    assert atlas.region_of("成都") is None


def test_a_city_with_a_region_of_its_own_is_no_longer_outside(files: Files) -> None:
    outside = "provinces: {云南: [大理, 玉溪]}\nhidden_by: [大理石]\nonly_with_suffix: []\n"
    atlas = load_atlas(files(land__outside=outside, town__region=REGION.format(id="town", alias="大理")))
    assert atlas.outside("大理") is None
    assert atlas.outside("玉溪") == "玉溪"


def test_the_check_prints_every_fault_and_fails(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    from desk.regions import _main

    assert _main(files(town__papers="42")) == 1
    assert "town/papers.yml: file: should be a list of cards" in capsys.readouterr().out
    assert _main(files()) == 0
    assert "2 regions, 1 topics, 1 cards" in capsys.readouterr().out
