"""What makes a call of the action server cheaper than in stock Rasa, and go to another one in need."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

_CONNECT_SECONDS = 2
# Two calls of a turn are less than a gateway waits (30 s); the slowest asks the platform twice, 4 s each.
_CALL_SECONDS = 12
_BACK_SECONDS, _LOOK_SECONDS = 10, 0.3  # how long a restart may take, and how often it is looked for
_UNREACHED = (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError)
_kept: dict[tuple[str, int], aiohttp.ClientSession] = {}  # by address and loop


def build_answer_check_once() -> None:
    """Let Rasa check every answer of the action server with validators that are made once.

    Rasa checks the schema itself and builds a validator for it in every call, 16 ms, which then tries each
    event as one of all twenty kinds, two more. Here an event is tried as the kind that it says it is, and
    what is refused so is refused by the whole schema, with the same error. endpoints.yml knows no other
    class for a remote action, and no hook stands at this place, so the method is replaced.
    """
    schema = RemoteAction.action_response_format_spec()
    make = validator_for(schema)
    whole, event = make(schema), schema["properties"]["events"]["items"]
    without_events = make({**schema, "properties": {**schema["properties"], "events": {"type": "array"}}})
    kinds = {branch["properties"]["event"]["const"] for branch in event["oneOf"]}
    of_kind = {kind: make({**event, "oneOf": _branches(event, kind)}) for kind in kinds}

    def fits(told: Any) -> bool:
        kind = told.get("event") if isinstance(told, dict) else None
        return isinstance(kind, str) and kind in of_kind and of_kind[kind].is_valid(told)

    def check(_action: RemoteAction, answer: dict[str, Any]) -> bool:
        if not (without_events.is_valid(answer) and all(map(fits, answer.get("events", ())))):
            whole.validate(answer)
        return True

    RemoteAction._validate_action_result = check


def _branches(event: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [branch for branch in event["oneOf"] if branch["properties"]["event"]["const"] == kind]


def keep_connections() -> None:
    """Let the calls of an action server share its connections, which Rasa opens anew for each."""
    open_session = EndpointConfig.session

    def session(endpoint: EndpointConfig) -> Any:
        place = str(endpoint.url), id(asyncio.get_running_loop())
        if place not in _kept or _kept[place].closed:
            _kept[place] = open_session(endpoint)
        # Whoever asks for a session closes it; this one stays.
        return nullcontext(_kept[place])

    EndpointConfig.session = session


async def close_connections() -> None:
    """Close what `keep_connections` has kept, before the loop ends."""
    while _kept:
        await _kept.popitem()[1].close()


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
                    with _noted(gone, url, clock()):
                        return await ask_one(_at(endpoint, url), *args, **dict(named))
                except aiohttp.ClientConnectionError as error:
                    # Cut off: it has died in the middle, or has just closed a connection that was kept.
                    cut, lost = cut + (not isinstance(error, _UNREACHED)), error
            # A message that ends whoever takes it must not end one server after the other.
            if cut > len(urls) or clock() - min(gone.get(url, clock()) for url in urls) >= _BACK_SECONDS:
                raise lost
            await asyncio.sleep(_LOOK_SECONDS)

    EndpointConfig.request = ask


@contextmanager
def _noted(gone: dict[str, float], url: str, now: float) -> Iterator[None]:
    """Note what one call tells of a server: that it is there, or since when it is gone."""
    try:
        yield
    except (*_UNREACHED, asyncio.TimeoutError):
        # Nor does a connection that was kept say so when its machine is no more.
        gone.setdefault(url, now)
        raise
    except ClientResponseError:
        gone.pop(url, None)
        raise
    gone.pop(url, None)


def _at(endpoint: EndpointConfig, url: str) -> EndpointConfig:
    one = copy.copy(endpoint)
    one.url = url
    return one
