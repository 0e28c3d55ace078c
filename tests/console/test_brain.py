from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from console.brain import Brain
from desk.doubt import Guess
from desk.suggest import Understood
from tests.assistant import free_port
from tests.fakes.understanding import UNDERSTOOD, FakeUnderstanding

WORDS = "要带什么材料"


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


class Seconds:
    """A clock that a test moves on."""

    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest_asyncio.fixture
async def rasa() -> AsyncIterator[FakeUnderstanding]:
    fake = FakeUnderstanding("secret")
    yield fake
    await fake.stop()


@pytest_asyncio.fixture
async def brain(rasa: FakeUnderstanding, clock: Seconds) -> AsyncIterator[Brain]:
    made = Brain([address(await rasa.start())], "secret", clock)
    yield made
    await made.close()


async def test_what_the_model_understood_is_told(brain: Brain) -> None:
    assert await brain.understand(WORDS) == Understood(
        guesses=(Guess("materials", 0.9), Guess("process", 0.05)),
        asks=(Guess("materials", 0.95),),
        heard=WORDS,
    )


async def test_only_the_first_part_of_a_long_text_is_sent(brain: Brain, rasa: FakeUnderstanding) -> None:
    await brain.understand("字" * 5000)
    assert rasa.texts == ["字" * 2000]


@pytest.mark.parametrize(
    "trouble",
    [
        {"seconds": 1.0},
        {"status": 503},
        {"status": 500},
        {"answer": []},
        {"answer": {}},
        {"answer": {**UNDERSTOOD, "label_ranking": [{"name": "x"}]}},
        {"answer": {**UNDERSTOOD, "asks": None}},
    ],
)
async def test_a_model_that_does_not_answer_well_is_none(
    brain: Brain, rasa: FakeUnderstanding, trouble: dict[str, Any]
) -> None:
    vars(rasa).update(trouble)
    assert await brain.understand(WORDS) is None


async def test_a_wrong_token_is_none(rasa: FakeUnderstanding) -> None:
    brain = Brain([address(await rasa.start())], "wrong")
    assert await brain.understand(WORDS) is None
    await brain.close()


async def test_after_a_failure_the_model_is_left_alone_for_two_seconds(
    brain: Brain, rasa: FakeUnderstanding, clock: Seconds
) -> None:
    rasa.status = 500
    assert await brain.understand(WORDS) is None
    rasa.status = 200
    clock.at += 1.9
    assert await brain.understand(WORDS) is None
    assert len(rasa.texts) == 1
    clock.at += 0.2
    assert await brain.understand(WORDS) is not None


async def test_one_slow_answer_leaves_the_model_on_and_three_in_a_row_do_not(
    brain: Brain, rasa: FakeUnderstanding
) -> None:
    for slow, answers in ((1.0, False), (1.0, False), (0.0, True), (1.0, False), (1.0, False), (0.0, True)):
        rasa.seconds = slow
        assert (await brain.understand(WORDS) is not None) == answers
    rasa.seconds = 1.0
    for _ in range(3):
        assert await brain.understand(WORDS) is None
    rasa.seconds = 0.0
    assert await brain.understand(WORDS) is None
    assert len(rasa.texts) == 9


@pytest.mark.parametrize("trouble", [{"status": 404}, {"answer": {}}])
async def test_an_answer_that_cannot_be_used_leaves_the_model_on(
    brain: Brain, rasa: FakeUnderstanding, trouble: dict[str, Any]
) -> None:
    vars(rasa).update(trouble)
    assert await brain.understand(WORDS) is None
    rasa.status, rasa.answer = 200, UNDERSTOOD
    assert await brain.understand(WORDS) is not None


async def test_a_model_that_is_not_there_is_none(brain: Brain, rasa: FakeUnderstanding) -> None:
    await rasa.stop()
    assert await brain.understand(WORDS) is None


async def test_the_next_model_answers_where_one_is_not_there(rasa: FakeUnderstanding) -> None:
    brain = Brain([address(free_port()), address(await rasa.start())], "secret")
    assert await brain.understand(WORDS) is None
    assert await brain.understand(WORDS) is not None
    await brain.close()
