"""The menu at the foot of the account: data/wechat/menu.yml, checked, shown and published.

`python -m bot.gateway.wechat.menu` shows what differs from the published one; `--publish` publishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.buttons import button as rasa_button
from desk.errors import DataFault
from desk.yaml_files import read_yaml

CLICK, VIEW, LOCATION = "click", "view", "location_select"
_LOCATION_KEY = "location"
# The limits of 创建自定义菜单. Titles are counted as the phone shows them; within these widths the bytes
# (16 and 60) are never too many.
_MOST_TOP, _MOST_SUB = 3, 5
_WIDTHS = {True: 4, False: 8}
_KEY_BYTES, _URL_BYTES = 128, 1024
_DEEDS = ("intent", "url", "kind", "buttons")
_INTENT = re.compile(r"[a-z]+(_[a-z]+)*")
_EXAMPLE = "{title: 要带什么材料, intent: materials}"


@dataclass(frozen=True)
class Button:
    """One button: `type` and `value` (a key or an address) as WeChat has them, or the buttons under it."""

    title: str
    type: str = ""
    value: str = ""
    buttons: tuple[Button, ...] = ()

    def as_wechat(self) -> dict[str, Any]:
        """Return it in the form of menu/create."""
        if self.buttons:
            return {"name": self.title, "sub_button": [button.as_wechat() for button in self.buttons]}
        deed = "url" if self.type == VIEW else "key"
        return {"type": self.type, "name": self.title, deed: self.value}


@dataclass(frozen=True)
class Menu:
    """A menu without faults. A key is the payload itself, so that it means the same in every version."""

    buttons: tuple[Button, ...]

    def payload(self, event_key: str) -> str | None:
        """Return Rasa's payload for the `EventKey` of a CLICK; None for a key that the menu does not have."""
        return next((b.value for b in self.leaves() if b.type == CLICK and b.value == event_key), None)

    def title(self, event_key: str) -> str | None:
        """Return what stands on the button with this `EventKey` (for a VIEW the address)."""
        return next((b.title for b in self.leaves() if b.value == event_key), None)

    def as_wechat(self) -> dict[str, Any]:
        """Return the body of menu/create."""
        return {"button": [button.as_wechat() for button in self.buttons]}

    def leaves(self) -> Iterator[Button]:
        """Yield every button that does something."""
        for button in self.buttons:
            yield from button.buttons or (button,)


def load_menu(path: Path) -> Menu:
    """Read the file; raise `DataFault` with one Chinese sentence for each fault, path first."""
    faults: list[str] = []
    raw = read_yaml(path, faults)
    if faults:
        raise DataFault([f"{path}: 读不了，应是 UTF-8 的 YAML（{fault}）" for fault in faults])
    if not isinstance(raw, dict) or list(raw) != ["buttons"]:
        raise DataFault([f"{path}: 应只有 buttons: 一项，下面是按钮"])
    menu = Menu(_buttons(raw["buttons"], "", faults))
    _check_once(menu, faults)
    if faults:
        raise DataFault([f"{path}: {fault}" for fault in faults])
    return menu


def _buttons(raw: object, parent: str, faults: list[str]) -> tuple[Button, ...]:
    """The buttons of the menu, or those under `parent`."""
    most = _MOST_SUB if parent else _MOST_TOP
    if not isinstance(raw, list) or not 1 <= len(raw) <= most:
        faults.append(f"{parent or '菜单'}: 应有 1 到 {most} 个按钮")
        return ()
    return tuple(_button(each, parent, place, faults) for place, each in enumerate(raw, 1))


def _button(raw: object, parent: str, place: int, faults: list[str]) -> Button:
    where = f"{parent}第 {place} 个按钮"
    if not isinstance(raw, dict):
        faults.append(f"{where}: 应像 {_EXAMPLE}")
        return Button("")
    title = _title(raw, where, _WIDTHS[not parent], faults)
    where = f"{parent}“{title}”" if title else where
    deeds = [deed for deed in _DEEDS if deed in raw]
    if len(deeds) != 1 or (parent and deeds == ["buttons"]):
        faults.append(f"{where}: intent、url、kind{'' if parent else '、buttons'} 里要写一样，只写一样")
        return Button(title)
    known = {"title", *deeds, *(("entities",) if deeds == ["intent"] else ())}
    faults += [f"{where}: 不认识 {key}" for key in raw if key not in known]
    if deeds == ["buttons"]:
        return Button(title, buttons=_buttons(raw["buttons"], f"{where}下面的", faults))
    return {"intent": _click, "url": _view, "kind": _location}[deeds[0]](title, raw, where, faults)


def _title(raw: dict[str, Any], where: str, most: int, faults: list[str]) -> str:
    title = raw.get("title")
    if not isinstance(title, str) or not title.strip():
        faults.append(f"{where}: title 应是按钮上的字")
        return ""
    if sum(0.5 if sign.isascii() else 1 for sign in title) > most:
        faults.append(f"{where}“{title}”: 标题最多 {most} 个汉字（两个字母或数字算一个）")
    return title


def _click(title: str, raw: dict[str, Any], where: str, faults: list[str]) -> Button:
    intent, entities = raw["intent"], raw.get("entities", {})
    if not isinstance(intent, str) or not _INTENT.fullmatch(intent):
        faults.append(f"{where}: intent 应是 domain.yml 里的一个名字，如 materials")
        return Button(title)
    if not isinstance(entities, dict) or not all(_is_entity(*each) for each in entities.items()):
        faults.append(f"{where}: entities 应像 {{row: 3}}，值是文字或整数")
        return Button(title)
    key = rasa_button(title, intent, **entities)["payload"]
    if len(key.encode()) > _KEY_BYTES:
        faults.append(f"{where}: intent 和 entities 合起来太长，最多 {_KEY_BYTES} 字节")
    return Button(title, CLICK, key)


def _is_entity(name: object, value: object) -> bool:
    return isinstance(name, str) and _INTENT.fullmatch(name) is not None and type(value) in {str, int}


def _view(title: str, raw: dict[str, Any], where: str, faults: list[str]) -> Button:
    url = str(raw["url"])
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url) or len(url.encode()) > _URL_BYTES:
        faults.append(f"{where}: url 应是 https:// 开头的网址，最多 {_URL_BYTES} 字节")
    return Button(title, VIEW, url)


def _location(title: str, raw: dict[str, Any], where: str, faults: list[str]) -> Button:
    if raw["kind"] != "location":
        faults.append(f"{where}: kind 只能是 location（选一个位置发过来）")
    return Button(title, LOCATION, _LOCATION_KEY)


def _check_once(menu: Menu, faults: list[str]) -> None:
    """Whoever reads a title or an event must know which button is meant."""
    values = [button.value for button in menu.leaves() if button.value]
    faults += [f"有几个按钮做同一件事：{value}" for value in _doubled(values)]
    for row in (menu.buttons, *(button.buttons for button in menu.buttons)):
        faults += [f"有几个按钮叫“{title}”" for title in _doubled([b.title for b in row if b.title])]


def _doubled(texts: list[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if texts.count(text) > 1]
