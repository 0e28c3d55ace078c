from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.recipes.recipe import Recipe
from rasa.engine.validation import validate
from rasa.shared.data import TrainingType
from ruamel.yaml import YAML

from bot.nlu.encoder import ENCODERS
from bot.nlu.intents import LinearIntentClassifier

ROOT = Path(__file__).parents[2]
CLASSIFIER = f"{LinearIntentClassifier.__module__}.{LinearIntentClassifier.__name__}"
FILES = [ROOT / "config.yml", Path(__file__).with_name("characters.yml")]


def read(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(path))


def without_encoder(config: dict[str, Any]) -> dict[str, Any]:
    steps = [{k: v for k, v in step.items() if k != "encoder"} for step in config["pipeline"]]
    return {**config, "pipeline": steps, "assistant_id": ""}


def test_the_two_configurations_differ_by_the_encoder_alone() -> None:
    product, characters = map(read, FILES)
    assert without_encoder(product) == {**characters, "assistant_id": ""}
    assert product["assistant_id"] != characters["assistant_id"]
    (classifier,) = [step for step in product["pipeline"] if step["name"] == CLASSIFIER]
    assert classifier["encoder"] in ENCODERS


def test_letters_alone_decide_unless_an_encoder_is_named() -> None:
    assert LinearIntentClassifier.get_default_config()["encoder"] == ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_rasa_takes_the_configuration(path: Path) -> None:
    recipe = Recipe.recipe_for_name("default.v1")
    validate(recipe.graph_config_for_recipe(read(path), {}, TrainingType.BOTH))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_of_a_component_is_one_that_it_has(path: Path) -> None:
    known = {CLASSIFIER: set(LinearIntentClassifier.get_default_config())}
    for step in read(path)["pipeline"]:
        assert set(step) - {"name"} <= known.get(step["name"], set())


def test_every_component_of_the_product_is_the_house_s_own() -> None:
    own = {CLASSIFIER, "bot.nlu.reader.Reader", "bot.nlu.doubt.Doubt"}
    assert {step["name"] for step in read(FILES[0])["pipeline"]} == own
