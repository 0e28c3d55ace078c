"""Two gateways, two Rasas, two action servers, a console and a worker on PostgreSQL, each killed under load.

Afterwards nothing is lost and nothing doubled. The seed that is printed decides the order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.faults.crowd import Crowd
from tests.faults.house import until
from tests.faults.machines import NAMES, Machines
from tests.faults.rounds import ROUNDS, chance_of

pytestmark = pytest.mark.model


@dataclass
class Storm:
    """What is left of it."""

    machines: Machines
    crowds: list[Crowd]


@pytest.fixture(scope="module")
def crowds() -> list[Crowd]:
    """Everybody who has written so far."""
    return []


@pytest.fixture(scope="module", params=range(ROUNDS))
def storm(request: pytest.FixtureRequest, machines: Machines, crowds: list[Crowd]) -> Storm:
    """Kill every process once, in an order by chance, while citizens write; start it again a little later."""
    chance = chance_of(request.param)
    crowd = Crowd(machines, chance.randrange(10**6))
    crowds.append(crowd)
    for name in chance.sample(NAMES, len(NAMES)):
        time.sleep(chance.uniform(0.5, 2))
        machines.kill(name)
        time.sleep(chance.uniform(0, 2))
        machines.start(name)
        machines.wait(name)
    crowd.leave()
    until(lambda: machines.rows("SELECT count(*) FROM inbox WHERE state = 'new'") == [(0,)])
    until(lambda: not untold(machines))
    return Storm(machines, crowds)


def untold(machines: Machines) -> list[object]:
    """What WeChat's people were answered and have not got."""
    return machines.rows(
        "SELECT seq FROM message LEFT JOIN wechat_delivery USING (seq) WHERE author <> 'citizen'"
        " AND message.sender_id LIKE 'wx-%' AND wechat_delivery.seq IS NULL"
    )


def test_every_message_is_answered_and_none_is_left_to_a_person(storm: Storm) -> None:
    states = storm.machines.rows("SELECT channel, state, count(*) FROM inbox GROUP BY 1, 2 ORDER BY 1")
    web = [key for crowd in storm.crowds for traveller in crowd.travellers for key in traveller.keys]
    wechat = sum(follower.sent for crowd in storm.crowds for follower in crowd.followers)
    print(states)
    assert states == [("web", "done", len(web)), ("wechat", "done", wechat)]


def test_every_message_has_its_words_and_its_answer_once_in_the_log(storm: Storm) -> None:
    doubled = storm.machines.rows(
        "SELECT inbox_key, body::text FROM message WHERE inbox_key IS NOT NULL"
        " GROUP BY inbox_key, author, body::text HAVING count(*) > 1"
    )
    mute = storm.machines.rows(
        "SELECT key FROM inbox WHERE NOT EXISTS"
        " (SELECT 1 FROM message WHERE inbox_key = key AND author = 'bot')"
    )
    assert (doubled, mute) == ([], [])


def test_every_confirmed_complaint_is_one_ticket_and_its_number_was_told(storm: Storm) -> None:
    people = [traveller for crowd in storm.crowds for traveller in crowd.travellers]
    confirmed = {story: told for each in people for story, told in each.stories.items()}
    filed = storm.machines.rows("SELECT narrative, public_no FROM ticket")
    assert sorted(story for story, _ in filed) == sorted(confirmed)
    assert all(number in confirmed[story] for story, number in filed)


def test_rasa_remembers_every_turn_once(storm: Storm) -> None:
    """A turn that was asked for again after a kill is found and not held once more."""
    doubled = storm.machines.rows(
        "SELECT data::json ->> 'message_id' FROM events WHERE type_name = 'user'"
        " GROUP BY 1 HAVING count(*) > 1"
    )
    assert doubled == []
