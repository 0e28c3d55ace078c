"""What makes a call of the action server cheaper than in stock Rasa, without another way of calling it."""

from __future__ import annotations

from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


def build_answer_check_once() -> None:
    """Let Rasa check every answer of the action server with one validator.

    Rasa checks the schema itself and builds a validator for it in every call: 16 ms against less than
    one. The answers are checked by the same schema and fail with the same error. endpoints.yml knows no
    other class for a remote action, and no hook stands at this place, so the method is replaced.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def check(_action: RemoteAction, answer: dict[str, Any]) -> bool:
        validator.validate(answer)
        return True

    RemoteAction._validate_action_result = check
