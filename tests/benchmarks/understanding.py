"""`python -m tests.benchmarks.understanding FILE OUT [--config CONFIG]` measures what is understood.

FILE is tab-separated with a header (id, text, topic; second_topic and place where known), quoting off.
OUT gets predictions.tsv, report.md and report.json. With `--against CONFIG` another configuration is
trained on the same data and both are shown side by side; its files go to OUT/against. `--sentences N` lets
both learn from about N of the training sentences only: stock's networks need hours for all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import structlog

from desk.counter import Counter, open_counter
from desk.database import upgrade
from desk.settings import Settings
from ops.model import train
from tests.benchmarks.listening import Heard, Listener
from tests.benchmarks.models import fetch_stock_tokenizer
from tests.benchmarks.sample import DATA, sample
from tests.benchmarks.scores import Pair, Question, figures, report

_COLUMNS = ("id", "label", "confidence", "label2", "confidence2", "kind", "place")


def read_questions(path: Path) -> list[Question]:
    """Read a file of questions; stop with a sentence when it is not there or has not the columns."""
    if not path.is_file():
        raise SystemExit(
            "请写明问题文件，例如：make understanding FILE=tests/data/understanding.tsv OUT=var/understanding"
        )
    # Spreadsheets put a mark before the first column.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        columns, rows = reader.fieldnames or (), list(reader)
    missing = {"id", "text", "topic"} - set(columns)
    if missing:
        raise SystemExit(
            f"{path}: 缺少列 {'、'.join(sorted(missing))}（第一行应是 id、text、topic…，用制表符分隔）"
        )
    if not rows:
        raise SystemExit(f"{path}: 只有第一行，没有问题")
    names = ("id", "text", "topic", "second_topic", "place")
    return [Question(*(row.get(name) or "" for name in names)) for row in rows]


def hear_all(config: str, questions: Iterable[Question], data: Sequence[str] = DATA) -> list[Pair]:
    """Train `config` where needed and let the assistant hear every question, each as a new citizen."""
    var = Settings.from_env().var
    if "Jieba" in Path(config).read_text():
        fetch_stock_tokenizer(var)
    model = train(var, config, data)
    with tempfile.TemporaryDirectory() as folder:
        listener = Listener(model, _counter(Path(folder)))
        asyncio.run(listener.hear("失业金怎么领"))  # the first message loads what the others share
        return asyncio.run(_hear(listener, list(questions)))


async def _hear(listener: Listener, questions: list[Question]) -> list[Pair]:
    pairs = []
    for number, question in enumerate(questions, start=1):
        pairs.append((question, await listener.hear(question.text)))
        if number % 100 == 0:
            print(f"听了 {number}/{len(questions)} 条", file=sys.stderr, flush=True)
    return pairs


def _counter(folder: Path) -> Counter:
    """Every room over an empty database: no claim of a demo, no ticket of anybody."""
    settings = Settings.from_env({**os.environ, "DESK_VAR": str(folder)})
    upgrade(settings.database_url)
    return open_counter(settings)


def write(folder: Path, pairs: list[Pair]) -> dict[str, Any]:
    """Write the three files into `folder` and return the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    found = figures(pairs)
    rows = ["\t".join(_COLUMNS), *("\t".join(_row(question, heard)) for question, heard in pairs)]
    (folder / "predictions.tsv").write_text("\n".join(rows) + "\n")
    (folder / "report.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    (folder / "report.md").write_text(report(found, pairs))
    return found


def _row(question: Question, heard: Heard) -> list[str]:
    confidences = f"{heard.confidence:.4f}", f"{heard.confidence2:.4f}"
    return [question.id, heard.label, confidences[0], heard.label2, confidences[1], heard.kind, heard.place]


def side_by_side(found: dict[str, dict[str, Any]]) -> str:
    """The plain figures of several reports as a table."""
    names = [name for name, value in next(iter(found.values())).items() if not isinstance(value, dict | list)]
    lines = [f"{'':28}" + "".join(f"{title[-24:]:>26}" for title in found)]
    for name in names:
        values = [figures_[name] for figures_ in found.values()]
        lines.append(
            f"{name:28}" + "".join(f"{v:26.3f}" if isinstance(v, float) else f"{v!s:>26}" for v in values)
        )
    return "\n".join(lines)


def quiet() -> None:
    """Keep the warnings of TensorFlow and the logs of turns out of the table."""
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.WARNING)
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", SQLALCHEMY_SILENCE_UBER_WARNING="1")


def main(arguments: list[str]) -> int:
    """Measure, write the files, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--against", default="")
    parser.add_argument("--sentences", type=int, default=0)
    options = parser.parse_args(arguments)
    quiet()
    questions = read_questions(options.file)
    data = (
        sample(Path("var") / "bench" / f"sample-{options.sentences}", options.sentences)
        if options.sentences
        else DATA
    )
    found = {options.config: write(options.out, hear_all(options.config, questions, data))}
    if options.against:
        pairs = hear_all(options.against, questions, data)
        found[options.against] = write(options.out / "against", pairs)
    print(side_by_side(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
