"""`python -m tests.benchmarks.bench` measures this assistant and stock Rasa in one run.

--quick           one round of a few turns: only to try the benchmark
--epochs N        train stock for N epochs (1) instead of 100
--sentences N     let stock learn from about N sentences instead of all, ours from all: in its favour
--skip-training   stop when a model is missing instead of training it
--json FILE       also write every number to FILE
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from desk.settings import Settings
from tests.benchmarks.measure import QUICK, Size, measure
from tests.benchmarks.models import fetch_stock_tokenizer, models
from tests.benchmarks.report import as_data, lines
from tests.benchmarks.services import House


def main(arguments: list[str]) -> int:
    """Train what is missing, measure, print the table."""
    options = _options(arguments)
    var = Settings.from_env().var
    fetch_stock_tokenizer(var)
    ours, stock = models(var, options.epochs, options.sentences, may_train=not options.skip_training)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        house = House(Path(folder), ours.path.resolve(), stock.path.resolve())
        figures = asyncio.run(measure(house, QUICK if options.quick else Size()))
    for name, model in (("ours", ours), ("stock", stock)):
        if model.seconds is not None:
            figures.add(name, "training", model.seconds)
    print("\n" + "\n".join(lines(figures, options.epochs, options.sentences)))
    if options.json:
        data = {**as_data(figures), "stock epochs": options.epochs, "stock sentences": options.sentences}
        Path(options.json).write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--sentences", type=int, default=0)
    parser.add_argument("--skip-training", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
