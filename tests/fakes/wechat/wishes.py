"""What a button of the chat page asks for, as a packet and as the words that stand in the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.wechat.account import FakeAccount
from tests.fakes.wechat.packets import Packet

Wish = Mapping[str, Any]
Made = tuple[Packet, str]
# Where somebody stands who names no coordinates: the middle of Kunming, degrees.
_LATITUDE, _LONGITUDE = 25.0389, 102.7183


def fulfil(account: FakeAccount, openid: str, wish: Wish) -> Made:
    """Return the packet and the words for a wish, whose `kind` names it; KeyError for one nobody knows."""
    return _KINDS[wish["kind"]](account, openid, wish)


def _text(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.text(openid, wish["content"], wish.get("menu_id", "")), wish["content"]


def _voice(account: FakeAccount, openid: str, wish: Wish) -> Made:
    heard = wish.get("recognition")
    said = "没有识别字段" if heard is None else f"识别为：{heard}" if heard else "识别结果为空"
    return account.voice(openid, heard), f"〔语音〕{said}"


def _image(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.image(openid), "〔图片〕"


def _video(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.video(openid), "〔视频〕"


def _location(account: FakeAccount, openid: str, wish: Wish) -> Made:
    latitude, longitude = float(wish["latitude"]), float(wish["longitude"])
    label = wish.get("label") or None
    said = f"〔位置〕{label or '没有地名'}（{latitude:.4f}，{longitude:.4f}）"
    return account.location(openid, latitude, longitude, label), said


def _link(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.link(openid, wish["title"], wish["url"]), f"〔链接〕{wish['title']}"


def _subscribe(account: FakeAccount, openid: str, wish: Wish) -> Made:
    scene = wish.get("scene", "")
    return account.subscribe(openid, scene), f"扫码关注（场景 {scene}）" if scene else "关注"


def _unsubscribe(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.unsubscribe(openid), "取消关注"


def _scan(account: FakeAccount, openid: str, wish: Wish) -> Made:
    return account.scan(openid, wish["scene"]), f"扫码（场景 {wish['scene']}）"


def _menu(account: FakeAccount, openid: str, wish: Wish) -> Made:
    """Tap the menu entry `entry`, which stands as it was published."""
    entry = wish["entry"]
    return _TAPS[entry["type"]](account, openid, entry), f"菜单：{entry['name']}"


_KINDS: dict[str, Callable[[FakeAccount, str, Wish], Made]] = {
    "text": _text,
    "voice": _voice,
    "image": _image,
    "video": _video,
    "location": _location,
    "link": _link,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "scan": _scan,
    "menu": _menu,
}

_TAPS: dict[str, Callable[[FakeAccount, str, Wish], Packet]] = {
    "click": lambda account, openid, entry: account.click(openid, entry["key"]),
    "view": lambda account, openid, entry: account.view(openid, entry["url"]),
    "scancode_push": lambda account, openid, entry: account.scancode(openid, entry["key"], "1"),
    "scancode_waitmsg": lambda account, openid, entry: account.scancode(openid, entry["key"], "1", wait=True),
    "location_select": lambda account, openid, entry: account.location_select(
        openid, entry["key"], _LATITUDE, _LONGITUDE, "昆明市", "模拟的地点"
    ),
}
