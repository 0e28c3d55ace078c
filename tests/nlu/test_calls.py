from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from bot.nlu.calls import build_answer_check_once

SLOT = {"event": "slot", "name": "topic", "value": "process", "timestamp": None}
GOOD: list[Any] = [
    {},
    {"events": [], "responses": []},
    {"events": [SLOT, {"event": "followup", "name": "action_office"}], "responses": [{"text": "好"}]},
]
BAD: list[Any] = [
    [],
    {"events": {}},
    {"events": ["slot"]},
    {"events": [{"event": "slot", "value": 1}]},
    {"responses": ["好"]},
]


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> RemoteAction:
    """A remote action with our check, for one test."""
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    build_answer_check_once()
    return RemoteAction("action_guide", None)


@pytest.mark.parametrize("answer", GOOD)
def test_an_answer_that_rasa_takes_is_taken(action: RemoteAction, answer: Any) -> None:
    assert action._validate_action_result(answer)


@pytest.mark.parametrize("answer", BAD)
def test_an_answer_that_rasa_refuses_is_refused_with_the_same_error(
    action: RemoteAction, answer: Any
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(answer)


@pytest.mark.parametrize("answer", [*GOOD, *BAD])
def test_stock_rasa_still_tells_these_apart(answer: Any) -> None:
    stock = RemoteAction("action_guide", None)
    try:
        refused = not stock._validate_action_result(answer)
    except jsonschema.ValidationError:
        refused = True
    assert refused == (answer in BAD)


def test_the_validator_is_made_once(action: RemoteAction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "action_response_format_spec", None)
    assert action._validate_action_result(GOOD[-1])
