"""A conversation test as tests/stories writes it: what is said, what the answer must and must not say."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from desk.learning.corpus import clean
from desk.learning.errors import Unfit
from desk.privacy import redact
from desk.regions import SERVICES, Atlas
from desk.text import plain

# A file of its own: what people wrote by hand keeps its comments and its order.
FILE = "tests/stories/learnt.yml"
HEAD = "# 从真实对话里学来的：由运维标注提出、另一人批准。\n"
_MOST_PIECES, _LONGEST_PIECE = 6, 60


@dataclass(frozen=True)
class Story:
    """One turn: `say`, then every piece of `hear` stands in the answer and none of `never`.

    `if_asked` is the button to press should the assistant ask back.
    """

    title: str
    say: str
    hear: tuple[str, ...]
    never: tuple[str, ...] = ()
    if_asked: str = ""


def checked(story: Story, topic: str, atlas: Atlas) -> Story:
    """Return the story with clean texts; `Unfit` where it could not pass or could not be written."""
    made = Story(
        clean(story.title),
        clean(story.say),
        _pieces(story.hear),
        _pieces(story.never),
        clean(story.if_asked) if story.if_asked else "",
    )
    if not made.hear:
        raise Unfit("no_hear", "请至少写一段答复里必须出现的话。")
    _check_pieces(made, [card.shown for card in atlas.all_cards() if card.topic == topic], topic in SERVICES)
    return made


def _check_pieces(story: Story, shown: Sequence[str], service: bool) -> None:
    """What must be heard stands on a card; a number only there, where it is public."""
    for piece in (*story.hear, *story.never):
        on_a_card = any(piece in text for text in shown)
        if piece in story.hear and not on_a_card and not service:
            raise Unfit("not_on_a_card", f"“{piece}”不在这个主题的任何一张知识卡上，这个测试不会通过。")
        if not on_a_card and redact(piece).found:
            raise Unfit("number", f"“{piece}”里有号码，不能写进测试。")


def written(story: Story, topic: str) -> str:
    """Return the entry as YAML, with an empty line before it."""
    turn: dict[str, Any] = {"say": story.say}
    if story.if_asked:
        turn["if_asked"] = story.if_asked
    turn["hear"] = list(story.hear)
    if story.never:
        turn["never"] = list(story.never)
    stream = io.StringIO()
    yaml: Any = YAML()
    yaml.width = 4096
    yaml.allow_unicode = True
    yaml.dump([{"story": story.title, "topic": topic, "turns": [turn]}], stream)
    return "\n" + stream.getvalue()


def _pieces(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) > _MOST_PIECES:
        raise Unfit("too_many_pieces", f"最多写 {_MOST_PIECES} 段。")
    return tuple(_piece(text) for text in texts)


def _piece(text: str) -> str:
    """What a card says may hold a public phone number or a per cent sign; a brace would be filled in."""
    piece = plain(text)
    if not 0 < len(piece) <= _LONGEST_PIECE:
        raise Unfit("piece_length", f"每段要有 1 到 {_LONGEST_PIECE} 个字。")
    if "{" in piece or "}" in piece:
        raise Unfit("markup", "答复里要出现的话不能有花括号。")
    return piece
