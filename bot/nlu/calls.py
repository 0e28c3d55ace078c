"""What makes a call of the action server cheaper than in stock Rasa, and go to another one in need."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

_CONNECT_SECONDS = 2
# Two calls of a turn are less than a gateway waits (30 s); the slowest asks the platform twice, 4 s each.
_CALL_SECONDS = 12
_BACK_SECONDS, _LOOK_SECONDS = 10, 0.3  # how long a restart may take, and how often it is looked for


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


def call_the_next_where_one_is_gone() -> None:
    """Let an endpoint have several addresses by commas, and call the next one where one cannot be reached.

    Where none can, it is tried for as long as a restart takes; who has been gone for longer is waited for no
    more. A call may then run twice, when a server died in the middle of it. Whatever an action changes is
    bound to the citizen's message, so the second time changes nothing more. Here too no hook stands.
    """
    ask_one = EndpointConfig.request
    gone: dict[str, float] = {}  # since when, by the clock of the loop

    async def ask(endpoint: EndpointConfig, *args: Any, **named: Any) -> Any:
        named["timeout"] = aiohttp.ClientTimeout(total=_CALL_SECONDS, sock_connect=_CONNECT_SECONDS)
        urls, clock, cut = str(endpoint.url).split(","), asyncio.get_running_loop().time, 0
        while True:
            # In the order of the setting, but those last that were gone when they were called last.
            for url in sorted(urls, key=lambda url: url in gone):
                try:
                    answer = await ask_one(_at(endpoint, url), *args, **dict(named))
                except aiohttp.ClientConnectionError as error:
                    gone.setdefault(url, clock())
                    cut += not isinstance(error, aiohttp.ClientConnectorError)
                    lost = error
                else:
                    gone.pop(url, None)
                    return answer
            # A message that ends whoever takes it must not end one server after the other.
            if cut > len(urls) or clock() - min(gone.get(url, 0) for url in urls) >= _BACK_SECONDS:
                raise lost
            await asyncio.sleep(_LOOK_SECONDS)

    EndpointConfig.request = ask


def _at(endpoint: EndpointConfig, url: str) -> EndpointConfig:
    one = copy.copy(endpoint)
    one.url = url
    return one
