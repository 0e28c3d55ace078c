"""Finds what is asked in a message: the ask of a long letter, and the several asks of one message."""

from __future__ import annotations

import re

# From this length on a message tells a story around its ask, in characters.
_LONG = 60
_LONGEST_ASK = 120
_SHORTEST = 4
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
# Words that begin another matter in the same sentence; 还有没有, 第二步 and 第二次 do not.
_ANOTHER = re.compile(
    r"(?:(?<![，,、\s])[，,、\s]+)?(?:另外(?:再)?(?:想)?(?:问|请问)?(?:一下|下)?|还有(?!没)(?:就是|一个|个问题|一件事)?"
    r"|再(?:就是|一个|问(?:一下|下|个)?)|顺便(?:再)?(?:问(?:一下|下|问)?)?"
    r"|第二(?:个?问题是?|个?是|个?(?=[，,、：:\s]))|其次|同时(?:想)?(?:请)?问)[，,、：:\s]*"
)
_ASKING = re.compile(
    r"[?？吗呢]|什么|甚么|啥|怎么|怎样|如何|咋|哪|多少|多久|几[个天年月点号岁]|有没有|"
    r"给(?:能|是|要|可以)|能否|是否|可否|为何|为什么|凭什么|请问|想问|咨询|问一下|问下|谁|"
    r"(?:可以|能领|要|行|对|成)(?:不|没)$"
)
# 会不会, 算不算, 可不可以: the verb said twice asks for yes or no.
_TWICE = re.compile(r"([\u4e00-\u9fff])不\1")
_COMMA = re.compile(r"(?<=[，,\s])")
_POLITE = re.compile(r"谢谢|感谢|盼|望|此致|敬礼|您好|你好")


def sentences(text: str) -> list[str]:
    """Return the sentences of `text` with their closing marks."""
    return [found[0].strip() for found in _SENTENCE.finditer(text) if found[0].strip()]


def is_ask(text: str) -> bool:
    """Tell whether a sentence asks for something."""
    return bool(_ASKING.search(text)) or asks_yes_or_no(text)


def asks_yes_or_no(text: str) -> bool:
    """Tell whether a verb is said twice around 不, as in 算不算."""
    return bool(_TWICE.search(text))


def the_ask(text: str) -> str:
    """Return the part of a long message that asks, at most 120 characters; "" for a short one or none."""
    if len(text) < _LONG:
        return ""
    # Dictation has no stops: then the commas part what is told from what is asked.
    pieces = sentences(text) if len(sentences(text)) > 1 else _COMMA.split(text)
    asking = [piece for piece in pieces if is_ask(piece) and len(_POLITE.sub("", piece)) > _SHORTEST]
    found = "".join(asking[-2:]) if asking else text[-_LONG:]
    return found[-_LONGEST_ASK:] if len(found) < len(text) else ""


def asks(text: str) -> list[str]:
    """Return the asks of a message that has several, in their order; [] when there is only one."""
    pieces = [part.strip() for piece in sentences(text) for part in _ANOTHER.split(piece)]
    found = [piece for piece in pieces if len(piece) >= _SHORTEST and is_ask(piece)]
    return found if len(found) > 1 else []
