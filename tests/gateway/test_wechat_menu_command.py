"""`python -m bot.gateway.wechat.menu` as a process, against the fake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.gateway.wechat.menu import load_menu
from tests.fakes.wechat_api import FakeWechatApi
from tests.gateway.door import ROOT
from tests.gateway.wechat_account import APP_ID, APP_SECRET, environment


@pytest.fixture
def wechat() -> Iterator[FakeWechatApi]:
    fake = FakeWechatApi(APP_ID, APP_SECRET)
    fake.start()
    yield fake
    fake.stop()


def run(var: Path, *arguments: str, code: int = 0, **given: str) -> list[str]:
    """The lines that the command prints; nothing may go wrong on the way."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot.gateway.wechat.menu", *arguments],
        cwd=ROOT,
        env={**usual, "DESK_VAR": str(var), "DESK_DATA": str(ROOT / "data"), **given},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert APP_SECRET not in done.stdout
    return done.stdout.splitlines()


def test_the_difference_is_shown_and_published_only_when_told_to(
    tmp_path: Path, wechat: FakeWechatApi
) -> None:
    account = environment(wechat.url)
    shown = run(tmp_path, **account)
    assert shown[0] == "新增：办理指南 › 要带什么材料（问 /materials）"
    assert shown[-1] == "以上还没有发布；加 --publish 发布。"
    assert wechat.menu is None
    published = run(tmp_path, "--publish", **account)
    assert published[:-1] == shown[:-1]
    assert published[-1].startswith("已发布")
    assert wechat.menu and wechat.menu["button"][0]["name"] == "办理指南"
    assert run(tmp_path, "--publish", **account) == ["没有变化"]
    assert wechat.calls.count("menu/create") == 1
    assert wechat.token_calls == [False]


def test_without_an_account_it_says_what_is_missing(tmp_path: Path, wechat: FakeWechatApi) -> None:
    (told,) = run(tmp_path, code=1)
    assert "没有错" in told and "还缺 DESK_WECHAT_APP_ID、DESK_WECHAT_SECRET" in told
    account = environment(wechat.url)
    del account["DESK_WECHAT_SECRET"]
    (told,) = run(tmp_path, code=1, **account)
    assert "还缺 DESK_WECHAT_SECRET" in told
    assert wechat.token_calls == []


def test_a_fault_of_the_file_is_told_and_nothing_is_published(tmp_path: Path, wechat: FakeWechatApi) -> None:
    data = tmp_path / "data"
    (data / "wechat").mkdir(parents=True)
    path = shutil.copy(ROOT / "data" / "wechat" / "menu.yml", data / "wechat" / "menu.yml")
    assert load_menu(path).buttons
    path.write_text(path.read_text().replace("intent: status", "intent: weather"))
    told = run(tmp_path, "--publish", code=1, **environment(wechat.url), DESK_DATA=str(data))
    assert told == [f"{path}: “查我的进度”: domain.yml 里没有 weather"]
    assert wechat.token_calls == []


def test_a_refusal_is_told_in_words(tmp_path: Path, wechat: FakeWechatApi) -> None:
    wechat.token_errors = [40164]
    (told,) = run(tmp_path, code=1, **environment(wechat.url))
    assert "IP 203.0.113.7 不在白名单里" in told and "40164" in told
    wechat.stop()
    (told,) = run(tmp_path, code=1, **environment(wechat.url))
    assert "连不上微信的接口" in told
