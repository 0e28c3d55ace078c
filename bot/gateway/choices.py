"""Which button typed words stand for: its number, its title, or what it means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.gateway.opening import opening
from desk.conversation import CITIZEN, Message
from desk.live import END, LEAVE
from desk.numerals import FEW, number
from desk.tickets.asked import answer_to
from desk.tickets.verdicts import answered

IN_SIGHT = 20  # messages
# A choice by its number: 3, 三, 第三个, 12.
_CHOICE = re.compile(rf"选?({FEW})[.。、]?|第({FEW})个?")
_QUESTION = 7  # characters of a title that says by itself what it means: 就业创业证必须吗


def chosen(text: str, said: Sequence[Message], in_line: bool = False) -> str | None:
    """Return the payload that `text` stands for after what was `said` (oldest first), or None.

    `in_line`: the person waits for an agent or is held by one.
    """
    choice = _CHOICE.fullmatch(text)
    wanted = number(choice[1] or choice[2]) if choice else 0
    buttons = _newest(said)
    if 1 <= wanted <= len(buttons):
        return buttons[wanted - 1]["payload"]
    if in_line and text in {LEAVE["title"], END}:
        return LEAVE["payload"]  # these words end it for as long as it lasts
    pressed = _titled(text, said, buttons) or answered(text, [button["payload"] for button in buttons])
    return pressed or answer_to(text, said)


def _newest(said: Sequence[Message]) -> list[dict[str, str]]:
    """The buttons of the newest message that has some; at the beginning the first choices of all."""
    for message in reversed(said):
        if message.author != CITIZEN and message.body.get("buttons"):
            return list(message.body["buttons"])
    return list(opening()["buttons"]) if len(said) < IN_SIGHT else []


def _titled(text: str, said: Sequence[Message], newest: list[dict[str, str]]) -> str | None:
    """The payload of the newest button with this title.

    Of older choices only long titles count: 五华区 may by now be the answer to another question.
    """
    older = [message.body.get("buttons") or [] for message in said if message.author != CITIZEN]
    buttons = [*newest, *(each for row in reversed(older) for each in row if len(text) >= _QUESTION)]
    return next((each["payload"] for each in buttons if each["title"] == text), None)
