"""One call of WeChat's API: HTTP is always 200, and a number in the JSON tells how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from bot.gateway.wechat.refusals import NO_ANSWER, NO_FILE, TOO_LARGE, Refused

_TIMEOUT = (3, 5)  # seconds to connect and to wait for an answer
_LARGEST = 4 * 1024 * 1024  # bytes; a voice message of one minute has about 100,000


def call(
    http: requests.Session,
    method: str,
    url: str,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the JSON object of an answer that tells of no error; raise `Refused` for any other."""
    return _read(_exchange(http, method, url, query, body)[1])


def download(http: requests.Session, url: str, query: Mapping[str, str]) -> bytes:
    """Return a file of at most 4 MB; raise `Refused` where there is none, it is larger or is not sent."""
    kind, content = _exchange(http, "GET", url, query)
    if kind.startswith(("application/json", "text/")):
        _read(content)
        raise Refused(NO_FILE)  # a video is only named, not sent
    return content


def _exchange(
    http: requests.Session,
    method: str,
    url: str,
    query: Mapping[str, str] | None,
    body: Mapping[str, Any] | None = None,
) -> tuple[str, bytes]:
    """Return the content type and the content of an answer with status 200."""
    # WeChat refuses \u escapes (40033); half of a surrogate pair cannot be sent otherwise.
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode(errors="replace")
    headers = {"Content-Type": "application/json; charset=utf-8"} if data else {}
    answered, asked = None, True
    try:
        with http.request(
            method,
            url,
            params=query,
            data=data,
            headers=headers,
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code == 200:
                answered = answer.headers.get("Content-Type", "").lower(), _content(answer)
    except requests.RequestException as error:
        asked = not _unreached(error)
        # Its text holds the URL with the token, and `from` would hand it on. Raising below, outside of this
        # block, leaves it out of the new error altogether; `from None` would still keep it as the context.
    if answered is None:
        raise Refused(NO_ANSWER, perhaps=asked)
    return answered


def _unreached(error: requests.RequestException) -> bool:
    """Whether WeChat cannot have heard the call: no connection came about."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _content(answer: requests.Response) -> bytes:
    content = bytearray()
    for chunk in answer.iter_content(64 * 1024):
        content += chunk
        if len(content) > _LARGEST:
            raise Refused(TOO_LARGE)
    return bytes(content)


def _read(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    # Not chained to the error above, which holds the whole answer and so may hold a token.
    if not isinstance(answer, dict) or type(answer.get("errcode", 0)) is not int:
        raise Refused(NO_ANSWER, perhaps=True)
    if answer.get("errcode"):
        raise Refused(answer["errcode"], str(answer.get("errmsg")))
    return answer
