"""`python -m ops.serve` starts every process, says when each answers, and stops them all together."""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable

from bot.gateway.wechat.menu import load_menu
from bot.gateway.wechat.template import load_template
from desk.claims import register
from desk.database import DAMAGED, damaged, open_database, upgrade
from desk.errors import DataFault
from desk.regions import load_atlas
from desk.secret_mark import check_secret
from desk.settings import Settings, derive
from desk.staff import Accounts, demo_accounts
from ops.await_rasa import fault
from ops.keeping import Keeper
from ops.log_files import DayFiles, KeptPrinter

_LEAST_MEGABYTES = 300
_NEW_MODEL = "要重新训练：停下（Ctrl-C），删掉 var/models 里最新的 .tar.gz，再 make run。机构查询照常能用。"


def main() -> int:
    """Prepare, start, wait, and stop on Ctrl-C or when one process gives up. Returns the exit code."""
    try:
        settings = Settings.from_env()
        faults = _faults(settings)
        if not faults:
            load_atlas(settings.data)
            if settings.wechat:
                load_menu(settings.data / "wechat" / "menu.yml")
                load_template(settings.data / "wechat" / "template.yml")
    except DataFault as fault:
        faults = fault.faults
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    _prepare(settings)
    check_secret(settings)
    manager = Keeper(KeptPrinter(DayFiles(settings.var / "logs"), sys.stdout))
    processes = {
        "gateway": "bot.gateway",
        "actions": "actions",
        "rasa": "ops.rasa_server",
        "console": "console",
        "worker": "desk.tickets.worker",
    }
    for name, module in processes.items():
        manager.add_process(name, f'exec "{sys.executable}" -m {module}', env=_environment())
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    manager.loop()
    # Stopped by hand is no failure; a process that gave up is.
    return 0 if manager.returncode in {None, 0, -signal.SIGINT, -signal.SIGTERM, 130, 143} else 1


def _faults(settings: Settings) -> list[str]:
    """One sentence, with what to do, for each thing that would stop the start."""
    faults = []
    ports = {
        "DESK_PORT": (settings.host, settings.gateway_port),
        "DESK_RASA_PORT": (settings.rasa_host, settings.rasa_port),
        "DESK_ACTIONS_PORT": (settings.actions_host, settings.actions_port),
        "DESK_CONSOLE_PORT": (settings.console_host, settings.console_port),
    }
    for name, (host, port) in ports.items():
        refused = _refused(host, port)
        if refused == errno.EADDRINUSE:
            faults.append(
                f"端口 {port} 已被占用：请停掉占用它的程序，或换一个端口再运行，"
                f"例如 {name}={_another(host, port, ports.values())} make run。"
            )
        elif refused == errno.EACCES:
            faults.append(f"{name}: 端口 {port} 要管理员权限才能用，请换一个 1024 以上的端口。")
        elif refused:
            faults.append(
                f"{name.replace('PORT', 'HOST')}: {host} 不是这台机器的地址；"
                "只在本机用写 127.0.0.1，别的电脑也要用写 0.0.0.0。"
            )
    settings.var.mkdir(0o700, parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.var).free // 2**20
    if free < _LEAST_MEGABYTES:
        faults.append(
            f"磁盘空间不够：{settings.var} 只剩 {free} MB，至少要 {_LEAST_MEGABYTES} MB。请清理后再运行。"
        )
    if damaged(open_database(settings.database_url)):
        faults.append(DAMAGED)
    return faults


def _refused(host: str, port: int) -> int:
    """Why nothing can listen there, as an `errno`; 0 when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EADDRNOTAVAIL
    return 0


def _another(host: str, port: int, ours: Iterable[tuple[str, int]]) -> int:
    """The next port that is free and none of ours; `port` itself when there is none."""
    used = {number for _, number in ours}
    wanted = (*range(port + 1, 65536), *range(1024, port))
    return next((number for number in wanted if number not in used and not _refused(host, number)), port)


def _prepare(settings: Settings) -> None:
    open_database(settings.database_url).dispose()
    upgrade(settings.database_url)
    if settings.demo:
        register.main(["demo"])


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _announce(settings: Settings) -> None:
    """Say once when the page is up and once when the assistant answers."""
    address = (
        f"http://{'127.0.0.1' if settings.host == '0.0.0.0' else settings.host}:{settings.gateway_port}/"  # noqa: S104
    )
    _wait(settings, "up")
    print(f"\n  页面已经打开：{address}（助手正在启动，机构查询现在就能用）", flush=True)
    _announce_wechat(settings, address)
    _announce_console(settings)
    started = time.monotonic()
    host = "127.0.0.1" if settings.rasa_host == "0.0.0.0" else settings.rasa_host  # noqa: S104
    if why := fault(f"http://{host}:{settings.rasa_port}", settings.loopback_token):
        print(f"\n  助手没有启动：{why}\n  {_NEW_MODEL}\n", flush=True)
    _wait(settings, "ready")
    print(
        f"\n  助手已就绪：{address}（又用了 {time.monotonic() - started:.0f} 秒）  按 Ctrl-C 停止\n",
        flush=True,
    )


def _announce_wechat(settings: Settings, address: str) -> None:
    """Say that the account is served, in which mode, and what it cannot do as it is set."""
    wechat = settings.wechat
    if wechat is None:
        return
    mode = {"plain": "明文", "compatible": "兼容", "safe": "安全"}[wechat.mode]
    print(f"  公众号已接上：{address}wechat（{mode}模式）", flush=True)
    if not wechat.customer_service:
        print("    没有开客服消息（DESK_WECHAT_CUSTOMER_SERVICE=1）：晚到的答复和进展等对方下次发话时再给")


def _announce_console(settings: Settings) -> None:
    """Say where staff work and, in the demo, with which throw-away accounts."""
    print(f"  工作人员的页面：http://{settings.console_host}:{settings.console_port}/", flush=True)
    if settings.demo:
        key = derive(settings.secret, "staff")
        accounts = Accounts(open_database(settings.database_url), key, demo=True)
        for login, password in demo_accounts(accounts):
            print(f"    演示账号 {login}  密码 {password}", flush=True)
    print(flush=True)


def _wait(settings: Settings, wanted: str) -> None:
    while True:
        time.sleep(0.2)
        try:
            connection = http.client.HTTPConnection(settings.host, settings.gateway_port, timeout=2)
            connection.request("GET", "/healthz")
            body = connection.getresponse().read()
        except OSError:
            continue
        if wanted == "up" or b'"rasa":true' in body:
            return


if __name__ == "__main__":
    raise SystemExit(main())
