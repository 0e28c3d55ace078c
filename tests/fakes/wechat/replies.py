"""What WeChat accepts as the reply to a packet. Everything else is a fault that the person gets to see."""

from __future__ import annotations

from typing import Protocol
from xml.etree import ElementTree

LONGEST_TEXT = 2048  # bytes of UTF-8


class BadReply(AssertionError):
    """WeChat would not show this reply; the message says why, in Chinese since the chat page shows it."""


class Response(Protocol):
    """An HTTP response of requests or httpx."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def content(self) -> bytes:
        """The whole body."""


def fields_of(body: bytes) -> dict[str, str]:
    """Return the fields of a reply's XML by name; BadReply when it is not what WeChat reads."""
    if body != body.lstrip():
        raise BadReply(f"回复要以 <xml> 开头，前面不能有空白：{body[:12]!r}")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise BadReply(f"回复不是 XML（{error}）：{body[:60]!r}") from error
    if root.tag != "xml":
        raise BadReply(f"根元素应是 <xml>，现在是 <{root.tag}>")
    fields = {child.tag: child.text or "" for child in root}
    if len(fields) != len(root):
        raise BadReply("同一个字段写了两次")
    return fields


def text_of(fields: dict[str, str], sender: str, receiver: str = "") -> str:
    """Return the text of a reply in the clear, sent by the account `sender` to the openid `receiver`.

    Without `receiver` any person's openid will do.
    """
    to, by = _given(fields, "ToUserName"), _given(fields, "FromUserName")
    if by != sender or to == sender or receiver not in {"", to}:
        raise BadReply(f"收发双方没有对调：FromUserName {by!r}，ToUserName {to!r}")
    if not _given(fields, "CreateTime").isdigit():
        raise BadReply(f"CreateTime 应是秒数：{fields['CreateTime']!r}")
    if _given(fields, "MsgType") != "text":
        raise BadReply(f"MsgType 应是 text，现在是 {fields['MsgType']!r}")
    content = _given(fields, "Content")
    if content != content.lstrip():
        raise BadReply(f"文字以空白开头：{content[:12]!r}")
    if (size := len(content.encode())) > LONGEST_TEXT:
        raise BadReply(f"文字有 {size} 字节，最多 {LONGEST_TEXT} 字节")
    return content


def _given(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise BadReply(f"没有 {name}，或者是空的")
    return fields[name]
