"""The agent's desk with a model that answers: it names the topic, and its absence is said at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.tickets.terms import Role
from tests.console.door import StaffDoor, StaffMember
from tests.desk.ticket_room import PLANTED_PHONE
from tests.fakes.understanding import UNDERSTOOD, FakeUnderstanding


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffDoor]:
    made = StaffDoor(tmp_path_factory.mktemp("with-model"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def rasa(door: StaffDoor) -> FakeUnderstanding:
    fake = FakeUnderstanding(door.settings.loopback_token, door.settings.rasa_port)
    fake.start_beside()
    return fake


@pytest.fixture(scope="module")
def agent(door: StaffDoor, rasa: FakeUnderstanding) -> StaffMember:
    return door.signed_in(Role.AGENT)


def look(agent: StaffMember, words: str) -> str:
    return agent.post("/agent/look", htmx=True, words=words).text


def test_the_model_names_the_topic(agent: StaffMember, rasa: FakeUnderstanding) -> None:
    rasa.means(process=0.95)
    page = look(agent, "那个要咋个整")
    assert "只按字词查找" not in page and 'data-card="1"' in page
    assert '<p class="say">' in page


def test_a_topic_without_cards_says_where_it_is_answered(agent: StaffMember, rasa: FakeUnderstanding) -> None:
    rasa.means(status=0.95)
    page = look(agent, "我的申请办到哪一步了")
    assert "我的申请办到哪了" in page and "进度只给本人看" in page


def test_the_model_sees_no_personal_number(agent: StaffMember, rasa: FakeUnderstanding) -> None:
    rasa.answer = UNDERSTOOD
    look(agent, f"回我电话{PLANTED_PHONE}")
    agent.post("/agent/form", htmx=True, words=f"回我电话{PLANTED_PHONE}")
    assert rasa.texts[-2:] == ["回我电话〔手机号#1〕"] * 2


def test_a_slow_model_is_not_waited_for(agent: StaffMember, rasa: FakeUnderstanding) -> None:
    rasa.seconds = 3.0
    page = look(agent, "要带什么材料")
    assert "只按字词查找" in page and 'data-card="1"' in page
    rasa.seconds = 0.0
    assert "只按字词查找" not in look(agent, "要带什么材料")
