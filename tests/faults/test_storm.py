"""Each of the five processes is killed in the middle of a storm, and nothing is lost by it or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.house import House
from tests.faults.rounds import rounds
from tests.faults.storm import Storm
from tests.faults.town import FIVE, Town, opened

pytestmark = pytest.mark.model


@pytest.fixture
def town(house: House) -> Iterator[Town]:
    with opened(house) as town:
        yield town


def test_a_storm_in_which_every_process_is_killed_loses_and_doubles_nothing(town: Town) -> None:
    for chance in rounds():
        with Storm(town, chance) as storm:
            for name in chance.sample(FIVE, len(FIVE)):
                time.sleep(chance.uniform(0.3, 1.5))
                town.kill(name)
                time.sleep(chance.uniform(0, 1))
                town.start(name)
            storm.blow_over()
            print(f"{storm.messages} messages, {storm.deliveries} deliveries, {len(storm.confirmed)} filed")
            assert storm.harm() == []
