"""The 模板消息 that tells of a ticket's news: what each of its fields shows (data/wechat/template.yml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from desk.errors import DataFault
from desk.workdays import china_day, china_time
from desk.yaml_files import read_yaml

# How the notices of desk.tickets begin; a card names its ticket itself.
_NEWS = re.compile(r"您的工单 (JS-\d{8}-\d{6}-\d) 有新进展")
# It goes out when nothing else may: an answer of the person opens the conversation again.
_ADVICE = "给我们回一句话，就能看到详情"
_SOME_NEWS = "有新进展"
# What WeChat takes in each kind of field: 20, 32 or 5 characters, the last of them 汉字 alone.
_LONGEST = {"thing": 20, "character_string": 32, "phrase": 5, "time": 24}
_FITTING = {
    "number": ("character_string", "thing"),
    "progress": ("phrase", "thing"),
    "advice": ("thing",),
    "time": ("time", "thing"),
}
_FIELD = re.compile(r"(thing|character_string|phrase|time)[0-9]{1,2}")


class Template:
    """Turns a message of the conversation log into what the fields of the template show."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        """Take name of the field -> what it shows: number, progress, advice or time."""
        self._fields = dict(fields)

    def data(self, body: Mapping[str, Any], at: datetime) -> dict[str, str] | None:
        """Return field -> value for a message that was said at an aware `at`; None when it is no news."""
        number = _number(body)
        if not number:
            return None
        day = china_day(at)
        shown = {
            "number": number,
            "progress": _progress(body),
            "advice": _ADVICE,
            "time": f"{day.year}年{day.month}月{day.day}日 {china_time(at):%H:%M}",
        }
        return {name: shown[what][: _longest(name)] for name, what in self._fields.items()}


def load_template(path: Path) -> Template:
    """Read the file; raise `DataFault` with one Chinese sentence for each fault, path first."""
    faults: list[str] = []
    raw = read_yaml(path, faults)
    if faults:
        raise DataFault([f"{path}: 读不了，应是 UTF-8 的 YAML（{fault}）" for fault in faults])
    fields = raw.get("fields") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(fields, dict) or not fields or len(raw) != 1:
        raise DataFault([f"{path}: 应只有 fields: 一项，下面像 thing3: advice"])
    faults = [f"{path}: {name}: {fault}" for name, what in fields.items() if (fault := _fault(name, what))]
    if faults:
        raise DataFault(faults)
    return Template(fields)


def _fault(name: object, what: object) -> str:
    """What is wrong with one field of the file; empty when nothing is."""
    kind = _FIELD.fullmatch(str(name))
    if not kind:
        return f"字段名应像 thing3，种类是 {'、'.join(_LONGEST)} 之一"
    if not isinstance(what, str) or what not in _FITTING:
        return f"应为 {'、'.join(_FITTING)} 之一，现在是 {what!r}"
    return "" if kind[1] in _FITTING[what] else f"放不下 {what}，它要 {' 或 '.join(_FITTING[what])}"


def _card_field(body: Mapping[str, Any], name: str) -> str:
    card = body.get("card") or {}
    fields = card.get("fields", []) if card.get("kind") == "ticket" else []
    return next((str(field["value"]) for field in fields if field["name"] == name), "")


def _number(body: Mapping[str, Any]) -> str:
    told = _NEWS.match(str(body.get("text") or ""))
    return _card_field(body, "编号") or (told[1] if told else "")


def _progress(body: Mapping[str, Any]) -> str:
    """The state on the card where there is one; one that a `phrase` would cut in two says less than news."""
    progress = _card_field(body, "进度")
    return progress if 0 < len(progress) <= _LONGEST["phrase"] else _SOME_NEWS


def _longest(name: str) -> int:
    return _LONGEST[name.rstrip("0123456789")]
