"""The secret and the profile change between two starts: nobody is forgotten and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.door import until
from tests.gateway.wechat_house import WechatDoor

OFFER = [{"text": "选一个", "buttons": [{"title": "第一个", "payload": "/materials"}]}]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[WechatDoor]:
    opened = WechatDoor(tmp_path)
    opened.rasa.answers["给我按钮"] = OFFER
    opened.rasa.start()
    opened.start()
    opened.wait_for_rasa()
    yield opened
    opened.close()


def test_after_a_change_of_keys_a_repeated_message_has_its_old_answer_and_no_second_effect(
    door: WechatDoor,
) -> None:
    citizen, phone = door.citizen(), door.phone()
    said = citizen.post(id="m-1", text="给我按钮").json()
    button = said["messages"][0]["buttons"][0]["token"]
    packet = door.account.text(phone.openid, "第一条消息")
    answered = until(lambda: phone.sends(packet).text)
    heard = door.rasa.texts()

    (door.var / "secret.key").rename(door.var / "secret.former")
    door.restart(DESK_CRYPTO="gm")
    assert phone.sends(packet).text == answered
    again = citizen.post(id="m-1", text="给我按钮").json()
    assert [each["text"] for each in again["messages"]] == ["选一个"]
    assert door.rasa.texts() == heard
    assert citizen.post(id="m-1", text="别的话").status_code == 409
    citizen.post(id="m-2", button=button)
    assert door.rasa.texts() == [*heard, "/materials"]
    assert phone.says("第二条消息")
    assert len(door.states(phone.sender_id)) == 2
