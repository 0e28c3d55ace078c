"""`python -m bot.gateway.wechat.menu` shows what differs from the published menu; `--publish` publishes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from ruamel.yaml import YAML

from bot.gateway.wechat.api import open_api
from bot.gateway.wechat.menu import CLICK, LOCATION, VIEW, Menu, load_menu
from bot.gateway.wechat.refusals import Refused
from desk.database import open_database, upgrade
from desk.errors import DataFault
from desk.settings import Settings

_DOMAIN = Path(__file__).parents[4] / "domain.yml"
_DEEDS = {CLICK: "问 {key}", VIEW: "打开 {url}", LOCATION: "选一个位置发过来"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 1 when it was not done."""
    parser = argparse.ArgumentParser(prog="python -m bot.gateway.wechat.menu", description="公众号的菜单")
    parser.add_argument("--publish", action="store_true", help="看过不同之处以后发布")
    given = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # what there is to say is printed
    try:
        _run(given.publish)
    except DataFault as fault:
        print(*fault.faults, sep="\n")
        return 1
    except Refused as refused:
        print(f"没有办成：{refused.words}（errcode {refused.errcode}）。")
        return 1
    return 0


def _run(publish: bool) -> None:
    settings = Settings.from_env()
    path = settings.data / "wechat" / "menu.yml"
    menu = load_menu(path)
    if faults := unknown(menu, YAML(typ="safe").load(_DOMAIN)):
        raise DataFault([f"{path}: {fault}" for fault in faults])
    if settings.wechat is None or not settings.wechat.secret:
        missing = "DESK_WECHAT_SECRET" if settings.wechat else "DESK_WECHAT_APP_ID、DESK_WECHAT_SECRET 等"
        raise DataFault([f"{path} 没有错。要和公众号比较、发布，还缺 {missing}（README“接公众号”一节）"])
    upgrade(settings.database_url)
    api = open_api(open_database(settings.database_url), settings.wechat, settings.secret)
    changed = changes(api.menu(), menu.as_wechat())
    print(*(changed or ["没有变化"]), sep="\n")
    if changed and publish:
        api.publish_menu(menu.as_wechat())
        print("已发布。手机上最多过五分钟看到，或者重新进入公众号。")
    elif changed:
        print("以上还没有发布；加 --publish 发布。")


def unknown(menu: Menu, domain: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each button whose intent or entity the assistant does not have."""
    known = {*domain["intents"], *domain["entities"]}
    faults = []
    for button in menu.leaves():
        if button.type == CLICK:
            intent, _, entities = button.value[1:].partition("{")
            names = [intent, *(json.loads("{" + entities) if entities else ())]
            faults += [f"“{button.title}”: domain.yml 里没有 {name}" for name in names if name not in known]
    return faults


def changes(published: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> list[str]:
    """Return a line for each button that `wanted` adds, drops or changes; empty when nothing differs."""
    old, new = _deeds(published or {"button": []}), _deeds(wanted)
    if old == new:
        return []
    before, after = dict(old), dict(new)
    lines = [f"删除：{place}（{deed}）" for place, deed in old if place not in after]
    lines += [f"新增：{place}（{deed}）" for place, deed in new if place not in before]
    lines += [
        f"改动：{place}（原来{before[place]}，改为{deed}）"
        for place, deed in new
        if before.get(place, deed) != deed
    ]
    same_order = [p for p, _ in old if p in after] == [p for p, _ in new if p in before]
    return lines if same_order else [*lines, f"改动：顺序改为 {'、'.join(place for place, _ in new)}"]


def _deeds(menu: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where each button stands, `办理指南 › 怎么申领`, and what it does, in order."""
    found = []
    for top in menu["button"]:
        # WeChat gives back an empty list under a button that has none.
        for sub in top.get("sub_button") or [None]:
            place = f"{top['name']} › {sub['name']}" if sub else str(top["name"])
            found.append((place, _deed(sub or top)))
    return found


def _deed(button: Mapping[str, Any]) -> str:
    """What a button does in words; of a type that we do not make, all that WeChat tells."""
    words = _DEEDS.get(str(button.get("type")))
    if words is not None:
        return words.format(key=button.get("key"), url=button.get("url"))
    rest = {name: value for name, value in button.items() if name not in {"name", "sub_button"}}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
