"""Looks for numbers in the bytes of files, in whatever form a store or a log may have kept them."""

from __future__ import annotations

import base64
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_SEPARATORS = b" -._/,:|\t\r\n"
_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_HAN = str.maketrans("零〇一幺二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789")
_LONGEST = 64 * 2**20  # bytes taken out of one packed stream
_DEPTH = 2  # packed inside packed


def traces(folder: Path, numbers: Iterable[str], besides: str = "") -> list[str]:
    """Return `file: form` for every file below `folder`, not in `besides`, that holds one of the numbers."""
    wanted = [number.encode() for number in numbers]
    coded = [window for number in wanted for window in _base64_windows(number)]
    found = []
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        if path.relative_to(folder).parts[0] == besides:
            continue
        for form, content in _views(path.read_bytes(), _DEPTH):
            searched = coded if form.endswith("base64") else wanted
            if any(number in content for number in searched):
                found.append(f"{path.relative_to(folder)}: {form}")
    return found


def _views(content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """The content as it is and in every form in which digits would stand as plain ASCII."""
    joined = content.translate(None, _SEPARATORS)
    yield "raw", content
    yield "separated", joined
    yield "reversed", joined[::-1]
    yield "utf-16", content.replace(b"\0", b"")
    yield "base64", content.translate(None, b"\r\n")
    yield "other digits", _ascii_digits(content)
    for match in _PACKED.finditer(content) if depth else ():
        inner = _unpacked(content[match.start() :])
        for form, view in _views(inner, depth - 1) if len(inner) >= 11 else ():
            yield f"packed {form}", view


def _ascii_digits(content: bytes) -> bytes:
    """Digits of other scripts, escaped ones and Chinese ones as ASCII, without separators."""
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), content.decode("utf-8", "ignore"))
    shown = unicodedata.normalize("NFKC", text).translate(_HAN).encode("utf-8", "ignore")
    return shown.translate(None, _SEPARATORS)


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, _LONGEST)
    except zlib.error:
        return b""


def _base64_windows(number: bytes) -> Iterator[bytes]:
    """The letters that stand for a number in base64, for each of the three places where it may begin."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + number)
        first = -(-before * 8 // 6)
        last = (before + len(number)) * 8 // 6
        yield coded[first:last]
