"""Three hundred people at once, and Rasa slow: nobody is passed over, nobody is taken for granted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.gateway.brain import AT_ONCE, Brain
from tests.assistant import free_port
from tests.fakes.rasa import FakeRasa
from tests.gateway.door import Door, until

PEOPLE, LINES = 300, 12


@pytest.fixture
async def brain(door_rasa: FakeRasa) -> AsyncIterator[Brain]:
    made = Brain([door_rasa.url], "right")
    assert await made.look()
    yield made
    door_rasa.go_on()
    await made.close()


@pytest.fixture
def door_rasa() -> FakeRasa:
    made = FakeRasa("right", free_port())
    made.start()
    return made


async def asked(brain: Brain, number: int) -> str:
    said = await brain.ask(f"web-{number}", f"第{number}个", f"k{number}")
    return str(said.messages[0]["text"])


async def test_rasa_gets_a_few_turns_at_a_time_in_the_order_in_which_they_came(
    brain: Brain, door_rasa: FakeRasa
) -> None:
    door_rasa.hold()
    asking = [asyncio.create_task(asked(brain, number)) for number in range(PEOPLE)]
    await asyncio.to_thread(until, lambda: len(door_rasa.received) == AT_ONCE)
    assert sorted(door_rasa.texts()) == sorted(f"第{number}个" for number in range(AT_ONCE))
    door_rasa.go_on()
    assert await asyncio.gather(*asking) == [f"收到：第{number}个" for number in range(PEOPLE)]
    places = {text: place for place, text in enumerate(door_rasa.texts())}
    assert all(abs(places[f"第{number}个"] - number) <= 2 * AT_ONCE for number in range(PEOPLE))


async def test_a_rasa_that_is_only_busy_is_seen_to_be_there(brain: Brain, door_rasa: FakeRasa) -> None:
    door_rasa.hold()
    asking = [asyncio.create_task(asked(brain, number)) for number in range(PEOPLE)]
    await asyncio.to_thread(until, lambda: len(door_rasa.received) >= AT_ONCE)
    assert await asyncio.wait_for(brain.look(), 10)
    door_rasa.go_on()
    await asyncio.gather(*asking)


async def test_the_wait_for_a_place_is_no_part_of_the_turn(
    brain: Brain, door_rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.brain._TURN_SECONDS", 8)
    door_rasa.hold()
    first = [asyncio.create_task(asked(brain, number)) for number in range(AT_ONCE)]
    await asyncio.to_thread(until, lambda: len(door_rasa.received) == AT_ONCE)
    others = [asyncio.create_task(asked(brain, number)) for number in range(AT_ONCE, PEOPLE)]
    await asyncio.sleep(5)
    door_rasa.go_on()
    assert len(await asyncio.gather(*first, *others)) == PEOPLE
    assert brain.ready


async def test_three_hundred_people_are_all_answered_through_page_or_stream(impatient: Door) -> None:
    impatient.rasa.hold()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def post(number: int) -> str:
            body = {"id": "m", "text": f"第{number}个问"}
            async with http.post(f"{impatient.url}/api/messages", json=body) as answer:
                assert answer.status == 202, await answer.text()
                return answer.cookies["desk_session"].value

        posted = await asyncio.gather(*(post(number) for number in range(PEOPLE)))
        assert impatient.health()["rasa"]
        impatient.rasa.go_on()
        await asyncio.to_thread(until, impatient.nothing_waits)
        for number, cookie in enumerate(posted):
            headers = {"cookie": f"desk_session={cookie}"}
            async with http.get(f"{impatient.url}/api/messages", headers=headers) as answer:
                said = (await answer.json())["messages"]
            assert [m["text"] for m in said[1:]] == [f"第{number}个问", f"收到：第{number}个问"]
    assert len(impatient.rasa.texts()) == PEOPLE


async def test_who_writes_many_lines_at_once_keeps_nobody_waiting(impatient: Door) -> None:
    impatient.rasa.hold()
    chatty, other = impatient.citizen(), impatient.citizen()
    for number in range(LINES):
        assert chatty.post(text=f"第{number}行").status_code == 202
    until(lambda: impatient.rasa.texts() == ["第0行"])
    assert other.post(text="就问一句").status_code == 202
    until(lambda: "就问一句" in impatient.rasa.texts())
    impatient.rasa.go_on()
    until(impatient.nothing_waits)
    mine = impatient.rasa.texts(impatient.sender_id(chatty))
    assert mine == [f"第{number}行" for number in range(LINES)]
    assert impatient.rasa.overlapping == []
