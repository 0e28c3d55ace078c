"""People on the page in a storm, each with an end in mind, and how what anybody sends is delivered.

Every message comes three times at least: at once, late, after the next one, by twenty hands; now and then
with other words under the same id. Whoever is told that it did not work says it again, as people do.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import requests

from tests.assistant import Citizen, words
from tests.faults.house import BUSY

PATIENCE = 900  # seconds, for a start of Rasa on a busy machine too: only ends what hangs
SHARE_OF_LIES = 0.06
_SHARE_OF_CROWDS = 0.04


class Deliveries:
    """How the messages of one person reach the gateway: three times each, not always in order."""

    def __init__(self, chance: random.Random, send: Callable[[Any], requests.Response | None]) -> None:
        self._chance, self._send = chance, send
        self._late: list[Any] = []
        self.made = 0

    def until_taken(self, message: Any) -> requests.Response:
        """Deliver a message until somebody takes it, and perhaps some of the former ones beside it."""
        late = [each for each in self._late if self._chance.random() < 0.5]
        self._late = [each for each in self._late if each not in late] + [message] * 2
        crowd = 20 if self._chance.random() < _SHARE_OF_CROWDS else 1
        with ThreadPoolExecutor(20) as hands:
            beside = [hands.submit(self._once, each) for each in late]
            first = [hands.submit(self._until_answered, message) for _ in range(crowd)]
            answers = [each.result() for each in first]
        assert all(each.result() in {None, 200, 202} for each in beside)
        assert {answer.status_code for answer in answers} <= {200, 202}, [a.text for a in answers]
        return answers[0]

    def the_rest(self) -> None:
        """Deliver once more whatever has not come three times yet."""
        for each in self._late:
            self._until_answered(each)
        self._late = []

    def _once(self, message: Any) -> int | None:
        answer = self._send(message)
        self.made += 1
        return None if answer is None or answer.status_code in {500, 503} else answer.status_code

    def _until_answered(self, message: Any) -> requests.Response:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.made += 1
            answer = self._send(message)
            if answer is not None and answer.status_code not in {500, 503}:
                return answer
            time.sleep(0.2)
        raise TimeoutError("no gateway is there")


class Visitor(Citizen):
    """Somebody on the page."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self.chance = chance
        self.ids: list[str] = []
        self._told: list[str] = []
        self._offered: list[str] = []
        self.deliveries = Deliveries(chance, self._send)
        super().__init__(url)

    def history(self) -> list[dict[str, Any]]:
        for _ in range(PATIENCE):
            with suppress(requests.RequestException):
                answer = self.http.get(f"{self.url}/api/messages", timeout=10)
                if answer.ok:
                    return list(answer.json()["messages"])
            time.sleep(1)
        raise TimeoutError("no gateway is there")

    def post(self, **body: Any) -> requests.Response:
        body.setdefault("id", uuid.uuid4().hex)
        answer = self.deliveries.until_taken(body)
        self.ids.append(body["id"])
        if self.chance.random() < SHARE_OF_LIES:
            lie = self._send({"id": body["id"], "text": "换成别的话"})
            assert lie is None or lie.status_code in {409, 500, 503}, lie.text
        return answer

    def says(self, text: str) -> str:
        return self._until_it_worked(lambda: self.say(text))

    def chooses(self, title: str) -> str:
        return self._until_it_worked(lambda: self.press(title))

    def begins(self) -> str:
        """Press one of the buttons that stand above every conversation."""
        self.buttons = {b["title"]: b["token"] for b in self.history()[0]["buttons"]}
        return self.chooses("投诉和建议")

    def offered(self) -> list[str]:
        """The buttons of the last answer."""
        return self._offered

    def heard(self) -> str:
        return "\n".join(self._told)

    def _until_it_worked(self, do: Callable[[], list[dict[str, Any]]]) -> str:
        while BUSY in (told := words(said := do())):
            time.sleep(1)
        self._offered = [button["title"] for message in said for button in message["buttons"]]
        self._told.append(told)
        return told

    def _wait_for_reply(self) -> list[dict[str, Any]]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = self.history()
            asked = max(i for i, message in enumerate(said) if message["from"] == "citizen")
            if replies := [m for m in said[asked + 1 :] if m["from"] == "bot"]:
                return replies
            time.sleep(0.3)
        raise TimeoutError("no reply came")

    def _send(self, body: dict[str, Any]) -> requests.Response | None:
        with suppress(requests.RequestException):
            cookies = self.http.cookies.get_dict()
            return requests.post(f"{self.url}/api/messages", json=body, cookies=cookies, timeout=30)
        return None
