"""Says in plain text what the page says with cards and buttons, in parts that WeChat takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from desk.conversation import AGENT, Message
from desk.present import work_named

LONGEST = 2048  # bytes of UTF-8 in one text
MORE = "更多"
_MORE_TO_COME = "\n（没完，回复“更多”看后面）"
_ALSO = "另外，这些消息还没有送到过您："
_CHOOSE = "回复数字或文字选择："
_LONGEST_QUESTION = 20  # characters of it, so that a person knows it again
NOTHING_ASKED: Mapping[int, str] = MappingProxyType({})
_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]*")
_ASKED_FOR_NEWS = re.compile(r"[“\"'「]?结果[”\"'」]?[。.！!?？呢]{0,2}")
# A number, yes or no: the answer to a question that may be unseen. Or a word to whoever is slow.
_BARE = re.compile(
    r"(?:是|对|好|行|可以|要|嗯+|哦+|噢|啊|ok|没错|不(?:是|对|要|用|行)?|否|没有?|有|确认|确定|提交|确认提交|同意|不?匿名|"
    r"继续|谢谢|多谢|收到|知道|明白|"
    r"在不?在?|人呢|有人|喂+|[你您]好|hello|hi|快点|搞快点|快些|怎么样|咋样|好没|完没|还没好|等好久|等半天|然后|说话|回话|"
    r"[\d一二两三四五六七八九十第个号选]*)[的了吧啊呢吗么嘛呀没哈]{0,2}[\W_]*",
    re.IGNORECASE,
)
_ASKED_FOR_MORE = re.compile(r"[“\"'「]?更多[”\"'」]?[。.！!]?")


def asks_for_more(text: str) -> bool:
    """Tell whether a message asks for the next part of a long reply."""
    return bool(_ASKED_FOR_MORE.fullmatch(text))


def asks_for_news(text: str) -> bool:
    """Tell whether a message asks only for what has not been told yet."""
    return bool(_ASKED_FOR_NEWS.fullmatch(text))


def has_no_matter(text: str) -> bool:
    """Tell whether a message asks for nothing of its own; 转人工, 我要投诉 and the name of a place do."""
    return bool(_BARE.fullmatch(text.strip()))


def reply_text(
    own: Sequence[Message],
    others: Sequence[Message],
    links: bool = False,
    asked: Mapping[int, str] = NOTHING_ASKED,
) -> str:
    """Return one text for what was answered (`own`) and what else had not been told yet (`others`).

    Only the buttons of the newest message with buttons become choices: the gateway takes a bare number
    for one of these. `links`: each choice can be tapped as well. `asked`: by `seq`, the question that a
    late answer belongs to; named where the text answers more than one.
    """
    said = [_said(message) for message in own]
    several = bool(own) or len(set(asked.values())) > 1
    late = list(_late(others, asked if several else NOTHING_ASKED))
    if said and late:
        late.insert(0, _ALSO)
    choices = _choices(max((*own, *others), key=_newest_with_buttons, default=None), links)
    return "\n\n".join(filter(None, (*said, *late, choices)))


def _late(others: Sequence[Message], asked: Mapping[int, str]) -> Iterable[str]:
    """What was left untold; above the first answer to a question stands the question."""
    before = ""
    for message in others:
        question = asked.get(message.seq, "")
        new = question and question != before
        yield f"{_question(question)}\n{_said(message)}" if new else _said(message)
        before = question


def _question(text: str) -> str:
    words = " ".join(text.split()).replace("<", "＜")
    return f"您问的“{words if len(words) <= _LONGEST_QUESTION else words[:_LONGEST_QUESTION] + '…'}”："


def parts(text: str) -> list[str]:
    """Cut a text into parts of at most 2048 bytes at the ends of lines and sentences; every part but the
    last says how to get the next.
    """
    if _bytes(text) <= LONGEST:
        return [text]
    room = LONGEST - _bytes(_MORE_TO_COME)
    found, part = [], ""
    for piece in _pieces(text, room):
        if _bytes(part + piece) > room:
            found.append(part.rstrip() + _MORE_TO_COME)
            part = ""
        part += piece
    return [*found, part.strip()]


def _pieces(text: str, room: int) -> Iterable[str]:
    """The sentences of a text; what is longer than a whole message is cut wherever it must be."""
    for sentence in _SENTENCE.findall(text):
        while _bytes(sentence) > room:
            head = sentence.encode()[:room].decode(errors="ignore")
            yield head
            sentence = sentence[len(head) :]
        yield sentence


def _said(message: Message) -> str:
    body = message.body
    name = f"{body.get('name') or '座席'}：" if message.author == AGENT else ""
    card = _card(body["card"]) if body.get("card") else ""
    # A "<" would begin a link: nobody but us makes one.
    return "\n".join(filter(None, (f"{name}{body.get('text') or ''}", card))).replace("<", "＜")


def _card(card: Mapping[str, Any]) -> str:
    label = f"（{card['label']}）" if card.get("label") else ""
    progress = card.get("progress")
    step = f"（第{progress['step']}步，共{progress['of']}步）" if progress else ""
    lines = card.get("lines") or []
    if card.get("ordered"):
        lines = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
    return "\n".join(
        filter(
            None,
            (
                f"【{card['title']}】{label}{step}",
                *(f"{field['name']}：{field['value']}" for field in card.get("fields") or []),
                *lines,
                *(f"电话：{phone['number']}（{phone['name']}）" for phone in card.get("phones") or []),
                card.get("note"),
                _source(card),
            ),
        )
    )


def _source(card: Mapping[str, Any]) -> str:
    """What it rests on, for whom, since when: 依据：《…》第三条；适用：昆明市；自 2026-01-01 起."""
    named = "；".join(filter(None, map(work_named, card.get("sources") or [])))
    told = (
        f"依据：{named}" if named else "",
        f"适用：{card['scope']}" if card.get("scope") else "",
        f"自 {card['since']} 起" if card.get("since") else "",
        f"核对于 {card['checked']}" if card.get("checked") else "",
    )
    return "；".join(filter(None, told))


def _choices(message: Message | None, links: bool) -> str:
    buttons = list(message.body.get("buttons") or []) if message else []
    if not buttons:
        return ""
    lines = [_choice(number, button["title"], links) for number, button in enumerate(buttons, start=1)]
    return "\n".join((_CHOOSE, *lines))


def _choice(number: int, title: str, links: bool) -> str:
    shown = f"{number}. {title.replace('<', '＜')}"
    if not links:
        return shown
    address = f"weixin://bizmsgmenu?msgmenucontent={quote(title)}&msgmenuid={number}"
    return f'<a href="{address}">{shown}</a>'


def _newest_with_buttons(message: Message) -> tuple[bool, int]:
    return bool(message.body.get("buttons")), message.seq


def _bytes(text: str) -> int:
    return len(text.encode())
