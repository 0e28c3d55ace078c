"""The page's own files, as they are sent: compressed, and at an address that changes with them, so that
a phone asks for each of them once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from sanic import Request, response
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse

_PAGE = "index.html"
_ADDRESS = b'"/static/'
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    content: bytes
    packed: bytes
    kind: str


class Files:
    """Every file of a folder, read once. `version` stands for all of them together."""

    def __init__(self, folder: Path) -> None:
        found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        content = b"".join(name.encode() + text for name, text in found.items())
        self.version = hashlib.sha256(content).hexdigest()[:12]
        # What a file names beside it (`./api.js`) is then found under the same version.
        found[_PAGE] = found[_PAGE].replace(_ADDRESS, b'"/static/%s/' % self.version.encode())
        self._files = {name: _file(name, text) for name, text in found.items()}

    def page(self, request: Request) -> HTTPResponse:
        """Return the page itself, which is asked for every time: it names the version of all others."""
        tag = f'"{self.version}"'
        if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
            return response.empty(status=304, headers={"etag": tag})
        return self._answer(request, _PAGE, {"etag": tag})

    def file(self, request: Request, name: str, version: str = "") -> HTTPResponse:
        """Return one file; at an address without the present version it may not be kept."""
        if name not in self._files or name == _PAGE:
            raise NotFound("no such file")
        kept = {"cache-control": _FOREVER} if version == self.version else {}
        return self._answer(request, name, kept)

    def _answer(self, request: Request, name: str, headers: dict[str, str]) -> HTTPResponse:
        file = self._files[name]
        headers = {**headers, "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = {**headers, "content-encoding": "gzip"}
            return response.raw(file.packed, content_type=file.kind, headers=packed)
        return response.raw(file.content, content_type=file.kind, headers=headers)


def _file(name: str, content: bytes) -> _File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or "javascript" in kind
    return _File(content, gzip.compress(content, mtime=0), f"{kind}; charset=utf-8" if text else kind)
