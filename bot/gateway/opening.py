"""The first words of every conversation: what the assistant can do, and the first choices."""

from __future__ import annotations

from typing import Any

_WORDS = (
    "您好，我是昆明市失业保险助手（机器人）。材料、步骤、找机构、查进度、投诉建议，都可以问我。\n"
    "直接打字就行，怎么说都可以。"
)
_CHOICES = (
    ("要带什么材料", "/materials"),
    ("怎么申领（九步）", "/process"),
    ("我能不能领", "/eligibility"),
    ("能领多少、领几个月", "/amount_duration"),
    ("找经办机构", "/office"),
    ("查我的进度", "/status"),
    ("投诉和建议", "/complaint"),
    ("转人工 / 12333", "/human"),
)


def opening() -> dict[str, Any]:
    """Return the opening message in the shape of a stored message body."""
    return {"text": _WORDS, "buttons": [{"title": title, "payload": payload} for title, payload in _CHOICES]}
