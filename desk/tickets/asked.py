"""请直接在这里回复: which words of a citizen answer the question that his ticket has just put to him."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from desk.conversation import CITIZEN, NOTICE, Message
from desk.text import simplified

_PAYLOAD, _LEAVE = "/add_facts", "/cancel"
_LONGEST = 1500  # characters; the payload is to fit what Rasa takes in one message
# A question of the citizen's own, or a wish that another room hears, is not the answer.
_ASKING = re.compile("[?？吗呢么嘛]$|什么|怎么|咋|多少|哪|几个|能不能|是不是|要不要|为啥|为什么")
_OTHER = re.compile("人工|投诉|举报|撤回|催|进度|取消|算了|编号|^(?:好|好的|嗯|谢谢|您好|你好|在吗)$")


def answer_to(text: str, said: Sequence[Message]) -> str | None:
    """Return the payload that adds `text` to the ticket whose question was said last.

    None when the last word was no such question, a form waits for an answer of its own, or `text` is none.
    """
    ours = [message for message in said if message.author != CITIZEN]
    if not ours or ours[-1].author != NOTICE or not _is_answer(text):
        return None
    payloads = _payloads(ours[-1])
    if len(payloads) != 1 or not payloads[0].startswith(_PAYLOAD):
        return None
    if len(ours) > 1 and _LEAVE in _payloads(ours[-2]):
        return None
    given = json.loads(payloads[0][len(_PAYLOAD) :])
    return _PAYLOAD + json.dumps({**given, "words": text}, ensure_ascii=False)


def _is_answer(text: str) -> bool:
    words = simplified(text).strip("。.！!，, ")
    fits = bool(words) and len(text) <= _LONGEST
    return fits and not _ASKING.search(words) and not _OTHER.search(words)


def _payloads(message: Message) -> list[str]:
    return [str(button["payload"]) for button in message.body.get("buttons") or []]
