"""A 12333 agent and a ticket's news reach a person on WeChat; a voice message reaches the speech service."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from desk import conversation
from desk.live import END, Waiting
from tests.gateway.door import until
from tests.gateway.wechat_house import Phone, WechatDoor, opened

STAFF = "s-1"
_GO_ON = threading.Event()


class Speech(BaseHTTPRequestHandler):
    """Hears whatever the bytes of the sound say."""

    def do_POST(self) -> None:
        sound = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["authorization"] == "Bearer speech-token"
        if sound == b"hang":
            _GO_ON.wait(30)
        status = 500 if sound == b"noise" else 200
        body = json.dumps({"text": sound.decode()}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatDoor]:
    speech = ThreadingHTTPServer(("127.0.0.1", 0), Speech)
    threading.Thread(target=speech.serve_forever, args=(0.02,), daemon=True).start()
    settings = {
        "DESK_WECHAT_SPEECH_URL": f"http://127.0.0.1:{speech.server_port}/",
        "DESK_WECHAT_SPEECH_TOKEN": "speech-token",
    }
    yield from opened(WechatDoor(tmp_path_factory.mktemp("live"), **settings))
    _GO_ON.set()
    speech.shutdown()


@pytest.fixture
def phone(door: WechatDoor) -> Phone:
    door.rasa.reset()
    return door.phone()


def _take(door: WechatDoor, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the person wait, and an agent take the conversation."""
    live = door.counter.live
    monkeypatch.setattr(type(live.hours), "open_at", lambda *_: True)
    live.present(STAFF)
    assert isinstance(live.ask(phone.sender_id, "wechat"), Waiting)
    live.take(phone.sender_id, STAFF, "座席07")


def test_an_agent_and_a_person_write_to_each_other(
    door: WechatDoor, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.says("你好")
    _take(door, phone, monkeypatch)
    until(lambda: "已经接入" in "".join(phone.pushed()))
    assert phone.says("我的钱还没到") == "", "the bot keeps quiet"
    assert door.rasa.texts(phone.sender_id) == ["你好"]
    door.counter.live.say(phone.sender_id, STAFF, "请稍等，我查一下")
    until(lambda: phone.pushed()[-1] == "座席07：请稍等，我查一下")
    assert [m.body["text"] for m in phone.log() if m.author == "citizen"] == ["你好", "我的钱还没到"]


def test_a_number_means_no_choice_while_an_agent_is_there(
    door: WechatDoor, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.says("你好")
    _take(door, phone, monkeypatch)
    until(lambda: phone.pushed())
    assert phone.says("1") == ""
    assert door.rasa.texts(phone.sender_id) == ["你好"]


def test_the_person_can_end_it_in_words(
    door: WechatDoor, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.says("你好")
    _take(door, phone, monkeypatch)
    until(lambda: END in "".join(phone.pushed()))
    phone.says(END)
    assert door.rasa.texts(phone.sender_id)[-1] == '/human{"value": "leave"}'


def test_the_news_of_a_ticket_is_sent(door: WechatDoor, phone: Phone) -> None:
    phone.says("你好")
    with door.engine.begin() as connection:
        conversation.say(
            connection,
            phone.sender_id,
            conversation.NOTICE,
            {"text": "您的工单有新进展", "buttons": [{"title": "看详情", "payload": "/complaint_followup"}]},
        )
    until(lambda: "您的工单有新进展" in "".join(phone.pushed()))
    phone.says("1")
    assert door.rasa.texts(phone.sender_id)[-1] == "/complaint_followup"


def test_a_voice_message_is_heard_by_the_speech_service(door: WechatDoor, phone: Phone) -> None:
    packet = door.account.voice(phone.openid, recognition="")
    media_id = packet.xml.split("<MediaId><![CDATA[")[1].split("]]")[0]
    door.api.media[media_id] = "厂子倒了怎么办".encode()
    assert phone.sends(packet).text == "收到：厂子倒了怎么办"
    assert phone.sends(packet).text == "收到：厂子倒了怎么办"
    assert door.rasa.texts(phone.sender_id) == ["厂子倒了怎么办"]


@pytest.mark.parametrize("sound", [b"noise", None], ids=["the service fails", "the sound is gone"])
def test_a_voice_message_that_nobody_can_hear_is_answered_too(
    door: WechatDoor, phone: Phone, sound: bytes | None
) -> None:
    packet = door.account.voice(phone.openid)
    media_id = packet.xml.split("<MediaId><![CDATA[")[1].split("]]")[0]
    if sound:
        door.api.media[media_id] = sound
    assert "请打字" in (phone.sends(packet).text or "")


def test_a_speech_service_that_hangs_keeps_nobody_else_waiting(door: WechatDoor, phone: Phone) -> None:
    _GO_ON.clear()
    door.api.media.update({f"hang-{number}": b"hang" for number in range(12)})
    spoken = [
        door.account.message(f"o-{number}", "voice", MediaId=f"hang-{number}", Format="amr")
        for number in range(12)
    ]
    with ThreadPoolExecutor(12) as pool:
        voices = [pool.submit(phone.sends, packet) for packet in spoken]
        until(lambda: any(voice.running() for voice in voices))
        bystander = door.phone()
        answer = bystander.sends(door.account.text(bystander.openid, "盘龙区在哪里办"))
        assert (answer.text, answer.tries) == ("收到：盘龙区在哪里办", 1)
        heard = [voice.result() for voice in voices]
    _GO_ON.set()
    assert all("请打字" in (each.text or "") for each in heard)
