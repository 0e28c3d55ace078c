from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from ruamel.yaml import YAML

from tests.benchmarks import load
from tests.benchmarks.load import Block
from tests.benchmarks.measure import Figures
from tests.benchmarks.models import _domain, _stock
from tests.benchmarks.report import as_data, lines
from tests.benchmarks.sentences import ACTION, PLAIN, Speech
from tests.benchmarks.services import Service

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["ours", "stock"])
async def heard(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Service, list[dict[str, Any]]]]:
    """A service that echoes as our channel or as stock's does, and everything it was told."""
    told: list[dict[str, Any]] = []

    async def message(asked: web.Request) -> web.Response:
        told.append(await asked.json())
        said = [{"text": told[-1]["message"]}]
        return web.json_response({"messages": said, "turn": {}} if request.param == "ours" else said)

    app = web.Application()
    app.router.add_post("/message", message)
    async with TestServer(app) as server:
        yield Service("stock", [], "", str(server.make_url("/message"))), told


async def test_every_sentence_is_said_once_and_every_citizen_has_a_usual_conversation(
    heard: tuple[Service, list[dict[str, Any]]],
) -> None:
    service, told = heard
    texts = list(ACTION[:60])
    async with aiohttp.ClientSession() as session:
        block = await load.run(session, service, texts, workers=8)
    assert sorted(body["message"] for body in told) == sorted(texts)
    assert sorted(block.answers) == sorted(texts)
    assert len(block.seconds) == 60
    by_sender = [sum(body["sender"] == sender for body in told) for sender in {b["sender"] for b in told}]
    assert max(by_sender) <= load.TURNS


async def test_citizens_at_once_are_different_citizens(heard: tuple[Service, list[dict[str, Any]]]) -> None:
    service, told = heard
    async with aiohttp.ClientSession() as session:
        await load.run(session, service, list(PLAIN[:8]), workers=8)
    assert len({body["sender"] for body in told}) == 8


def test_no_sentence_of_the_benchmark_is_a_training_sentence() -> None:
    assert len(set(PLAIN)) == len(PLAIN) >= 500
    assert len(set(ACTION)) == len(ACTION) >= 1000
    files = [*(ROOT / "data").rglob("*.yml"), ROOT / "tests" / "benchmarks" / "plain.yml"]
    trained = {line.strip().removeprefix("- ") for file in files for line in file.read_text().splitlines()}
    assert not trained & {*PLAIN, *ACTION}


def test_what_is_said_again_is_counted() -> None:
    speech = Speech(("a", "b", "c"))
    assert speech.take(2) == ["a", "b"]
    assert speech.repeats == 0
    assert speech.take(3) == ["c", "a", "b"]
    assert speech.repeats == 2


def test_both_models_have_the_products_domain_and_one_intent_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    own = YAML(typ="safe").load(Path("domain.yml"))
    made = YAML(typ="safe").load(Path(_domain(tmp_path / "bench")))
    assert made["intents"] == [*own["intents"], "plain"]
    assert {**made, "intents": None, "responses": None} == {**own, "intents": None, "responses": None}
    assert Path(_stock(tmp_path, 2)).read_text().count("epochs: 2\n") == 2


def figures(ours: float, stock: float) -> Figures:
    made = Figures()
    for system, factor in (("ours", ours), ("stock", stock)):
        for n in (1, 8):
            made.add_block(
                system, "plain", n, Block([0.1 / factor] * 20, ["天气请看天气预报。"] * 20, 2 / factor)
            )
        for name in ("turn 300", "turn 1 beside 300"):
            made.add(system, name, 10 / factor)
    return made


def line(report: list[str], name: str) -> str:
    return next(line for line in report if line.startswith(name))


def test_the_report_says_by_how_much_ours_is_better_and_what_is_not_met() -> None:
    good, bad = lines(figures(12, 1), 5, 6000), lines(figures(2, 1), 5, 6000)
    assert "12.0x  >= 8x" in line(good, "plain per s @8")
    assert "NOT MET" not in line(good, "plain per s @8")
    assert line(bad, "plain per s @8").endswith("NOT MET")
    assert "1.00x" in line(good, "  of turn 1")


def test_an_answer_of_the_wrong_kind_is_counted_and_shown() -> None:
    made = figures(1, 1)
    made.add_block("stock", "action", 1, Block([0.1] * 2, ["天气请看天气预报。", "带上身份证"], 1.0))
    assert as_data(made)["as meant"] == {"ours plain": 1.0, "stock plain": 1.0, "stock action": 0.5}
    assert "stock action 50%" in lines(made, 5, 6000)[-1]
