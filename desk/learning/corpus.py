"""The training lines as they lie in data/topics and data/talk now, and what a line must be to join."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from desk.errors import DataFault
from desk.learning.errors import Unfit
from desk.privacy import redact
from desk.text import plain, simplified

SHORTEST, LONGEST = 2, 120
_ALIKE = 88.0  # of 100: a word of courtesy more or less, another question mark
_LINE = "    - "
_LABEL = re.compile(r"^  metadata: \{label: (\w+)\}")
_NO_LETTERS = re.compile(r"[\W_]+")
_WORDS = re.compile(r"[^\W\d_]")
# Brackets make an entity for Rasa, a brace a placeholder of a test, the others something for YAML.
_MARKUP = re.compile(r"[\[\]{}()<>|\\`\"]|^[-/!?:,.'=#&*%@~^]|: | #| - |EXTERNAL")
_PLACEHOLDER = re.compile("[〔〕]")
_DIGITS = re.compile(r"[0-9]{6,}|JS-?[0-9]", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One training line and the label it teaches."""

    text: str
    label: str


class Corpus:
    """Every line of the present files, and those that are on their way to them."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)
        self._letters = [letters(line.text) for line in self._lines]

    @classmethod
    def read(cls, data: Path, more: Iterable[Line] = ()) -> Corpus:
        """Read the files under `data`; `more` are lines that are proposed already."""
        files = sorted([*(data / "topics").glob("*.yml"), *(data / "talk").glob("*.yml")])
        return cls([*(line for path in files for line in _lines(path)), *more])

    def check(self, text: str, label: str, names: Mapping[str, str]) -> None:
        """Raise `Unfit` with a sentence where the same line, or nearly the same, is there already."""
        asked = letters(simplified(text))
        found = process.extractOne(asked, self._letters, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if found is None:
            return
        line = self._lines[found[2]]
        where = f"“{names.get(line.label, line.label)}”"
        if line.label != label:
            sentence = f"{where}里已经有“{line.text}”：两个主题不能都有这句话。请先核对标注。"
            raise Unfit("other_topic", sentence)
        if found[1] >= 100:
            raise Unfit("duplicate", f"{where}里已经有这句话，不用再加。")
        raise Unfit("near_duplicate", f"{where}里已经有差不多的一句：“{line.text}”。")


def clean(text: str) -> str:
    """Return a sentence as it may stand in a file of ours, or raise `Unfit` with what to do.

    Refused: personal numbers and their placeholders, long runs of digits, what YAML or Rasa would take
    for markup, too short and too long.
    """
    line = plain(text)
    if redact(line).found or _DIGITS.search(line):
        raise Unfit("number", "这句话里有号码，不能用作例句。请换成不带号码的说法。")
    if _PLACEHOLDER.search(line):
        raise Unfit("placeholder", "这句话里有号码留下的占位符〔…〕，不能用作例句。请删掉那一段再提。")
    if _MARKUP.search(line):
        raise Unfit(
            "markup", "这句话里有系统会当成标记的符号（如英文的括号、引号，行首的 / 或 -），请去掉再提。"
        )
    if len(line) < SHORTEST or not _WORDS.search(line):
        raise Unfit("too_short", "这句话太短，教不会什么。")
    if len(line) > LONGEST:
        raise Unfit("too_long", f"这句话超过 {LONGEST} 个字。请只留下问的那一句。")
    return line


def letters(text: str) -> str:
    """Return what of a sentence counts for likeness: no punctuation, no spaces, one case."""
    return _NO_LETTERS.sub("", text).lower()


def with_lines(text: str, lines: Iterable[str], where: str) -> str:
    """Return a topic file with more lines at the end of its examples.

    Raises `DataFault` when the file has no examples at the place where every topic file has them.
    """
    kept = text.split("\n")
    starts = [n for n, line in enumerate(kept) if line == "  examples: |"]
    if len(starts) != 1:
        raise DataFault([f"{where}: 没有找到唯一的“examples: |”，文件的格式变了"])
    end = starts[0] + 1
    while end < len(kept) and kept[end].startswith(_LINE):
        end += 1
    if end == starts[0] + 1:
        raise DataFault([f"{where}: “examples: |”下面没有例句，文件的格式变了"])
    return "\n".join([*kept[:end], *(_LINE + line for line in lines), *kept[end:]])


def _lines(path: Path) -> Iterator[Line]:
    label = ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith(_LINE):
            yield Line(line[len(_LINE) :].strip(), label)
        elif match := _LABEL.match(line):
            label = match[1]
