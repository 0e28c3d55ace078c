"""The two models: the product's configuration and stock's, trained on the same data and one thing more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from ops.model import model_path, train, training_seconds
from tests.benchmarks.sample import DATA, sample

FOLDER = Path("tests") / "benchmarks"
PLAIN_ANSWER = "天气请看天气预报。"
_PLAIN = str(FOLDER / "plain.yml")


@dataclass(frozen=True)
class Model:
    """A trained model and how long its training took, in seconds."""

    path: Path
    seconds: float | None


def models(var: Path, epochs: int, sentences: int, may_train: bool) -> tuple[Model, Model]:
    """Return ours and stock's, from the folder of models or newly trained.

    Args:
        var: where models and the files made here are kept.
        epochs: of stock's networks. They change its training and its answers, not its speed.
        sentences: how many stock learns from, 0 for all; ours learns from all. Fewer are in stock's favour.
        may_train: whether to train what is missing rather than to stop.
    """
    domain = _domain(var / "bench")
    some = sample(var / "bench" / f"sample-{sentences}", sentences) if sentences else DATA
    ours = _model(var, "config.yml", domain, (*DATA, _PLAIN), may_train)
    return ours, _model(var, _stock(var, epochs), domain, (*some, _PLAIN), may_train)


def fetch_stock_tokenizer(var: Path) -> None:
    """Put stock's tokenizer beside the models: the product has no use for it."""
    folder = var / "bench" / "packages"
    if not folder.exists():
        command = ["uv", "pip", "install", "-q", "--python", sys.executable, "--target", str(folder)]
        command += ["--require-hashes", "-r", str(FOLDER / "requirements.txt")]
        subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:]], check=True)
    sys.path.append(str(folder.resolve()))  # for a model that is loaded in this process
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(folder.resolve()), os.environ.get("PYTHONPATH")])
    )


def _model(var: Path, config: str, domain: str, data: Sequence[str], may_train: bool) -> Model:
    path = model_path(var, config, data, domain)
    if not path.exists() and not may_train:
        print(f"{config}: no model yet, and --skip-training is set", file=sys.stderr)
        raise SystemExit(2)
    return Model(train(var, config, data, domain), training_seconds(path))


def _domain(folder: Path) -> str:
    """Write the product's domain with the one intent and response of plain.yml added."""
    folder.mkdir(parents=True, exist_ok=True)
    domain = YAML(typ="safe").load(Path("domain.yml"))
    domain["intents"].append("plain")
    domain["responses"] = {"utter_plain": [{"text": PLAIN_ANSWER}]}
    with (folder / "domain.yml").open("w") as file:
        YAML(typ="safe").dump(domain, file)
    return str(folder / "domain.yml")


def _stock(var: Path, epochs: int) -> str:
    written = var / "bench" / f"stock-{epochs}.yml"
    written.write_text(re.sub(r"epochs: \d+", f"epochs: {epochs}", (FOLDER / "stock.yml").read_text()))
    return str(written)
