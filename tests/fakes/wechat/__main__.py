"""The developer's WeChat: `python -m tests.fakes.wechat` beside `make run`, and a page to chat on."""

from __future__ import annotations

import argparse
import threading
import time

from tests.fakes.wechat.account import MODES, SAFE, FakeAccount
from tests.fakes.wechat.delivery import verify
from tests.fakes.wechat.phones import Phones
from tests.fakes.wechat.server import FakeWechat

# Of the right shape, the same at every start so that the product keeps its line, and plainly no secrets.
_APP_ID = "wx" + "fa4e" * 4
_TOKEN = "FakeTokenOfNobody"
_AES_KEY = ("FakeKeyOfNobody" * 3)[:43]
_SECRET = ("FakeSecretOfNobody" * 2)[:32]
_PAUSE = 1.0  # seconds between two looks at the webhook


def main() -> None:
    """Serve until interrupted."""
    given = _arguments()
    account = FakeAccount(_APP_ID, _TOKEN, _AES_KEY, given.mode)
    wechat = _started(account, given)
    print(f"模拟微信已启动，聊天页面：{wechat.url}\n")
    print("在另一个终端用这一行启动产品（选项要能点，就再加 DESK_WECHAT_LINKS=1）：\n")
    print(f"{wechat.phones.start_line}\n", flush=True)
    try:
        _wait_for(wechat.phones)
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\n模拟微信已停止")


def _started(account: FakeAccount, given: argparse.Namespace) -> FakeWechat:
    from tests.fakes.wechat_api import FakeWechatApi

    api = FakeWechatApi(_APP_ID, _SECRET)
    api.start()
    try:
        wechat = FakeWechat(account, given.webhook, api, _SECRET, given.port)
    except OSError as error:
        raise SystemExit(f"端口 {given.port} 已被占用，用 --port 换一个") from error
    wechat.start()
    return wechat


def _wait_for(phones: Phones) -> None:
    """Return when the webhook echoes, as when its address is entered on the account's page."""
    if not verify(phones.webhook, phones.account):
        print(f"回调地址 {phones.webhook} 还没有应答，等它启动……", flush=True)
    while not verify(phones.webhook, phones.account):
        time.sleep(_PAUSE)
    phones.verified = True
    print(f"回调地址 {phones.webhook} 验证通过，可以聊了", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.wechat", description="模拟微信公众号")
    parser.add_argument("--port", type=int, default=8099, help="页面和接口的端口")
    parser.add_argument("--webhook", default="http://127.0.0.1:8080/wechat", help="产品的回调地址")
    parser.add_argument("--mode", choices=MODES, default=SAFE, help="明文、兼容或安全模式")
    return parser.parse_args()


if __name__ == "__main__":
    main()
