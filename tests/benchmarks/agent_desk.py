"""`python -m tests.benchmarks.agent_desk [FILE]` measures what an agent gets for a caller's words.

FILE as for `tests.benchmarks.understanding`. Of the questions that are ours: is the topic among the three
cards (or, for one without cards, among the likely rooms), with the trained model and without; and how long
it takes. A model is not trained here: where there is none, that half says so.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from rasa.core.agent import Agent

from bot.nlu.channel import meaning
from console.brain import understood
from desk.doubt import OUTSIDE, TALK
from desk.regions import SERVICES
from desk.settings import Settings
from desk.suggest import Suggester, Suggestion, Understood
from desk.workdays import today
from ops.model import model_path
from tests.benchmarks.scores import Question
from tests.benchmarks.understanding import _counter, quiet, read_questions

_FILE = Path("tests/data/understanding.tsv")
_WITHOUT_CARDS = SERVICES - {"complaint"}


@dataclass(frozen=True)
class Got:
    """What came for a question: the topics on the screen, those of them shown as certain, and how long."""

    question: Question
    cards: tuple[str, ...]
    certain: tuple[str, ...]
    rooms: tuple[str, ...]
    parse_ms: float
    suggest_ms: float


def got(question: Question, parse_ms: float, found: Suggestion, suggest_ms: float) -> Got:
    """Return what a suggestion holds of a question."""
    cards = tuple(offer.answer.topic for offer in found.offers)
    certain = tuple(offer.answer.topic for offer in found.offers if not offer.possible)
    office = ("office",) if found.office else ()
    return Got(question, cards, certain, (*found.rooms, *office), parse_ms, suggest_ms)


def figures(all_got: Sequence[Got]) -> dict[str, float]:
    """Return shares 0..1 of the questions, and milliseconds."""
    carded = [g for g in all_got if g.question.topic not in _WITHOUT_CARDS]
    roomed = [g for g in all_got if g.question.topic in _WITHOUT_CARDS]
    spans = {"parse": [g.parse_ms for g in all_got], "suggest": [g.suggest_ms for g in all_got]}
    spans["both"] = [g.parse_ms + g.suggest_ms for g in all_got]
    times = {f"{name} p{p} ms": quantiles(ms, n=100)[p - 1] for name, ms in spans.items() for p in (50, 95)}
    return {
        "questions": len(all_got),
        "topic or second among what is shown": _share([_shown(g, second=True) for g in all_got]),
        "topic among what is shown": _share([_shown(g) for g in all_got]),
        "topic among three cards, where it has cards": _share([g.question.topic in g.cards for g in carded]),
        "topic of the first card, where it has cards": _share(
            [g.cards[:1] == (g.question.topic,) for g in carded]
        ),
        "topic among the rooms, where it has none": _share([g.question.topic in g.rooms for g in roomed]),
        "of the cards shown as certain, on another topic": _share(
            [topic not in _wanted(g.question) for g in all_got for topic in g.certain]
        ),
        "no card and no room": _share([not g.cards and not g.rooms for g in all_got]),
        **times,
    }


def _shown(got: Got, second: bool = False) -> bool:
    wanted = _wanted(got.question) if second else {got.question.topic}
    return bool(wanted & {*got.cards, *got.rooms})


def _wanted(question: Question) -> set[str]:
    return {question.topic, question.second_topic or question.topic}


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else 0.0


async def _ask(suggester: Suggester, agent: Agent | None, question: Question, region: str) -> Got:
    started = time.perf_counter()
    heard: Understood | None = None
    if agent:
        heard = understood(meaning(await agent.parse_message(question.text)))
    parsed = time.perf_counter()
    found = suggester.suggest(question.text, heard, region, today())
    ended = time.perf_counter()
    return got(question, (parsed - started) * 1000, found, (ended - parsed) * 1000)


async def _ask_all(
    suggester: Suggester, agent: Agent | None, questions: Sequence[Question], region: str
) -> list[Got]:
    await _ask(suggester, agent, questions[0], region)  # the first loads what the others share
    return [await _ask(suggester, agent, question, region) for question in questions]


def main(arguments: list[str]) -> int:
    """Print the figures with and without the model."""
    quiet()
    asked = read_questions(Path(arguments[0]) if arguments else _FILE)
    ours = [question for question in asked if question.topic not in OUTSIDE | {TALK}]
    settings = Settings.from_env()
    model = model_path(settings.var)
    agents = {"words alone": None}
    if model.exists():
        agents["with the model"] = Agent.load(str(model))
    else:
        print(f"no model at {model}: the half with the model is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        suggester = Suggester(_counter(Path(folder)))
        for name, agent in agents.items():
            print(f"\n{name}")
            for what, value in figures(
                asyncio.run(_ask_all(suggester, agent, ours, settings.region))
            ).items():
                print(f"  {what:50}{value:10.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
