"""The power goes in the middle of a storm: new processes open what lay on the disk, and all is there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.house import House, until
from tests.faults.rounds import rounds
from tests.faults.storm import Storm
from tests.faults.town import FIVE, Town, opened
from tests.faults.visitors import PATIENCE

pytestmark = pytest.mark.model


@pytest.fixture
def town(house: House) -> Iterator[Town]:
    with opened(house) as town:
        yield town


def test_after_a_power_cut_every_number_that_was_told_exists_and_the_rest_is_finished(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for chance in rounds():
        with Storm(town, chance) as storm:
            # So many complaints have been told their numbers, and some more are under way.
            least = chance.randrange(1, 12)
            until(lambda storm=storm, least=least: len(storm.confirmed) >= least, PATIENCE)
            time.sleep(chance.uniform(0, 1))
            town.cut_the_power(tmp_path_factory.mktemp("after"), chance)
            print(f"{storm.messages} messages and {len(storm.confirmed)} complaints before the cut")
            town.start(*FIVE)
            assert town.faults_of_files() == []
            assert storm.told_of_nothing() == []
            storm.blow_over()
            assert storm.harm() == []
