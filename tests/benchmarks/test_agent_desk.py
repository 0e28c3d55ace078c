from __future__ import annotations

from tests.benchmarks.agent_desk import Got, figures
from tests.benchmarks.scores import Question


def asked(topic: str, *cards: str, second: str = "", certain: int = 0, rooms: tuple[str, ...] = ()) -> Got:
    return Got(Question("u1", "什么", topic, second), cards, cards[:certain], rooms, 10.0, 2.0)


def test_the_figures_tell_cards_rooms_and_wrong_certainty_apart() -> None:
    found = figures(
        [
            asked("materials", "materials", "process", certain=1),
            asked("process", "materials", "office", second="materials", certain=1),
            asked("registration", "process", certain=1),
            asked("eligibility"),
            asked("office", "materials", rooms=("office",)),
            asked("status", rooms=("office",)),
        ]
    )
    assert found["topic or second among what is shown"] == 3 / 6
    assert found["topic among what is shown"] == 2 / 6
    assert found["topic among three cards, where it has cards"] == 1 / 4
    assert found["topic of the first card, where it has cards"] == 1 / 4
    assert found["topic among the rooms, where it has none"] == 1 / 2
    assert found["of the cards shown as certain, on another topic"] == 1 / 3
    assert found["no card and no room"] == 1 / 6
    assert (found["parse p95 ms"], found["suggest p50 ms"], found["both p95 ms"]) == (10.0, 2.0, 12.0)
