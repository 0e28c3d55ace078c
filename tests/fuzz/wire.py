"""Requests that nobody should send: methods, addresses, headers and bodies out of any order."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.faults.odd import ODD_BODIES
from tests.fuzz.cases import JSON_VALUES, TEXTS

Header = tuple[bytes, bytes]
METHODS = st.sampled_from(
    [
        b"GET",
        b"POST",
        b"GET",
        b"POST",
        b"HEAD",
        b"PUT",
        b"DELETE",
        b"OPTIONS",
        b"PATCH",
        b"TRACE",
        b"CONNECT",
        b"get",
        b"G\xc3\x89T",
        b"*",
        b"POSTS",
    ]
)
KINDS = st.sampled_from(
    [
        b"application/json",
        b"text/plain",
        b"application/xml",
        b"application/json; charset=x",
        b"",
        b";",
        b"\xff",
        b"multipart/form-data",
        b"multipart/form-data; boundary=x",
        b"application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded; charset=utf-16",
        b"multipart/form-data; boundary=" + b"y" * 300,
    ]
)
VALUES = st.binary(max_size=30).map(lambda value: value.translate(None, b"\r\n")) | st.sampled_from(
    [
        b"0",
        b"-1",
        b"x" * 3000,
        b"same-origin",
        b"cross-site",
        b"null",
        b"http://127.0.0.1",
        b"bytes=0-",
        b"100-continue",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"gzip",
        b"websocket",
        b"::1",
        b"127.0.0.1, 10.0.0.1",
        b"9" * 40,
        b"\xed\xa0\x80",
    ]
)
NAMES = st.sampled_from(
    [
        b"cookie",
        b"origin",
        b"sec-fetch-site",
        b"x-forwarded-for",
        b"forwarded",
        b"last-event-id",
        b"if-modified-since",
        b"if-none-match",
        b"range",
        b"accept",
        b"accept-encoding",
        b"content-encoding",
        b"authorization",
        b"upgrade",
        b"x-csrf",
        b"x-desk-token",
        b"hx-request",
        b"user-agent",
        b"referer",
        b"expect",
        b"x-http-method-override",
    ]
)
HEADERS: st.SearchStrategy[list[Header]] = st.lists(
    st.tuples(NAMES, VALUES) | st.tuples(st.just(b"content-type"), KINDS), max_size=4
)
ESCAPES = st.sampled_from(
    [
        "..",
        "%2e%2e",
        "%2f",
        "%5c",
        "//",
        "%00",
        "%",
        "%zz",
        "%ff",
        "%ed%a0%80",
        ";",
        "?",
        "#",
        "index.html",
        "app.py",
        "..%2f..%2f",
        "....//",
        "~root",
        "C:",
        "\\",
        "a" * 300,
        "*",
        "%E4%BA%94",
    ]
)
QUERIES = st.lists(
    st.tuples(st.sampled_from(["after", "kind", "text", "states", "since", "id", "seen", "x"]), TEXTS),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={escaped(value)}" for name, value in pairs))


def escaped(text: str) -> str:
    """Return a text as it stands in an address or a form; halves of surrogate pairs too."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def written(value: Any) -> bytes:
    """Return a value as JSON; numbers that JSON does not have are written as Python does."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def form(fields: dict[str, str]) -> bytes:
    """Return the fields as a page of ours would send them."""
    return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in fields.items()).encode()


def targets(paths: list[str]) -> st.SearchStrategy[bytes]:
    """Addresses: known ones with something odd behind or in between, and made-up ones."""
    known = st.sampled_from(paths)
    path = known | st.tuples(known, st.lists(ESCAPES, max_size=3)).map(
        lambda made: made[0] + "/".join(made[1])
    )
    path = path | st.lists(ESCAPES, max_size=5).map(lambda parts: "/" + "/".join(parts))
    return st.tuples(path, QUERIES).map(
        lambda made: (made[0] + ("?" + made[1] if made[1] else "")).encode("utf-8", "surrogatepass")
    )


def _doubled(fields: list[tuple[str, Any]]) -> bytes:
    """An object in which a name may stand twice."""
    pairs = (written(name) + b":" + written(value) for name, value in fields)
    return b"{" + b",".join(pairs) + b"}"


def objects(names: list[str]) -> st.SearchStrategy[bytes]:
    """JSON objects with these names, once or twice, and any values."""
    field = st.tuples(st.sampled_from(names), JSON_VALUES)
    return st.lists(field, max_size=5).map(_doubled)


BODIES = st.sampled_from(ODD_BODIES) | st.binary(max_size=200) | JSON_VALUES.map(written)


@st.composite
def chunked(draw: st.DrawFn, body: st.SearchStrategy[bytes]) -> bytes:
    """A body in chunks, whose lengths are not always what they say."""
    rest, pieces = draw(body), []
    for cut in draw(st.lists(st.integers(1, 50), max_size=4)):
        piece, rest = rest[:cut], rest[cut:]
        size = draw(st.sampled_from([b"%x" % len(piece)] * 6 + [b"", b"-1", b"zz", b"ffffffffffff", b"0"]))
        pieces.append(b"%s\r\n%s\r\n" % (size, piece))
    return b"".join(pieces) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(rest), rest)
