from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.gateway.wechat.menu import Menu, load_menu
from bot.gateway.wechat.menu.__main__ import changes, unknown
from desk.errors import DataFault
from tests.gateway.door import ROOT

OURS = ROOT / "data" / "wechat" / "menu.yml"
DOMAIN = YAML(typ="safe").load(ROOT / "domain.yml")


def menu_of(folder: Path, text: str) -> Menu:
    path = folder / "menu.yml"
    path.write_text(text)
    return load_menu(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(DataFault) as raised:
        menu_of(folder, text)
    assert all(fault.startswith(f"{folder / 'menu.yml'}: ") for fault in raised.value.faults)
    return [fault.removeprefix(f"{folder / 'menu.yml'}: ") for fault in raised.value.faults]


def top(*lines: str) -> str:
    return "\n".join(["buttons:", *(f"  - {line}" for line in lines)])


def under(*lines: str) -> str:
    return "\n".join(["buttons:", "  - title: 办理", "    buttons:", *(f"      - {line}" for line in lines)])


def test_our_menu_has_no_fault_and_asks_only_what_the_assistant_knows() -> None:
    menu = load_menu(OURS)
    assert unknown(menu, DOMAIN) == []
    assert menu.payload("/materials") == "/materials"
    assert menu.title("/materials") == "要带什么材料"
    assert {"/status", "/office", "/complaint", "/human"} <= {leaf.value for leaf in menu.leaves()}
    assert [leaf.type for leaf in menu.leaves()].count("location_select") == 1


def test_the_menu_has_wechat_s_form(tmp_path: Path) -> None:
    text = top(
        "{title: 查进度, intent: status}",
        "{title: 机构, buttons: [{title: 五华区, intent: office, entities: {row: 3}}, "
        "{title: 发位置, kind: location}]}",
        "{title: 官网, url: 'https://example.test/'}",
    )
    assert menu_of(tmp_path, text).as_wechat() == {
        "button": [
            {"type": "click", "name": "查进度", "key": "/status"},
            {
                "name": "机构",
                "sub_button": [
                    {"type": "click", "name": "五华区", "key": '/office{"row": 3}'},
                    {"type": "location_select", "name": "发位置", "key": "location"},
                ],
            },
            {"type": "view", "name": "官网", "url": "https://example.test/"},
        ]
    }


def test_only_a_click_on_a_button_of_the_menu_is_a_payload(tmp_path: Path) -> None:
    menu = menu_of(
        tmp_path,
        under(
            "{title: 五华区, intent: office, entities: {row: 3}}",
            "{title: 发位置, kind: location}",
            "{title: 官网, url: 'https://example.test/'}",
        ),
    )
    assert menu.payload('/office{"row": 3}') == '/office{"row": 3}'
    for key in ("/office", "/start_over", "location", "https://example.test/", ""):
        assert menu.payload(key) is None
    assert menu.title("location") == "发位置"
    assert menu.title("/start_over") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "应只有 buttons: 一项，下面是按钮"),
        ("buttons: []", "菜单: 应有 1 到 3 个按钮"),
        ("buttons: 好", "菜单: 应有 1 到 3 个按钮"),
        (top(*["{title: 查, intent: a}"] * 4), "菜单: 应有 1 到 3 个按钮"),
        (under(*["{title: 查, intent: a}"] * 6), "“办理”下面的: 应有 1 到 5 个按钮"),
        (top("{title: 办理, buttons: []}"), "“办理”下面的: 应有 1 到 5 个按钮"),
        (top("好"), "第 1 个按钮: 应像 {title: 要带什么材料, intent: materials}"),
        (top("{intent: status}"), "第 1 个按钮: title 应是按钮上的字"),
        (under("{title: 3, intent: status}"), "“办理”下面的第 1 个按钮: title 应是按钮上的字"),
        (top("{title: 查办理进度, intent: status}"), "第 1 个按钮“查办理进度”: 标题最多 4 个汉字"),
        (under("{title: 查一查我的办理进度, intent: a}"), "“查一查我的办理进度”: 标题最多 8 个汉字"),
        (top("{title: 查, intent: status, colour: red}"), "“查”: 不认识 colour"),
        (top("{title: 查, url: 'https://a.test', entities: {}}"), "“查”: 不认识 entities"),
        (top("{title: 查}"), "“查”: intent、url、kind、buttons 里要写一样"),
        (top("{title: 查, intent: a, kind: location}"), "“查”: intent、url、kind、buttons 里要写一样"),
        (under("{title: 查, buttons: []}"), "“办理”下面的“查”: intent、url、kind 里要写一样，只写一样"),
        (top("{title: 查, intent: /status}"), "“查”: intent 应是 domain.yml 里的一个名字，如 materials"),
        (top("{title: 查, intent: 3}"), "“查”: intent 应是 domain.yml 里的一个名字，如 materials"),
        (top("{title: 查, intent: a, entities: [1]}"), "“查”: entities 应像 {row: 3}，值是文字或整数"),
        (top("{title: 查, intent: a, entities: {row: [1]}}"), "“查”: entities 应像 {row: 3}，值是文字或整数"),
        (top("{title: 查, intent: a, entities: {value: %s}}" % ("长" * 40)), "合起来太长，最多 128 字节"),
        (top("{title: 查, url: 'javascript:1'}"), "“查”: url 应是 https:// 开头的网址"),
        (top("{title: 查, url: 'https://a.test/%s'}" % ("a" * 1024)), "“查”: url 应是 https:// 开头的网址"),
        (top("{title: 查, kind: scan}"), "“查”: kind 只能是 location（选一个位置发过来）"),
        (top("{title: 查, intent: a}", "{title: 找, intent: a}"), "有几个按钮做同一件事：/a"),
        (top("{title: 查, kind: location}", "{title: 找, kind: location}"), "有几个按钮做同一件事：location"),
        (top("{title: 查, intent: a}", "{title: 查, intent: b}"), "有几个按钮叫“查”"),
        (under("{title: 查, intent: a}", "{title: 查, intent: b}"), "有几个按钮叫“查”"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_that_names_the_button(tmp_path: Path, text: str, fault: str) -> None:
    assert fault in faults(tmp_path, text)[0]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    assert len(faults(tmp_path, top("{title: 查办理进度}", "{title: 找, kind: scan}"))) == 3


def test_a_file_that_is_missing_or_no_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataFault, match="读不了"):
        load_menu(tmp_path / "none.yml")
    (fault,) = faults(tmp_path, "buttons: [")
    assert "应是 UTF-8 的 YAML" in fault


def test_an_intent_or_entity_that_the_assistant_lacks_is_told(tmp_path: Path) -> None:
    menu = menu_of(
        tmp_path, top("{title: 查, intent: weather}", "{title: 找, intent: office, entities: {town: 3}}")
    )
    assert unknown(menu, DOMAIN) == ["“查”: domain.yml 里没有 weather", "“找”: domain.yml 里没有 town"]


def click(name: str, key: str) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": key, "sub_button": []}


OLD = {
    "button": [
        {"name": "办理", "sub_button": [click("材料", "/materials"), click("步骤", "/process")]},
        click("进度", "/status"),
    ]
}


def test_the_same_menu_makes_no_difference() -> None:
    published = load_menu(OURS).as_wechat()
    assert changes(published, load_menu(OURS).as_wechat()) == []
    assert changes(OLD, OLD) == []


def test_without_a_published_menu_everything_is_new() -> None:
    assert changes(None, OLD) == [
        "新增：办理 › 材料（问 /materials）",
        "新增：办理 › 步骤（问 /process）",
        "新增：进度（问 /status）",
    ]


def test_what_is_added_dropped_and_changed_is_told_in_words() -> None:
    new = {
        "button": [
            {"name": "办理", "sub_button": [click("材料", "/materials"), click("步骤", "/all_steps")]},
            {"type": "view", "name": "官网", "url": "https://example.test/"},
        ]
    }
    assert changes(OLD, new) == [
        "删除：进度（问 /status）",
        "新增：官网（打开 https://example.test/）",
        "改动：办理 › 步骤（原来问 /process，改为问 /all_steps）",
    ]


def test_another_order_is_a_change() -> None:
    new = {"button": [OLD["button"][1], OLD["button"][0]]}
    assert changes(OLD, new) == ["改动：顺序改为 进度、办理 › 材料、办理 › 步骤"]


def test_a_published_button_of_another_kind_is_shown_with_all_that_it_has() -> None:
    odd = {"button": [{"type": "miniprogram", "name": "小程序", "appid": "wx-1", "pagepath": "a"}]}
    assert changes(odd, OLD)[0] == '删除：小程序（{"appid": "wx-1", "pagepath": "a", "type": "miniprogram"}）'
    moved = {"button": [{**odd["button"][0], "pagepath": "b"}]}
    assert len(changes(odd, moved)) == 1
