"""The cards against their facts: nothing of the seeds is lost, and a fact is stated only where it holds."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from desk.guide import Guide, NotRecorded, Question
from desk.regions import Atlas, Card, load_atlas

ROOT = Path(__file__).parents[2]
DATA, FACTS = ROOT / "data", ROOT / "tests" / "data"
DAY = date(2026, 11, 21)
TOPICS = [
    "materials", "process", "registration", "payment_bank", "eligibility", "amount_duration", "review_time",
    "rejection", "medical_insurance", "older_extension", "dispute_stop_reason", "skill_subsidy",
    "stop_suspend", "transfer", "fraud_risk", "unemployment_subsidy", "complaint", "oos_social", "oos_other",
]  # fmt: skip
NATIONAL = "全国(内蒙古转述)"


def table(name: str) -> dict[str, dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


SEED, KNOWN = table("seed_facts.tsv"), table("knowledge_facts.tsv")


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas(DATA)


@pytest.fixture(scope="module")
def guide(atlas: Atlas) -> Guide:
    return Guide(atlas)


def ours(atlas: Atlas) -> Iterator[Card]:
    return (card for card in atlas.all_cards() if card.region != "neimenggu")


def facts_of_offices() -> dict[str, str]:
    """Fact id -> the file that names it, over every `facts` list in the office tables, at any depth."""
    found: dict[str, str] = {}

    def collect(value: Any, where: str) -> None:
        if isinstance(value, dict):
            found.update(dict.fromkeys(map(str, value.get("facts") or ()), where))
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                collect(item, where)

    for path in sorted(DATA.glob("regions/*/offices.yml")):
        collect(YAML(typ="safe").load(path), path.parent.name)
    return found


# What the seeds say is said, and every claim has its fact


def test_every_fact_of_the_two_seeds_is_stated(atlas: Atlas) -> None:
    stated = {fact for card in atlas.all_cards() for fact in card.facts} | facts_of_offices().keys()
    excused = YAML(typ="safe").load(FACTS / "fact_exceptions.yml") or {}
    missing = [f"{id} {SEED[id]['fact_zh']}" for id in SEED if id not in stated and id not in excused]
    assert not missing, f"{len(missing)} facts that no card states:\n" + "\n".join(missing)


def test_an_exception_has_a_reason_and_is_not_stated_after_all(atlas: Atlas) -> None:
    excused = YAML(typ="safe").load(FACTS / "fact_exceptions.yml") or {}
    stated = {fact for card in atlas.all_cards() for fact in card.facts} | facts_of_offices().keys()
    assert not {id for id, reason in excused.items() if id not in SEED or not str(reason).strip()}
    assert not excused.keys() & stated


def test_every_office_fact_is_in_the_office_table() -> None:
    missing = [id for id in (f"S1-{n:03}" for n in range(96, 164)) if id not in facts_of_offices()]
    assert not missing, f"offices.yml does not state {missing}"


def test_every_fact_that_a_card_names_exists(atlas: Atlas) -> None:
    known = SEED.keys() | KNOWN.keys()
    unknown = [f"{card.id}: {fact}" for card in atlas.all_cards() for fact in card.facts if fact not in known]
    assert not unknown, "\n".join(unknown)


def test_a_fact_is_stated_only_where_it_holds(atlas: Atlas) -> None:
    homes = {"S1": {"kunming"}, "M": {"kunming"}, "Y": {"yunnan", "kunming"}, "I": {"neimenggu"}}
    wrong = [
        f"{card.id} states {fact}"
        for card in atlas.all_cards()
        for fact in card.facts
        for prefix, regions in homes.items()
        if fact.startswith(prefix) and card.region not in regions
    ]
    assert not wrong, "\n".join(wrong)


def test_a_fact_of_the_inner_mongolia_paper_is_ours_only_where_the_rule_is_national(atlas: Atlas) -> None:
    wrong = [
        f"{card.id} states {fact}, which holds for {SEED[fact]['applies_to_region']}"
        for card in ours(atlas)
        for fact in card.facts
        if fact.startswith("S2") and SEED[fact]["applies_to_region"] != NATIONAL
    ]
    assert not wrong, "\n".join(wrong)


def test_every_guide_topic_has_an_answer_for_kunming(guide: Guide) -> None:
    without = [
        topic for topic in TOPICS
        if isinstance(guide.answer(Question(topic, "overview", "", "kunming", DAY)), NotRecorded)
    ]  # fmt: skip
    assert not without
