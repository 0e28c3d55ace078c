from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from tests.benchmarks.sample import sample


def intents(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted([*(folder / "topics").glob("*.yml"), *(folder / "talk").glob("*.yml")]):
        for entry in YAML(typ="safe").load(path).get("nlu") or []:
            found[entry["intent"]] = str(entry["examples"]).splitlines()
    return found


def test_a_sample_keeps_every_intent_and_about_as_many_sentences_as_asked_for(tmp_path: Path) -> None:
    whole = intents(Path("data"))
    sample(tmp_path / "sample", 3000)
    part = intents(tmp_path / "sample")
    assert part.keys() == whole.keys()
    assert 2400 < sum(map(len, part.values())) < 4200
    assert all(set(part[name]) <= set(whole[name]) and part[name] for name in part)


def test_a_sample_as_large_as_the_data_is_the_data(tmp_path: Path) -> None:
    sample(tmp_path / "sample", 10**6)
    assert intents(tmp_path / "sample") == intents(Path("data"))
