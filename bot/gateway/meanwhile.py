"""What can be answered while Rasa is still starting: offices, and the titles of fitting cards."""

from __future__ import annotations

import json
import re
from typing import Any

from desk.guide import Answer, Guide, Question
from desk.offices import Offices
from desk.present import answer_body, office_body, office_card
from desk.workdays import today

_PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?")
_LONGEST_BARE_PLACE = 6
_ASKS = re.compile("哪|地址|电话|银行|机构|怎么去|怎么走|咋个走")
_TELLS = re.compile("投诉|举报|反映|建议")
_STARTING = "助手正在启动。您的话已经记下，启动后就回答，不用再发一遍。"
_TITLES = "助手正在启动。您是不是想问下面这些？可以先选一个看；您的话也已经记下，启动后会再回答您。"


class Meanwhile:
    """Answers from the desk alone, without understanding."""

    def __init__(self, guide: Guide, offices: Offices, region: str) -> None:
        self._guide = guide
        self._offices = offices
        self._region = region

    def answer(self, text: str, payload: str | None) -> tuple[dict[str, Any], bool]:
        """Return a message body, and whether it settles the matter: if not, Rasa answers later."""
        if payload:
            return self._pressed(payload)
        if self._offices.names_a_place(text) and _asks_for_an_office(text):
            return office_body(self._offices.office_for(text)), True
        cards = self._guide.search(text, self._region, today())
        if not cards:
            return {"text": _STARTING}, False
        buttons = [
            {"title": card.title, "payload": f'/{card.topic}{{"aspect": "{card.aspect}"}}'} for card in cards
        ]
        return {"text": _TITLES, "buttons": buttons}, False

    def _pressed(self, payload: str) -> tuple[dict[str, Any], bool]:
        match = _PAYLOAD.fullmatch(payload)
        if not match:
            return {"text": _STARTING}, False
        entities = json.loads(match["entities"] or "{}")
        row = entities.get("row")
        if match["intent"] == "complaint" and "aspect" not in entities:
            return {"text": _STARTING}, False  # to complain is to be asked, not to be told how
        if match["intent"] == "office" and row:
            card = office_card(self._offices.by_row(int(row)), advice=self._offices.advice)
            return {"text": "", "card": card}, True
        answer = self._guide.answer(
            Question(match["intent"], entities.get("aspect"), "", self._region, today())
        )
        if isinstance(answer, Answer):
            return answer_body(answer), True
        return {"text": _STARTING}, False


def _asks_for_an_office(text: str) -> bool:
    """Whether the office of the place named settles the matter; what is told there must not get lost."""
    return len(text) <= _LONGEST_BARE_PLACE or bool(_ASKS.search(text) and not _TELLS.search(text))
