"""People who write to one gateway while its database fails: what they hear, and what is there afterwards."""

from __future__ import annotations

import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random

import requests

from desk.invariants import open_invariants
from tests.assistant import Citizen
from tests.gateway.door import Door, until

_AWAY = "系统暂时存不了东西"
_WRITERS = 6
_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits might be somebody's phone


class Writer(Citizen):
    """Somebody who sends a message again, under its id, until it was taken, as the page offers to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.heard: list[str] = []  # what was said to a message that was not taken

    def insists(self, text: str) -> None:
        message_id = uuid.uuid4().hex
        while True:
            answer = self.post(id=message_id, text=text)
            if answer.status_code in {200, 202}:
                return
            assert answer.status_code == 503, answer.text
            self.heard.append(answer.json()["error"]["message"])
            time.sleep(0.2)

    def writes(self, pause: float, seconds: float) -> list[str]:
        """Write until the fault is over and a little longer; return what was written."""
        texts: list[str] = []
        end = time.monotonic() + seconds + 1
        while time.monotonic() < end or not texts:
            texts.append(uuid.uuid4().hex.translate(_LETTERS))
            self.insists(texts[-1])
            time.sleep(0.2 + pause)
        return texts


@dataclass(frozen=True)
class Seen:
    """What was to be seen during one fault."""

    faults: set[str]  # as the health told them
    heard: set[str]  # by people whose message was not taken


def weather(door: Door, chance: Random, fault: AbstractContextManager[None], seconds: float) -> Seen:
    """Put a fault in while people write, at a moment of chance, and see that nothing is lost or doubled."""
    writers = [Writer(door.url) for _ in range(_WRITERS)]
    with ThreadPoolExecutor(_WRITERS) as pool:
        busy = [pool.submit(each.writes, chance.random(), seconds) for each in writers[1:]]
        time.sleep(chance.uniform(0.1, 0.9))
        door.rasa.hold()  # so that answers come while they cannot be written down
        time.sleep(0.4)
        with fault:
            # The others may all be waiting for an answer, and write again only when it is over.
            busy.insert(0, pool.submit(writers[0].writes, chance.random(), seconds))
            door.rasa.go_on()
            looks, faults = _looked(door, seconds)
        said = [each.result(120) for each in busy]
    print(f"{seconds:.1f} s, {len(looks)} looks, median {statistics.median(looks) * 1000:.0f} ms")
    heard = {sentence for writer in writers for sentence in writer.heard}
    assert all(sentence.startswith(_AWAY) for sentence in heard), heard
    until(door.nothing_waits)
    for writer, texts in zip(writers, said, strict=True):
        log = [(m["from"], m["text"]) for m in writer.history()[1:]]
        assert [text for who, text in log if who == "citizen"] == texts, (log, texts)
        assert [text for who, text in log if who == "bot"] == [f"收到：{text}" for text in texts], log
    _asked_once_or_said_so(door)
    until(lambda: door.health()["status"] == "ok")
    assert list(open_invariants(door.counter.settings).breaches()) == []
    return Seen(faults, heard)


def _looked(door: Door, seconds: float) -> tuple[list[float], set[str]]:
    """How long each look at the health took, and what was wrong."""
    took: list[float] = []
    faults: set[str] = set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        answer = requests.get(f"{door.url}/healthz", timeout=5)
        took.append(time.monotonic() - begun)
        fault = answer.json()["fault"]
        assert answer.status_code == (503 if fault else 200)
        faults.add(fault)
        time.sleep(0.1)
    return took, faults - {""}


def _asked_once_or_said_so(door: Door) -> None:
    """Rasa, which knows what it has carried out, is told of every message that it may have had before."""
    asked: set[str] = set()
    for turn in door.rasa.received:
        assert turn["message_id"] not in asked or turn["again"], turn["text"]
        asked.add(turn["message_id"])
