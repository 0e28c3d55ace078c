"""Row 22 of what stock Rasa does: one message with an ID number leaves it in its database six times.

Last of this folder by its name, so that everything the other tests have sent is searched as well.
"""

from __future__ import annotations

import base64
import filecmp
import gzip
import random
import shutil
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from desk.id_number import valid_id
from tests.assistant import Citizen, words
from tests.fakes.people import KNOWN, NAME, PHONE, UNKNOWN
from tests.faults.house import House, ready_to_confirm, unheard
from tests.faults.scan import traces

pytestmark = pytest.mark.model

_CHANCE = random.Random(20261121)
_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_HAN = str.maketrans("0123456789", "零一二三四五六七八九")


def _id_number(place: int) -> str:
    """A number that nobody has: its area does not exist, all else is right."""
    born = date(1950, 1, 1) + timedelta(days=_CHANCE.randrange(20_000))
    body = f"{'000000' if place % 2 else '999999'}{born:%Y%m%d}{_CHANCE.randrange(1000):03d}"
    return body + mod_11_2.calc_check_digit(body)


def _card(length: int) -> str:
    body = "999999" + "".join(_CHANCE.choice("0123456789") for _ in range(length - 7))
    return body + luhn.calc_check_digit(body)


_IDS = [_id_number(place) for place in range(30)]
_PHONES = [f"100{_CHANCE.randrange(10**8):08d}" for _ in range(20)]
_CARDS = [_card(length) for length in (16, 19) * 5]
_ALL = [*_IDS, *_PHONES, *_CARDS, KNOWN, UNKNOWN, PHONE]

_SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.lower,
    lambda number: number.translate(_WIDE),
    lambda number: number.translate(_HAN),
    lambda number: " ".join(number),
    lambda number: "-".join(number[i : i + 4] for i in range(0, len(number), 4)),
    lambda number: " ".join(number[i : i + 4] for i in range(0, len(number), 4)),
    lambda number: "\u200b".join(number),
    lambda number: f"号码{number}号",
    lambda number: f"（{number}）",
]


def _spelled(place: int, number: str) -> str:
    return _SPELLINGS[place % len(_SPELLINGS)](number)


def test_the_planted_numbers_are_valid_and_belong_to_nobody() -> None:
    assert all(valid_id(number) and number[:6] in {"000000", "999999"} for number in _IDS)
    assert all(luhn.is_valid(number) for number in _CARDS)
    assert len(set(_ALL)) == len(_ALL)


def test_no_number_of_a_person_is_anywhere_on_disk(house: House) -> None:
    _in_chat(house)
    _in_the_claim_form(house)
    _in_a_complaint(house)
    _in_failures(house)
    _beside_the_message(house)
    placed = house.rows("select count(*) from vault where sealed is not null")[0][0]
    assert placed >= len(_IDS) + len(_PHONES) + len(_CARDS)
    house.assistant.stop()
    (model,) = (house.assistant.var / "models").iterdir()
    assert filecmp.cmp(model, Path("var/models") / model.name, shallow=False), "it was trained before"
    assert traces(house.assistant.var, _ALL, besides="models") == []
    planted, found = _found_when_planted(house.assistant.var, _IDS[0])
    assert found == planted, "the search is blind"


def _found_when_planted(folder: Path, number: str) -> tuple[set[str], set[str]]:
    """Put a number into the folder in every form that is searched for; return what was put and found."""
    forms = {
        "raw": f"x{number}x".encode(),
        "separated": "-".join(number).encode(),
        "reversed": number[::-1].encode(),
        "utf-16 le": f"号{number}".encode("utf-16-le"),
        "utf-16 be": f"号{number}".encode("utf-16-be"),
        "wide": f"号{number.translate(_WIDE)}".encode(),
        "escaped": number.translate(_WIDE).encode("unicode_escape"),
        "chinese": number.translate(_HAN).encode(),
        "zlib": b"junk" + zlib.compress(f"log {number}".encode()) + b"junk",
        "gzip": gzip.compress(f"log {number}".encode()),
        "gzip of base64": gzip.compress(base64.b64encode(f"ab{number}".encode())),
        **{f"base64 {i}": base64.b64encode(b"x" * i + number.encode() + b"y") for i in range(3)},
    }
    planted = folder / "planted"
    planted.mkdir()
    try:
        for name, content in forms.items():
            (planted / name).write_bytes(content)
        found = {trace.split(":")[0].removeprefix("planted/") for trace in traces(folder, [number], "models")}
    finally:
        shutil.rmtree(planted)
    return set(forms), found


def _in_chat(house: House) -> None:
    for place, number in enumerate([*_IDS, *_PHONES, *_CARDS]):
        if place % 10 == 0:
            citizen = Citizen(house.url)
        text = f"我想问失业金，{_spelled(place, number)}，能领几个月"
        heard = words(citizen.say(text))
        assert heard
        assert number not in heard
    citizen.say("前面的经过很长。" * 80 + f"我的号码是{_IDS[0]}，电话{_PHONES[0]}")


def _in_the_claim_form(house: House) -> None:
    for person in (KNOWN, UNKNOWN, _IDS[1], _IDS[2].lower(), " ".join(_IDS[3])):
        citizen = Citizen(house.url)
        citizen.press("查我的进度")
        citizen.say(person)
        citizen.say(NAME)
        citizen.say(f"验证码发到{_PHONES[1]}了吗")
        citizen.say("123456")
        citizen.say(_IDS[4])


def _in_a_complaint(house: House) -> None:
    citizen = Citizen(house.url)
    citizen.press("投诉和建议")
    citizen.say(f"窗口把我的身份证{_IDS[5]}录错了，卡号{_CARDS[0]}也不对，请打{_PHONES[2]}找我")
    for answer in ("不清楚", "记不清了"):
        citizen.press(answer)
    citizen.say(f"打我电话 {_PHONES[3]}")
    citizen.press("不匿名")
    assert "已经提交" in words(citizen.press("确认提交"))
    citizen.say(f"补充情况：新手机号是{_PHONES[4]}，身份证{_IDS[6]}")
    citizen.say("我的投诉")


def _in_failures(house: House) -> None:
    citizen = ready_to_confirm(house.url, unheard())
    citizen.press("确认提交")
    citizen.press("补充情况")
    with house.database() as database:
        database.execute("alter table ticket rename to ticket_away")
    try:
        assert "没有办成" in words(citizen.say(f"窗口又说我的身份证{_IDS[7]}和电话{_PHONES[5]}不对"))
    finally:
        with house.database() as database:
            database.execute("alter table ticket_away rename to ticket")
    for mode in ("html", "half_json", "list", "unknown_event", "refused", "error", "reset"):
        house.line.mode = mode
        citizen.say(f"失业金能领几个月，{_IDS[8]}，{_CARDS[1]}")
    house.line.mode = ""
    house.line.stop()
    citizen.say(f"失业金能领几个月，{_IDS[9]}，{_PHONES[6]}")
    house.line.start()


def _beside_the_message(house: House) -> None:
    """In the address, the headers, the cookie and bodies that are refused."""
    number, phone = _IDS[10], _PHONES[7]
    headers = {"user-agent": number, "x-forwarded-for": phone, "cookie": f"desk_session={number}"}
    for path in (f"/{number}", f"/api/messages?id={number}", f"/api/stream?after={number}&phone={phone}"):
        requests.get(house.url + path, headers=headers, timeout=10, stream=True).close()
    for body in (
        f'{{"text": {number[:17]}',
        f'{{"id": "", "text": "{number}"}}',
        f'{{"button": "{number}"}}',
    ):
        requests.post(f"{house.url}/api/messages", data=body.encode(), headers=headers, timeout=10)
    with pytest.raises(requests.RequestException):
        requests.post(house.url, data=iter([number.encode() * 20_000]), timeout=10).raise_for_status()
