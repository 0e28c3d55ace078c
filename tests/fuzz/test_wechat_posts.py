"""Posts that WeChat never made: each is an Envelope or Broken, and nothing else comes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.wechat.envelope import Broken, Envelope
from desk.sealing import Key
from tests.fuzz.cases import door
from tests.gateway.wechat_post import (
    MODES,
    NOW,
    encrypted,
    envelopes,
    event,
    message,
    query,
    seal,
    with_inner,
)

Element = tuple[str, str | Sequence[tuple[str, str]]]
PLACE = "<SendLocationInfo><Location_X>25.04</Location_X><Label>五华区</Label></SendLocationInfo>"
VALID = [
    message(),
    message("Content", MsgType="voice", MediaId="m-1", Format="amr", Recognition=""),
    event("subscribe", EventKey="qrscene_7", Ticket="t"),
    with_inner(event("location_select", EventKey="where"), PLACE),
    message(Encrypt=seal(message())),
]
NAMES = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Event", "EventKey"]
DOCTYPES = ["<!DOCTYPE xml>", "<!DOCTYPE xml [<!ENTITY who 'x'>]>", "<?xml version='1.0' encoding='UTF-16'?>"]
MARKS = [
    "<",
    ">",
    "</",
    "/>",
    "&",
    "&lt;",
    "&#0;",
    "&#x110000;",
    "&who;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?",
]
MARKUP = [
    "<xml>",
    "</xml>",
    "<a/>",
    "xmlns='a'",
    "xmlns:a='a'",
    "a:",
    "<a>" * 20,
    "</a>" * 20,
    "<!-- -->",
    "<?a?>",
]
VALUES = ["9" * 40, "-1", "1", "１", "\0", "\r", "\ufeff", "é" * 70, "x" * 20_001]
PIECES = DOCTYPES + MARKS + MARKUP + VALUES + [f"<{name}>1</{name}>" for name in NAMES]
OTHERS = ["Content", "Encrypt", "Recognition", "Idx", "MediaId", "Label", "Poiname", "Status", "a", "b", "c"]
ENVELOPES = {mode: envelopes(mode) for mode in MODES}
REASONS = {"signature", "replay", "too_large", "mode", "encrypted", "app_id", "xml", "doctype", "fields"}

# Where, how many characters go, and what comes in their place.
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 700), st.just(0) | st.integers(0, 9), st.sampled_from(PIECES) | st.text(max_size=2)
    ),
    max_size=3,
)
BYTES = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 2), st.binary(max_size=3)), min_size=1, max_size=3
)
SAID = st.sampled_from(["1", "event", "text", "CLICK", "o-1", str(NOW), "", "五华区"]) | st.text(
    "五a1 <&\n]", max_size=9
)
LEAF = st.tuples(st.sampled_from([*NAMES, *OTHERS]), SAID)
ELEMENT = LEAF | st.tuples(st.sampled_from(["ScanCodeInfo", "FromUserName"]), st.lists(LEAF, max_size=3))
QUERIES = st.dictionaries(
    st.sampled_from(["signature", "timestamp", "nonce", "encrypt_type", "msg_signature", "echostr"])
    | st.text(max_size=8),
    st.text(st.characters(), max_size=50) | st.sampled_from(["aes", str(NOW), "0" * 40]),
    max_size=6,
)
ACCOUNT_MODES = st.sampled_from(MODES)


def _read(mode: str, given_query: Mapping[str, str], body: bytes) -> None:
    """Read; of what is taken everything holds that is promised of an Envelope."""
    try:
        taken = ENVELOPES[mode].read(given_query, body)
    except Broken as broken:
        assert str(broken) in REASONS
        return
    assert isinstance(taken, Envelope)
    assert re.fullmatch("[!-~]{1,64}", taken.openid)
    assert re.fullmatch("[!-~]{1,64}", taken.account)
    assert re.fullmatch("[0-9]{1,32}", taken.message_id) or (taken.kind == "event" and not taken.message_id)
    assert bool(taken.event) == (taken.kind == "event")
    assert taken.kind == taken.kind.lower() != ""
    assert not taken.encrypted or mode != "plain"
    assert all(len(text) <= 20_000 for text in taken.fields.values())
    assert re.fullmatch("wechat:[0-9a-f]{48}", taken.key(Key(b"k" * 32)))
    assert ENVELOPES[mode].reply(taken, "好").startswith(b"<xml>")


def _changed(xml: str, changes: list[tuple[int, int, str]]) -> str:
    """Half of the changes come where a tag ends, the others in the middle of anything."""
    for where, gone, come in changes:
        ends = [0, *(tag.end() for tag in re.finditer(">", xml))]
        at = where % (len(xml) + 1) if where % 2 else ends[where % len(ends)]
        xml = xml[:at] + come + xml[at + gone :]
    return xml


def _read_in_every_way(mode: str, xml: str) -> None:
    """Plain and encrypted, with every signature right, so that it is the XML that decides."""
    _read(mode, query(), xml.encode())
    _read(mode, query(encrypt_type="aes"), xml.encode())
    _read(mode, *encrypted(seal(xml)))


@door("envelope, a changed message", 0.2)
@given(ACCOUNT_MODES, st.sampled_from(VALID), CHANGES)
def test_a_changed_message_is_read_or_refused(
    mode: str, xml: str, changes: list[tuple[int, int, str]]
) -> None:
    _read_in_every_way(mode, _changed(xml, changes))


@door("envelope, changed bytes", 0.06)
@given(ACCOUNT_MODES, st.sampled_from(VALID), BYTES, st.booleans())
def test_a_body_with_changed_bytes_is_read_or_refused(
    mode: str, xml: str, changes: list[tuple[int, int, bytes]], sealed: bool
) -> None:
    given_query, body = encrypted(seal(xml)) if sealed else (query(), xml.encode())
    for at, gone, come in changes:
        at %= len(body) + 1
        body = body[:at] + come + body[at + gone :]
    _read(mode, given_query, body)


@door("envelope, any elements", 0.06)
@given(ACCOUNT_MODES, st.sampled_from(["", "Content", *NAMES]), st.lists(ELEMENT, max_size=4))
def test_a_message_of_any_elements_is_read_or_refused(
    mode: str, without: str, elements: list[Element]
) -> None:
    _read_in_every_way(mode, with_inner(message(without), "".join(map(_markup, elements))))


@door("envelope, any query", 0.06)
@given(ACCOUNT_MODES, QUERIES, st.binary(max_size=200) | st.sampled_from(VALID).map(str.encode))
def test_any_query_with_any_body_is_read_or_refused(mode: str, strange: dict[str, str], body: bytes) -> None:
    for given_query in (
        strange,
        query() | strange,
        strange | query(),
        strange | encrypted(seal("<xml/>"))[0],
    ):
        _read(mode, given_query, body)
        try:
            assert isinstance(ENVELOPES[mode].verify(given_query), str)
        except Broken as broken:
            assert str(broken) in REASONS


def _markup(element: Element) -> str:
    name, inner = element
    return f"<{name}>{escape(inner) if isinstance(inner, str) else ''.join(map(_markup, inner))}</{name}>"
