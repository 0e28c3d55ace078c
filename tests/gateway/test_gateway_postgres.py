"""PostgreSQL is gone, silent, or its answers get lost: what people hear, and that it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.desk.databases import database
from tests.fakes.line import Line
from tests.faults.rounds import rounds
from tests.gateway.door import Door
from tests.gateway.storm import weather

# Health waits three seconds for an answer before it calls that a fault.
_FAULTS: dict[str, tuple[Callable[[Line], AbstractContextManager[None]], float]] = {
    "gone": (Line.refusing, 1.5),
    "silent": (Line.silent, 4.5),
    "unheard": (Line.silent_then_cut, 1.5),
}


@pytest.fixture(scope="module")
def _behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Door, Line]]:
    folder, line = tmp_path_factory.mktemp("postgres"), Line(5432)
    with database("postgresql", folder) as url:
        door = Door(folder, DESK_DATABASE_URL=url.replace(":5432", f":{line.port}"))
        door.rasa.start()
        door.start()
        door.wait_for_rasa()
        yield door, line
        door.kill()
        door.engine.dispose()
        door.rasa.stop()
        line.close()


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_database_that_comes_back_is_gone_on_with_and_nothing_is_lost_or_doubled(
    _behind: tuple[Door, Line], fault: str
) -> None:
    door, line = _behind
    door.rasa.reset()
    broken, least = _FAULTS[fault]
    for number, chance in enumerate(rounds()):
        seen = weather(door, chance, broken(line), least if number == 0 else chance.uniform(least, 5))
        assert fault == "unheard" or any("没有回应" in each for each in seen.faults), seen.faults
        assert seen.heard or fault != "gone"  # who was only kept waiting may have noticed nothing
