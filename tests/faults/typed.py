"""The same numbers, typed into every box that citizens, WeChat, staff or another system fill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import requests

from desk.tickets.terms import Role
from tests.actions.dialogue import message_of
from tests.actions.server import Server
from tests.console.live_line import held as taken_over
from tests.console.matrix import MATRIX
from tests.console.test_agent_filing import opened
from tests.console.ticket_desk import in_progress, make
from tests.desk.learning_room import labelled
from tests.fakes.claim_files import csv_of
from tests.fakes.people import KNOWN, NAME
from tests.fakes.wechat.account import PLAIN
from tests.faults.canaries import texts
from tests.faults.premises import Premises, field_names
from tests.gateway.door import until

TOGETHER = 12  # numbers in one text: 2,000 characters are the most that a ticket's text may have
_FEWER = 20  # one in so many numbers where every one would take minutes
_PARAMETER = re.compile(r"<(\w+)(?::\w+)?>")


def everywhere(premises: Premises, numbers: Sequence[str]) -> None:
    """Type them into every box there is."""
    by_citizens(premises, numbers)
    by_wechat(premises, numbers)
    in_failing_turns(premises, numbers)
    by_staff(premises, numbers)
    into_every_field(premises, numbers)
    in_addresses_and_headers(premises, numbers)
    in_imports(premises, numbers)
    by_the_platform(premises, numbers)


def by_citizens(premises: Premises, numbers: Sequence[str]) -> None:
    """In the page's chat: as words, as the id of a message, as a button."""
    citizen = premises.gateway.citizen()
    for place, text in enumerate(texts(numbers, 3)):
        if place % 25 == 0:
            citizen = premises.gateway.citizen()
        assert citizen.say(text)
    for number in _some(numbers):
        citizen.post(id=number, text="号码做编号")
        citizen.post(id=f"m-{number}", text=number)
        citizen.post(button=number)


def by_wechat(premises: Premises, numbers: Sequence[str]) -> None:
    """In every field of every kind of message, encrypted and then in the clear."""
    door = premises.gateway
    for mode in ("", PLAIN):
        if mode:
            door.account.mode = mode
            door.restart(DESK_WECHAT_MODE=mode)
        phone = door.phone()
        for place, text in enumerate(texts(numbers, 6, first=1)):
            phone = door.phone() if place % 25 == 0 else phone
            assert not phone.sends(door.account.text(phone.openid, text)).unavailable
        for text in list(texts(numbers, 1, first=2))[:4]:
            for packet in _packets(premises, phone.openid, text):
                phone.sends(packet)
            for body in (text.encode(), f"<xml><a>{text}</a>".encode()):
                query, _ = door.account.request(door.account.text(phone.openid, text))
                requests.post(door.webhook, params=query, data=body, timeout=20)


def _actions(premises: Premises) -> Server:
    assert premises.actions
    return premises.actions


def _some(numbers: Sequence[str]) -> Sequence[str]:
    return numbers[: max(6, len(numbers) // _FEWER)]


def _packets(premises: Premises, openid: str, text: str) -> list[Any]:
    account = premises.gateway.account
    return [
        account.voice(openid, text),
        account.location(openid, 25.04, 102.71, text),
        account.link(openid, text, f"https://example.cn/?id={text}", text),
        account.subscribe(openid, text),
        account.scan(openid, text),
        account.click(openid, text),
        account.scancode(openid, text, text, wait=True),
        account.location_select(openid, text, 25.04, 102.71, text, text),
        account.message(openid, "hologram", Words=text),
        account.event(openid, text[:60], EventKey=text),
        account.text(openid, "1", menu_id=text),
    ]


def in_failing_turns(premises: Premises, numbers: Sequence[str]) -> None:
    """While Rasa fails, is away, and when an action does."""
    door, actions = premises.gateway, _actions(premises)
    citizen, failing = door.citizen(), list(texts(numbers, 2, first=3))[:8]
    door.rasa.fails = True
    for text in failing[:4]:
        citizen.say(text)
    door.rasa.fails = False
    door.rasa.stop()
    for text in failing[4:]:
        citizen.post(text=text)
    door.rasa.start()
    door.wait_for_rasa()
    until(door.nothing_waits)
    for text in failing:
        message = message_of(text, "complaint", 0.9, [], f"web:web-a:{text}")
        slots = {"complaint_story": text, "claim_name": text, "claim_id_number": text}
        for action in ("action_complaint_submit", "action_claim_start", "action_" + text):
            actions.turn(action, message, slots)
        actions.call(text)


def by_staff(premises: Premises, numbers: Sequence[str]) -> None:
    """In forms that are right but for the numbers."""
    agent, handler = premises.member(Role.AGENT), premises.member(Role.HANDLER)
    supervisor, operator = premises.member(Role.SUPERVISOR), premises.member(Role.OPERATOR)
    ticket = in_progress(premises.console, handler)
    sender = taken_over(premises.console, agent, "我要投诉")
    for place, text in enumerate(texts(numbers, TOGETHER, first=4)):
        short = text[:60]
        for member in (agent, handler, supervisor):
            member.post(f"/tickets/{ticket.id}/notes", text=text, request_id=f"n{place}")
        for field in ("contact", "note", "facts"):
            make(handler, ticket, "contact", **{field: text}, way="phone", reached="yes")
        agent.post(f"/live/{sender}/say", htmx=True, text=text, request_id=f"s{place}")
        form = opened(agent, text)
        agent.post("/agent/tickets", **form)
        agent.post("/agent/tickets", **{**form, "narrative": text, "happened": short, "key": ""})
        agent.post("/agent/look", htmx=True, words=text)
        feedback = {
            "words": text,
            "card": "kunming/materials/photo",
            "topic": "materials",
            "verdict": "wrong",
        }
        agent.post("/agent/feedback", **feedback)
        item = labelled(premises.console.engine, f"{place}号铜锅能不能抵押")
        operator.get(f"/learning/propose/{item}")
        operator.post(f"/learning/propose/{item}/line", text=text)
        operator.post(f"/learning/propose/{item}/story", title=short, say=text, hear=text, never=text)
        supervisor.post("/tickets/views", name=short, params=f"text={text}")
        supervisor.post("/export", format="csv", reason=text)
        supervisor.post("/limits/help", days="9", since="2027-02-01", source=text, reason=text)
        supervisor.get(f"/tickets?text={text}&district={text}&unit={text}")
        operator.post("/accounts", login=f"u{place}", shown_name=short, role="handler", unit=short)
    for number in _some(numbers):
        requests.post(
            f"{premises.console.url}/sign-in",
            data={"login": number, "password": number},
            headers={"sec-fetch-site": "same-origin", "user-agent": number},
            timeout=20,
        )
        supervisor.get(f"/tickets?text={number}")
        supervisor.post("/tickets/views", name=number, params=f"text={number}&district={number}")
        operator.post("/accounts", login=number, shown_name=number, role="handler", unit=number)
    premises.console.forgive()


def into_every_field(premises: Premises, numbers: Sequence[str]) -> None:
    """Into each field of each route at once, as whoever may use it, right or not."""
    ticket, names = premises.ticket(), field_names()
    samples = {"ticket_id": ticket.id, "name": "contact", "step": "help", "topic": "materials"}
    samples |= {"aspect": "photo", "entry": "1"}
    roles = {"agent": Role.AGENT, "handler": Role.HANDLER, "supervisor": Role.SUPERVISOR}
    roles |= {"operator": Role.OPERATOR, "auditor": Role.AUDITOR}
    spelled = list(texts(numbers, 1, first=5))
    for place, (route, answers) in enumerate(MATRIX.items()):
        method, path = route.split(" ")
        number, text = numbers[place % len(numbers)], spelled[place % len(spelled)]
        path = _PARAMETER.sub(lambda found, other=number: samples.get(found.group(1), other), path)
        for name in (name for name in roles if answers[name] not in (403, 303)):
            member = premises.member(roles[name])
            for value in (number, text):
                fields = dict.fromkeys(names, value)
                fields.pop("csrf")
                sent = member.get(path, params=fields) if method == "GET" else member.post(path, **fields)
                assert sent.status_code < 500, (route, name)
    premises.console.forgive()


def in_addresses_and_headers(premises: Premises, numbers: Sequence[str]) -> None:
    """In what proxies and logs like to write down: path, query, cookie, agent, forwarded address."""
    for number in _some(numbers):
        headers = {"user-agent": number, "x-forwarded-for": number, "referer": f"https://x/{number}"}
        headers |= {"cookie": f"desk_session={number}; desk_staff={number}", "x-request-id": number}
        for url in (premises.gateway.url, premises.console.url, _actions(premises).url):
            for path in (
                f"/{number}",
                f"/api/messages?id={number}",
                f"/api/stream?after={number}x",
                f"/static/{number}",
            ):
                requests.get(url + path, headers=headers, timeout=20, stream=True).close()
            for body in (f'{{"text": {number[:9]}', f'{{"id": "", "text": "{number}"}}', number * 40_000):
                try:
                    requests.post(f"{url}/api/messages", data=body, headers=headers, timeout=20)
                except requests.ConnectionError:
                    continue  # what is much too long is cut off


def in_imports(premises: Premises, numbers: Sequence[str]) -> None:
    """In a file of claims, in columns that are right for them and in all the others."""
    columns = ("身份证号", "手机号", "姓名", "阶段", "提交日期", "原因", "经办机构序号")
    lines = [
        {"申请编号": f"{column}{place}", column: number}
        for column in columns
        for place, number in enumerate(numbers)
    ]
    lines += [{"申请编号": f"A-{number}", "身份证号": number} for number in numbers]
    file = premises.elsewhere / "claims.csv"
    file.write_bytes(csv_of(*lines))
    premises.run("desk.claims.register", "import", str(file))


def by_the_platform(premises: Premises, numbers: Sequence[str]) -> None:
    """In what the platform answers: in every field, and instead of an answer."""
    vault, actions = premises.gateway.counter.vault, _actions(premises)
    for place, number in enumerate(_some(numbers)):
        ref = vault.redact("web-a", KNOWN).text
        answer = {"id_hash": number, number: number, "person": number}
        premises.platform.change = lambda _right, wrong=answer: wrong  # type: ignore[misc]
        premises.platform.mode = ("", "page", "status:500", "half")[place % 4]
        message = message_of("/status", "status", 1.0, [("value", "retry")], f"web:web-a:p{place}")
        actions.turn("action_claim_start", message, {"claim_id_number": ref, "claim_name": NAME})
