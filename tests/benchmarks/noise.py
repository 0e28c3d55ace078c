"""`python -m tests.benchmarks.noise [FILE…] [--out OUT]` measures how much is understood of spoilt questions.

Each question is spoilt in every way of `perturbations`, with a fixed seed. A row compares the questions
that a kind has changed with the same questions unspoilt. What is heard is the classifier's opinion and
the doubt about it, not the whole turn. OUT gets noise.md and noise.tsv (every spoilt question).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from rasa.core.agent import Agent
from ruamel.yaml import YAML

from desk.doubt import OUTSIDE, TALK, Guess, judge
from desk.privacy import redact
from desk.settings import Settings
from ops.model import train
from tests.benchmarks.listening import Heard
from tests.benchmarks.perturbations import Common, Perturbation, common_characters, perturbations
from tests.benchmarks.scores import Pair, Question, figures, right
from tests.benchmarks.understanding import quiet, read_questions

_SEED = 1
_CLEAN = "clean"
_SENTENCE = "    - "
_COLUMNS = (
    *("kind", "changed", "accuracy clean", "accuracy", "drop"),
    *("asked back", "refused wrongly", "confidently wrong"),
)


def common() -> Common:
    """Gather the characters of the training sentences and the wrong spellings that are listed."""
    files = sorted([*Path("data/topics").glob("*.yml"), *Path("data/talk").glob("*.yml")])
    lines = (line for path in files for line in path.read_text().splitlines())
    listed = YAML(typ="safe").load(Path("data/vocabulary.yml"))["heard"]
    return common_characters(
        (line[len(_SENTENCE) :] for line in lines if line.startswith(_SENTENCE)),
        (pattern for patterns in listed.values() for pattern in patterns),
    )


def spoilt(
    questions: Iterable[Question], kinds: Mapping[str, Perturbation], seed: int
) -> dict[str, list[Question]]:
    """Return every question as it is and in every kind; numbers are redacted first, as at the door."""
    clean = [replace(question, text=redact(question.text).text) for question in questions]
    return {_CLEAN: clean} | {
        name: [replace(q, text=kind(q.text, Random(f"{seed} {name} {q.id}"))) for q in clean]
        for name, kind in kinds.items()
    }


async def hear(agent: Agent, questions: Sequence[Question]) -> list[Pair]:
    """Classify every question and judge the doubt."""
    return [(question, _heard(await agent.parse_message(question.text))) for question in questions]


def _heard(parsed: Mapping[str, list[Mapping[str, object]]]) -> Heard:
    guesses = [Guess(str(g["name"]), float(str(g["confidence"]))) for g in parsed["label_ranking"]]
    (best, second), verdict = guesses[:2], judge(guesses)
    kind = "asked_back"
    if verdict.kind == "sure":
        refused, handed = best.label in OUTSIDE | {TALK}, best.label == "human"
        kind = "refused" if refused else "handed_over" if handed else "answered"
    return Heard(best.label, best.confidence, second.label, second.confidence, kind, "", 0.0)


def table(heard: Mapping[str, Sequence[Pair]]) -> str:
    """Return the comparison in Markdown, shares in percent and the drop in points."""
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for name, pairs in heard.items():
        changed = [
            (before, after)
            for before, after in zip(heard[_CLEAN], pairs, strict=True)
            if name == _CLEAN or before[0].text != after[0].text
        ]
        if changed:
            lines.append(_row(name, [before for before, _ in changed], [after for _, after in changed]))
    return "\n".join(lines)


def _row(name: str, clean: Sequence[Pair], noisy: Sequence[Pair]) -> str:
    before, after = figures(clean), figures(noisy)
    accuracies = before["main_or_second"], after["main_or_second"]
    others = (after[key] for key in ("asked_back", "false_refusals", "confidently_wrong"))
    values = (*accuracies, accuracies[0] - accuracies[1], *others)
    shown = ("-" if value is None else f"{value * 100:.1f}" for value in values)
    return f"| {name} | {len(noisy)} | {' | '.join(shown)} |"


def _write(folder: Path, heard: Mapping[str, Sequence[Pair]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "noise.md").write_text(table(heard) + "\n")
    lines = ["kind\tid\ttext\ttopic\tlabel\tconfidence\tright\tkind_of_answer"]
    for name, pairs in heard.items():
        for question, said in pairs:
            cells = (name, question.id, " ".join(question.text.split()), question.topic, said.label)
            lines.append("\t".join((*cells, f"{said.confidence:.4f}", str(right(question, said)), said.kind)))
    (folder / "noise.tsv").write_text("\n".join(lines) + "\n")


async def _hear_all(agent: Agent, texts: Mapping[str, Sequence[Question]]) -> dict[str, list[Pair]]:
    heard = {}
    for name, questions in texts.items():
        heard[name] = await hear(agent, questions)
        print(f"听了 {name} {len(questions)} 条", file=sys.stderr, flush=True)
    return heard


def main(arguments: list[str]) -> int:
    """Spoil, listen, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=_SEED)
    options = parser.parse_args(arguments)
    quiet()
    files = options.files or sorted(Path("tests/data").glob("understanding*.tsv"))
    questions = [question for path in files for question in read_questions(path)]
    texts = spoilt(questions, perturbations(common()), options.seed)
    agent = Agent.load(str(train(Settings.from_env().var)))
    heard = asyncio.run(_hear_all(agent, texts))
    if options.out:
        _write(options.out, heard)
    print(table(heard))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
