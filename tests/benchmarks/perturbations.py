"""Spoils a text as people and their devices do: wrong characters of the same sound, slips, dialect.

Pure functions of a text and a `Random`, so the same seed spoils a text in the same way. None of them
touches a placeholder such as 〔身份证#1〕 or leaves nothing; a text without anything to spoil stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from string import ascii_lowercase

import opencc
from pypinyin import lazy_pinyin

Perturbation = Callable[[str, Random], str]

# In a pool are the characters that stand this often in the sentences of the repository.
_COMMON = 5
_SPARED = 12  # one character in so many is dropped or slips
_UNIT = re.compile("〔[^〕]*〕|.", re.DOTALL)
_PIECE = re.compile("(〔[^〕]*〕)")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_STOPS = re.compile("[，。？！、；：,.?!;:~…]+")
_FILLERS = ("嗯", "那个", "就是说")
_FIELD = (
    "失业金|失业保险|失业登记|失业证|失业|申领|申请|社保卡|社保|参保|缴费|停保|身份证|户口本|银行卡|离职证明|"
    "证明|材料|登记|办理|审核|到账|公司|单位|辞职|辞退|仲裁|医保|公积金|养老|补贴|转移|领取|发放|待遇|窗口|投诉"
)
# What an ear or a machine takes for the same: 平翘舌, 前后鼻音, n and l, h and f, as people of Kunming speak.
_ALIKE = ((re.compile("^([zcs])h"), r"\1"), (re.compile("ng$"), "n"), (re.compile("^n"), "l"))
_DIALECT = (
    (re.compile("怎么"), "咋个"),
    (re.compile("什么"), "哪样"),
    (re.compile("能不能"), "给能"),
    (re.compile("吗"), "噶"),
    (re.compile("(?<!有)没有"), "没得"),
    (re.compile("哪里"), "哪点"),
    (re.compile("(?<![过失进出上下回离])去(?![年世掉除])"), "克"),
    (re.compile("知道"), "晓得"),
    (re.compile("(?<!要)不要(?!求|紧)"), "莫"),
)


@dataclass(frozen=True)
class Common:
    """The common characters: `same` by their toneless sound, `alike` by what is heard for it.

    `listed` finds the wrong spellings that data/vocabulary.yml names one by one.
    """

    same: Mapping[str, Sequence[str]]
    alike: Mapping[str, Sequence[str]]
    listed: re.Pattern[str]


def common_characters(sentences: Iterable[str], listed: Iterable[str]) -> Common:
    """Gather the characters that the sentences use more than a few times."""
    counts = Counter(char for sentence in sentences for char in sentence if _CHINESE.match(char))
    same: dict[str, list[str]] = {}
    alike: dict[str, list[str]] = {}
    for char in sorted(char for char, times in counts.items() if times >= _COMMON):
        (sound,) = lazy_pinyin(char)
        same.setdefault(sound, []).append(char)
        alike.setdefault(_ear(sound), []).append(char)
    return Common(same, alike, re.compile("|".join(listed) or "(?!)", re.IGNORECASE))


def perturbations(common: Common) -> dict[str, Perturbation]:
    """Every kind by its name; `mixed` is all of them after another."""
    kinds: dict[str, Perturbation] = {
        "homophone": lambda text, chance: homophone(text, chance, common),
        "dictation": lambda text, chance: dictation(text, chance, common),
        "dropped": dropped,
        "keyboard": keyboard,
        "dialect": lambda text, _chance: dialect(text),
        "traditional": lambda text, _chance: traditional(text),
    }
    order = ("dialect", "dictation", "homophone", "dropped", "keyboard", "traditional")

    def mixed(text: str, chance: Random) -> str:
        for name in order:
            text = kinds[name](text, chance)
        return text

    return {**kinds, "mixed": mixed}


def homophone(text: str, chance: Random, common: Common) -> str:
    """Put another common character of the same toneless sound for one or two characters."""
    units = _units(text)
    others = _others(units, common.same, lambda sound: sound)
    for at in chance.sample(sorted(others), min(len(others), chance.choice((1, 2)))):
        units[at] = chance.choice(others[at])
    return "".join(units)


def dictation(text: str, chance: Random, common: Common) -> str:
    """Mishear up to two words of the field, lose the punctuation, keep one or two fillers."""
    found = [match.span() for match in _FIELD_WORD.finditer(text)]
    for start, end in sorted(chance.sample(found, min(len(found), 2)), reverse=True):
        text = text[:start] + _misheard(text[start:end], chance, common) + text[end:]
    pieces = [piece for piece in _STOPS.split(text) if piece]
    if not pieces:
        return text
    for _ in range(chance.choice((1, 2))):
        pieces.insert(chance.randrange(len(pieces)), chance.choice(_FILLERS))
    return "".join(pieces)


def dropped(text: str, chance: Random) -> str:
    """Leave out one character in twelve, at least one, never the last that is left."""
    units = _units(text)
    free = [at for at, unit in enumerate(units) if len(unit) == 1]
    gone = chance.sample(free, min(len(units) - 1, _slips(free))) if len(units) > 1 else []
    return "".join(unit for at, unit in enumerate(units) if at not in gone)


def keyboard(text: str, chance: Random) -> str:
    """Swap two neighbours, double a character or put in a letter: one slip in twelve characters."""
    units = _units(text)
    # From the end, each place once, so that no slip moves the place of another or undoes it.
    for at in sorted(chance.sample(range(len(units)), _slips(units)), reverse=True):
        slip = chance.choice(("swap", "double", "letter"))
        if slip == "swap" and at + 1 < len(units) and units[at] != units[at + 1]:
            units[at : at + 2] = units[at + 1], units[at]
        elif slip == "double" and len(units[at]) == 1:
            units.insert(at, units[at])
        else:
            units.insert(at, chance.choice(ascii_lowercase))
    return "".join(units)


def dialect(text: str) -> str:
    """Put the turns of phrase of Kunming for those of the standard language."""
    return _between_placeholders(text, _in_dialect)


def traditional(text: str) -> str:
    """Write the text in traditional characters."""
    return _between_placeholders(text, lambda piece: str(_converter().convert(piece)))


_FIELD_WORD = re.compile(f"(?<![〔])(?:{_FIELD})(?![^〔]*〕)")


def _misheard(word: str, chance: Random, common: Common) -> str:
    """The word with one or two characters that sound alike, in no way that the vocabulary lists."""
    for _ in range(20):
        units = list(word)
        others = _others(units, common.alike, _ear)
        for at in chance.sample(sorted(others), min(len(others), chance.choice((1, 2)))):
            units[at] = chance.choice(others[at])
        if not common.listed.search("".join(units)):
            return "".join(units)
    return word


def _others(
    units: Sequence[str], pool: Mapping[str, Sequence[str]], heard: Callable[[str], str]
) -> dict[int, list[str]]:
    """The other characters that could stand in each place; read in context: 行 in 银行 is hang."""
    shown = "".join(unit if len(unit) == 1 else " " for unit in units)
    sounds = lazy_pinyin(shown, errors=list)
    found = {}
    for at, (char, sound) in enumerate(zip(shown, sounds, strict=True)):
        others = [other for other in pool.get(heard(sound), ()) if other != char]
        if others and _CHINESE.match(char):
            found[at] = others
    return found


def _ear(sound: str) -> str:
    for said, heard in _ALIKE:
        sound = said.sub(heard, sound)
    return sound


def _in_dialect(piece: str) -> str:
    for standard, local in _DIALECT:
        piece = standard.sub(local, piece)
    return piece


def _between_placeholders(text: str, change: Callable[[str], str]) -> str:
    return "".join(
        piece if piece.startswith("〔") and piece.endswith("〕") else change(piece)
        for piece in _PIECE.split(text)
    )


def _units(text: str) -> list[str]:
    """The characters of a text; a placeholder is one."""
    return _UNIT.findall(text)


def _slips(units: Sequence[object]) -> int:
    return min(len(units), max(1, round(len(units) / _SPARED)))


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
