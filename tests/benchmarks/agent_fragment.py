"""`python -m tests.benchmarks.agent_fragment [FILE]` measures the agent's desk over HTTP, one at a time.

FILE as for `tests.benchmarks.understanding`. The console is a process of its own; a fake stands for Rasa. It
answers after a fixed time and knows every topic, so that what is measured is the console.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from desk.tickets.terms import Role
from tests.benchmarks.understanding import read_questions
from tests.console.door import StaffDoor
from tests.fakes.understanding import FakeUnderstanding

_FILE = Path("tests/data/understanding.tsv")
_RASA_SECONDS = 0.03


def milliseconds(door: StaffDoor, rasa: FakeUnderstanding, asked: list[tuple[str, str]]) -> list[float]:
    """Return how long each fragment took, from the words sent to the last byte."""
    agent = door.signed_in(Role.AGENT)
    agent.get("/agent")
    spans = []
    for words, topic in asked:
        rasa.means(**{topic: 0.9})
        started = time.perf_counter()
        answer = agent.post("/agent/look", htmx=True, words=words)
        spans.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    return spans


def main(arguments: list[str]) -> int:
    """Print p50, p95 and the longest, with the load of the machine beside them."""
    questions = read_questions(Path(arguments[0]) if arguments else _FILE)
    asked = [(question.text, question.topic) for question in questions]
    with tempfile.TemporaryDirectory() as folder:
        door = StaffDoor(Path(folder))
        rasa = FakeUnderstanding(door.settings.loopback_token, door.settings.rasa_port)
        rasa.seconds = _RASA_SECONDS
        rasa.start_beside()
        door.start()
        try:
            spans = milliseconds(door, rasa, asked)
        finally:
            door.kill()
    p = quantiles(spans, n=100)
    print(
        f"{len(spans)} fragments, Rasa answering in {_RASA_SECONDS * 1000:.0f} ms: "
        f"p50 {p[49]:.0f} ms, p95 {p[94]:.0f} ms, longest {max(spans):.0f} ms; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
