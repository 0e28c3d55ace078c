"""Looks for numbers in the bytes of files, in whatever form a store or a log may have kept them."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_SEPARATORS = b" -._/,:|;+*'\t\r\n"
_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_CODED = re.compile(rb"[A-Za-z0-9+/_-]{14,}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_RUN = re.compile(rb"[0-9][0-9Xx]{10,}")
# Ours, and nobody's number; read backwards some are like a phone number of a block of zeros.
_TICKET = re.compile(rb"JS-[0-9]{8}-[0-9]{6}-[0-9]")
_HAN = str.maketrans("零〇一幺二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789")
_MARKS = {ord(mark): None for mark in " -._/,:|;+*'\t\r\n\u200b、，·—"}
_LONGEST = 64 * 2**20  # bytes taken out of one packed stream
_DEPTH = 2  # packed inside packed


def traces(folder: Path, numbers: Iterable[str], besides: str = "") -> list[str]:
    """Return `file: form` for every file below `folder`, not in `besides`, that holds one of the numbers."""
    wanted = _Wanted(numbers)
    found = []
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        if path.relative_to(folder).parts[0] == besides:
            continue
        found += [f"{path.relative_to(folder)}: {form}" for form in wanted.forms_in(path.read_bytes())]
    return found


def held(content: bytes, numbers: Iterable[str]) -> list[str]:
    """Return the forms in which some bytes hold one of the numbers."""
    return list(_Wanted(numbers).forms_in(content))


class _Wanted:
    """Thousands of numbers are looked for at once: by the digits that stand together, not one by one."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self._numbers = {number.upper().encode() for number in numbers}
        self._lengths = {len(number) for number in self._numbers}

    def forms_in(self, content: bytes) -> Iterator[str]:
        for form, view in _views(content, _DEPTH):
            if any(map(self._in_run, _RUN.findall(view))):
                yield form

    def _in_run(self, run: bytes) -> bool:
        upper = run.upper()
        return any(
            upper[start : start + length] in self._numbers
            for length in self._lengths
            for start in range(len(upper) - length + 1)
        )


def _views(content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """The content as it is and in every form in which digits would stand as plain ASCII."""
    joined = _TICKET.sub(b"JS", content).translate(None, _SEPARATORS)
    yield "raw", content
    yield "separated", joined
    yield "reversed", b"0".join(part[::-1] for part in (content, joined))
    yield "utf-16", content.replace(b"\0", b"")
    yield "other digits", _ascii_digits(content.decode("utf-8", "ignore"))
    for name, start in (("utf-16-le", 0), ("utf-16-le", 1), ("utf-16-be", 0), ("utf-16-be", 1)):
        yield f"other digits {name}", _ascii_digits(content[start:].decode(name, "ignore"))
    decoded = b"\n".join(_decoded(content.translate(None, b"\r\n")))
    yield "base64", decoded
    for whole in (content, decoded) if depth else ():
        for match in _PACKED.finditer(whole):
            inner = _unpacked(whole[match.start() :])
            for form, view in _views(inner, depth - 1) if len(inner) >= 11 else ():
                yield f"packed {form}", view


def _ascii_digits(text: str) -> bytes:
    """Digits of other scripts, escaped ones and Chinese ones as ASCII, without separators."""
    shown = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    shown = unicodedata.normalize("NFKC", shown).translate(_HAN).translate(_MARKS)
    return shown.encode("ascii", "replace")


def _decoded(content: bytes) -> Iterator[bytes]:
    """What stands behind base64 of either alphabet, begun at each of the four places where it may begin."""
    for match in _CODED.finditer(content):
        letters = match[0].replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            whole = letters[start:]
            try:
                yield base64.b64decode(whole + b"A" * (-len(whole) % 4))
            except binascii.Error:
                continue


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, _LONGEST)
    except zlib.error:
        return b""
