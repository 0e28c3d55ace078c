"""A storm over one machine: people on the page and with WeChat, who ask and complain until it is over."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import requests

from desk.invariants import open_invariants
from desk.settings import derive
from desk.tickets.number import numbers_in
from tests.assistant import words
from tests.fakes.wechat.packets import Packet
from tests.faults.house import BUSY, unheard, until
from tests.faults.rounds import ROUNDS
from tests.faults.town import Town
from tests.faults.visitors import PATIENCE, SHARE_OF_LIES, Deliveries, Visitor

LEAST = 200 if ROUNDS > 1 else 60  # messages of a storm
_QUESTIONS = ("失业金能领几个月", "领失业金要带什么材料", "五华区在哪里办", "医保谁来交", "怎么申请失业金")
# What is pressed at each step of a complaint: whichever of these is offered.
_STEPS = ("投诉、提意见", "确认提交", "匿名", "在这里答复", "记不清了", "不清楚")
_SAID = """
    select body from message where sender_id = ? and author <> 'citizen' and seq >
    (select max(seq) from message where sender_id = ? and author = 'citizen') order by seq
"""
_TICKETS = "select public_no, narrative from ticket"
_UNSETTLED = """
    select 1 from inbox where sender_id = ? and state = 'new' union all
    select 1 from message left join wechat_delivery using (seq)
    where author <> 'citizen' and message.sender_id = ? and wechat_delivery.seq is null
"""


class Follower:
    """Somebody with WeChat; what he hears is what the platform was given, as a reply or as a push."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self._town, self.chance = town, chance
        self.openid = f"o{uuid.uuid4().hex[:26]}"
        self.ids: list[str] = []
        self._replies: list[str] = []
        self.deliveries = Deliveries(chance, self._send)

    def begins(self) -> str:
        return self.chooses("我要投诉")

    def says(self, text: str) -> str:
        """Write, wait until it is settled and everything is told, and return the last thing that was said."""
        packet = self._town.account.text(self.openid, text)
        self.deliveries.until_taken(packet)
        self.ids.append(packet.message_id)
        if self.chance.random() < SHARE_OF_LIES:
            self._send(replace(packet, xml=packet.xml.replace(text, "换成别的话")))
        until(self._settled, PATIENCE)
        return words(self._said())

    def chooses(self, title: str) -> str:
        while BUSY in (told := self.says(title)):
            time.sleep(1)
        return told

    def offered(self) -> list[str]:
        return [button["title"] for each in self._said() for button in each["buttons"]]

    def heard(self) -> str:
        return "\n".join(self._replies + self._town.pushed(self.openid))

    def _sender(self) -> str:
        hashed = derive(self._town.house.settings.secret, "wechat").mac(self.openid)
        found = self._town.rows("select sender_id from wechat_follower where openid_hash = ?", hashed)
        return str(found[0][0])

    def _settled(self) -> bool:
        sender = self._sender()
        return not self._town.rows(_UNSETTLED, sender, sender)

    def _said(self) -> list[dict[str, Any]]:
        """What was said since the last words of his own."""
        sender = self._sender()
        bodies = [json.loads(row[0]) for row in self._town.rows(_SAID, sender, sender)]
        return [{"text": "", "buttons": [], **body} for body in bodies]

    def _send(self, packet: Packet) -> requests.Response | None:
        with suppress(requests.RequestException):
            query, body = self._town.account.request(packet)
            answer = requests.post(f"{self._town.url}/wechat", params=query, data=body, timeout=20)
            if answer.ok and (text := self._town.account.read(answer, packet)):
                self._replies.append(text)
            return answer
        return None


Person = Visitor | Follower


class Storm:
    """Ten people of each kind, each in a thread, until `over` and at least `LEAST` messages were sent."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self.town = town
        self.confirmed: dict[str, Person] = {}  # who heard that this story was filed
        self._before = dict(town.rows(_TICKETS))
        self._rows_before = self._rows()
        self._over, self._left = threading.Event(), threading.Event()
        chances = [random.Random(chance.random()) for _ in range(20)]
        self.people: list[Person] = [Visitor(town.url, each) for each in chances[:10]]
        self.people += [Follower(town, each) for each in chances[10:]]
        self._pool = ThreadPoolExecutor(20)
        self._running = [self._pool.submit(self._live, person) for person in self.people]

    def __enter__(self) -> Storm:
        return self

    def __exit__(self, *_: object) -> None:
        """Let nobody begin anything more, however it ended."""
        self._left.set()
        self._pool.shutdown(wait=False)

    @property
    def messages(self) -> int:
        return sum(len(person.ids) for person in self.people)

    @property
    def deliveries(self) -> int:
        return sum(person.deliveries.made for person in self.people)

    def blow_over(self) -> None:
        """Let everybody end what he is at, deliver the rest, and wait until all of it is settled."""
        self._over.set()
        for each in self._running:
            each.result(PATIENCE * 2)
        list(self._pool.map(lambda person: person.deliveries.the_rest(), self.people))
        until(lambda: not self.town.rows("select key from inbox where state = 'new'"), PATIENCE)

    def harm(self) -> list[str]:
        """What is not as it must be after a storm, empty if nothing."""
        filed = {n: s for n, s in self.town.rows(_TICKETS) if n not in self._before}
        rows = self._rows() - self._rows_before
        found = [] if rows == self.messages else [f"{self.messages} messages, {rows} inbox rows"]
        if sorted(filed.values()) != sorted(self.confirmed):
            found.append(f"{len(self.confirmed)} complaints confirmed, {len(filed)} filed")
        for number, story in filed.items():
            if story in self.confirmed and number not in self.confirmed[story].heard():
                found.append(f"{number} was not told to whom it belongs")
        found += self.told_of_nothing()
        return found + [str(breach) for breach in open_invariants(self.town.house.settings).breaches()]

    def told_of_nothing(self) -> list[str]:
        """The numbers that somebody has heard and that are of no ticket."""
        there = dict(self.town.rows(_TICKETS))
        heard = {number for person in self.people for number in numbers_in(person.heard())}
        return [f"{number} was told and does not exist" for number in sorted(heard - set(there))]

    def _rows(self) -> int:
        return int(self.town.rows("select count(*) from inbox")[0][0])

    def _live(self, person: Person) -> None:
        while not (self._left.is_set() or (self._over.is_set() and self.messages >= LEAST)):
            time.sleep(person.chance.uniform(0.1, 0.8))
            if person.chance.random() < 0.3:
                self._complain(person)
            else:
                person.says(person.chance.choice(_QUESTIONS))

    def _complain(self, person: Person) -> None:
        """Go through a complaint, to whatever is asked, until a number is told."""
        story = unheard()
        told = person.begins()
        for _ in range(40):
            if "已经提交" in told:
                self.confirmed[story] = person
                return
            offered = person.offered()
            step = next((title for step in _STEPS for title in offered if title.startswith(step)), None)
            told = person.chooses(step) if step else person.says(story)
        raise AssertionError(f"a complaint without an end: {told}")
