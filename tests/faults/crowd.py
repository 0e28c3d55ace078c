"""Citizens who write to either of two gateways, some of it to both at once, and again when nothing comes."""

from __future__ import annotations

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import requests

from tests.assistant import Citizen, words
from tests.fakes.wechat.packets import Packet
from tests.faults.house import unheard
from tests.faults.machines import Machines

QUESTIONS = ("失业金能领几个月", "领失业金要带什么材料", "五华区在哪里办", "医保谁来交", "怎么申请失业金")
_STEPS = ("不清楚", "记不清了", "在这里答复", "匿名")


class Traveller(Citizen):
    """Somebody on the page, whose every message may reach the one gateway or the other, or both."""

    def __init__(self, gateways: tuple[str, str], chance: random.Random) -> None:
        self._gateways, self._chance = gateways, chance
        self.keys: list[str] = []
        self.stories: dict[str, str] = {}  # of the complaints that were confirmed, with what was answered
        super().__init__(gateways[0])

    def history(self) -> list[dict[str, Any]]:
        return list(self._until_answered("GET", 1).json()["messages"])

    def post(self, **body: Any) -> requests.Response:
        body.setdefault("id", uuid.uuid4().hex)
        self.keys.append(body["id"])
        return self._until_answered("POST", 2 if self._chance.random() < 0.3 else 1, body)

    def complain(self) -> None:
        """Write a complaint to its end."""
        story = unheard()
        self.buttons = {b["title"]: b["token"] for b in self.history()[0]["buttons"]}
        self.press("投诉和建议")
        self.say(story)
        for answer in _STEPS:
            self.press(answer)
        self.stories[story] = words(self.press("确认提交"))

    def _until_answered(self, method: str, copies: int, body: object = None) -> requests.Response:
        """Send it to one gateway or to both at once, and again until one of them has answered."""
        cookies = self.http.cookies.get_dict()

        def send(url: str) -> requests.Response | None:
            with suppress(requests.RequestException):
                return requests.request(method, f"{url}/api/messages", json=body, cookies=cookies, timeout=30)
            return None

        for _ in range(100):
            urls = self._chance.sample(self._gateways, copies)
            with ThreadPoolExecutor(2) as pool:
                answers = [answer for answer in pool.map(send, urls) if answer is not None]
            assert all(answer.status_code in {200, 202} for answer in answers), [a.text for a in answers]
            if answers:
                self.http.cookies.update(answers[0].cookies)
                return answers[0]
            time.sleep(0.1)
        raise TimeoutError("no gateway is there")


class Follower:
    """Somebody with WeChat, whose platform delivers up to three times, to whichever gateway there is."""

    def __init__(self, machines: Machines, chance: random.Random) -> None:
        self._machines, self._chance = machines, chance
        self.openid = f"o{uuid.uuid4().hex[:26]}"
        self.sent = 0

    def ask(self) -> None:
        """Ask something and wait until it is settled, however the answer comes."""
        packet = self._machines.account.text(self.openid, self._chance.choice(QUESTIONS))
        copies = 2 if self._chance.random() < 0.3 else 1
        with ThreadPoolExecutor(2) as pool:
            taken = list(pool.map(lambda _: self._deliver(packet), range(copies)))
        assert any(taken)
        self.sent += 1

    def _deliver(self, packet: Packet) -> bool:
        for _ in range(100):
            with suppress(requests.RequestException):
                query, body = self._machines.account.request(packet)
                url = self._chance.choice(self._machines.gateways)
                answer = requests.post(f"{url}/wechat", params=query, data=body, timeout=5)
                return answer.status_code == 200
            time.sleep(0.1)
        return False


class Crowd:
    """Citizens of both kinds, each in a thread, until `leave`."""

    def __init__(self, machines: Machines, seed: int, travellers: int = 4, followers: int = 2) -> None:
        chances = [random.Random(seed * 100 + number) for number in range(travellers + followers)]
        self.travellers = [Traveller(machines.gateways, chance) for chance in chances[:travellers]]
        self.followers = [Follower(machines, chance) for chance in chances[travellers:]]
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(travellers + followers)
        self._running = [
            *(
                self._pool.submit(self._travel, each, chance)
                for each, chance in zip(self.travellers, chances, strict=False)
            ),
            *(self._pool.submit(self._follow, each) for each in self.followers),
        ]

    def leave(self) -> None:
        """Let everybody end what he is at; raise what went wrong for anybody."""
        self._over.set()
        for each in self._running:
            each.result(120)
        self._pool.shutdown()

    def _travel(self, citizen: Traveller, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0.1, 0.6)):
            if chance.random() < 0.3:
                citizen.complain()
            else:
                citizen.say(chance.choice(QUESTIONS))

    def _follow(self, follower: Follower) -> None:
        while not self._over.wait(0.7):
            follower.ask()
