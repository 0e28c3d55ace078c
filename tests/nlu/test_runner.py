"""The graph of a model, run in order, gives what Rasa's own runner gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.nlu.runner import OrderedGraphRunner


class Add(GraphComponent):
    """Adds its number to what it is given, and tells how often it was asked."""

    asked = 0

    def __init__(self, number: int) -> None:
        self._number = number

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any, **__: Any) -> Add:
        return cls(config["number"])

    def add(self, first: int, second: int = 0) -> int:
        Add.asked += 1
        return first + second + self._number


def _node(number: int, **needs: str) -> SchemaNode:
    return SchemaNode(
        needs=needs, uses=Add, constructor_name="create", fn="add", config={"number": number}, eager=True
    )


@pytest.fixture
def schema() -> GraphSchema:
    """Written backwards: what needs another stands before it."""
    return GraphSchema(
        {
            "end": _node(1000, first="left", second="right"),
            "right": _node(100, first="left"),
            "left": _node(10, first="__given__"),
            "aside": _node(5, first="__given__"),
        }
    )


@pytest.mark.parametrize("kind", [DaskGraphRunner, OrderedGraphRunner])
def test_every_component_has_what_it_needs(kind: Any, schema: GraphSchema, tmp_path: Path) -> None:
    runner = _runner(kind, schema, tmp_path)
    for given in (1, 2):
        assert runner.run({"__given__": given}, ["end"]) == {"end": 2 * given + 1120}
    assert runner.run({"__given__": 1}, ["right", "aside"]) == {"right": 111, "aside": 6}


@pytest.mark.parametrize("kind", [DaskGraphRunner, OrderedGraphRunner])
def test_an_input_stands_in_for_a_component(kind: Any, schema: GraphSchema, tmp_path: Path) -> None:
    assert _runner(kind, schema, tmp_path).run({"left": 5}, ["right"]) == {"right": 105}


def test_what_no_target_needs_is_not_run_and_nothing_is_run_twice(
    schema: GraphSchema, tmp_path: Path
) -> None:
    runner = _runner(OrderedGraphRunner, schema, tmp_path)
    before = Add.asked
    runner.run({"__given__": 1}, ["end"])
    assert Add.asked == before + 3


@pytest.mark.parametrize("kind", [DaskGraphRunner, OrderedGraphRunner])
def test_a_missing_input_is_an_error_of_the_graph(kind: Any, schema: GraphSchema, tmp_path: Path) -> None:
    with pytest.raises(GraphRunError):
        _runner(kind, schema, tmp_path).run({}, ["left"])


def _runner(kind: Any, schema: GraphSchema, folder: Path) -> DaskGraphRunner:
    return kind.create(schema, LocalModelStorage.create(folder), ExecutionContext(schema, "test"))
