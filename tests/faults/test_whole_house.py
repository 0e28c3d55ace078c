"""What `make run` opens to the network, shows to the machine and writes, with every secret set."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from desk.settings import Settings
from tests.assistant import Assistant, Citizen, free_port
from tests.faults.house import until
from tests.faults.scan import held

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc"),
]
_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
_PROCESSES = {"gateway", "actions", "rasa", "console", "worker"}
SECRETS = {
    "DESK_SECRET": base64.b64encode(secrets.token_bytes(32)).decode(),
    "DESK_SECRET_FORMER": base64.b64encode(secrets.token_bytes(32)).decode(),
    "DESK_SMS_TOKEN": "sms-" + secrets.token_hex(12),
    "DESK_PLATFORM_CLIENT_SECRET": "platform-" + secrets.token_hex(12),
    "DESK_WECHAT_SECRET": secrets.token_hex(16),
    "DESK_WECHAT_TOKEN": "token" + secrets.token_hex(8),
    "DESK_WECHAT_AES_KEY": (secrets.token_hex(24))[:43],
    "DESK_WECHAT_SPEECH_TOKEN": "speech-" + secrets.token_hex(12),
}
_BESIDES = {
    "DESK_SMS_URL": "https://127.0.0.1:9/sms",
    "DESK_PLATFORM_URL": "https://127.0.0.1:9",
    "DESK_PLATFORM_CLIENT_ID": "desk-test",
    "DESK_WECHAT_APP_ID": "wx0123456789abcdef",
    "DESK_WECHAT_API": "http://127.0.0.1:9",
    "DESK_WECHAT_SPEECH_URL": "https://127.0.0.1:9/speech",
    "DESK_DEMO": "0",
    # As on a machine with a proxy on another one: these two are to be reached, and nothing else.
    "DESK_HOST": "0.0.0.0",
    "DESK_CONSOLE_HOST": "0.0.0.0",
}


@dataclass
class Whole:
    """The running product, its settings and everything that it was seen to print."""

    assistant: Assistant
    settings: Settings
    process: subprocess.Popen[bytes]

    @property
    def pids(self) -> list[int]:
        """The process and all below it."""
        found, parents = [self.process.pid], _parents()
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def printed(self) -> str:
        return (self.assistant.var / "printed.log").read_text(errors="replace")

    def kept(self) -> str:
        return "".join(path.read_text() for path in (self.assistant.var / "logs").glob("desk-*.log"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    var = tmp_path_factory.mktemp("whole")
    console = str(free_port())
    assistant = Assistant(var, DESK_CONSOLE_PORT=console, **SECRETS, **_BESIDES)
    assistant.prepare()
    with (var / "printed.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.serve"], env=assistant.environment, stdout=log, stderr=log
        )
    try:
        assistant.wait()
        yield Whole(assistant, Settings.from_env(assistant.environment), process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_only_gateway_and_console_are_reached_from_outside_and_only_when_told_to(whole: Whole) -> None:
    settings = whole.settings
    until(lambda: len(_listening(whole.pids)) >= 4)
    heard = _listening(whole.pids)
    ours = {settings.gateway_port, settings.console_port, settings.rasa_port, settings.actions_port}
    assert {port for _, port in heard} == ours, "nothing else listens"
    outside = {port for host, port in heard if not host.startswith("127.")}
    assert outside == {settings.gateway_port, settings.console_port}


def test_what_is_inside_gives_nothing_to_who_has_no_token(whole: Whole) -> None:
    rasa, actions = (
        f"http://127.0.0.1:{port}" for port in (whole.settings.rasa_port, whole.settings.actions_port)
    )
    for path in ("/webhook", "/actions", "/", "/nowhere", "/webhook/", "/reload"):
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            answer = requests.request(method, actions + path, json={"next_action": "x"}, timeout=20)
            assert answer.status_code in (401, 404, 405), (method, path)
            assert "responses" not in answer.text and "action_" not in answer.text
    for path in ("/", "/version", "/status", "/domain", "/model/parse", "/conversations/x/tracker"):
        assert "rasa" not in requests.get(rasa + path, timeout=20).text.lower() or path == "/"
        assert requests.get(rasa + path, timeout=20).status_code in ((200, 404) if path == "/" else (404,))


def test_no_secret_is_in_an_argument_a_log_a_figure_or_an_error(whole: Whole) -> None:
    heard = [_talk(whole), *_figures(whole), whole.printed(), whole.kept()]
    heard += [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in whole.pids]
    assert len(heard) > 10
    for name, secret in {**SECRETS, "token inside": whole.settings.loopback_token}.items():
        assert not [text[:80] for text in heard if secret in text], name
    assert not held(repr(whole.settings).encode(), ["10000000000"])
    assert not [secret for secret in SECRETS.values() if secret in repr(whole.settings)]


def test_what_every_process_says_is_kept_for_the_day_line_by_line(whole: Whole) -> None:
    _talk(whole)
    lines = [json.loads(line) for line in whole.kept().splitlines()]
    named = {str(line.get("process", "")).split(".")[0] for line in lines}
    assert _PROCESSES - {"worker"} <= named
    assert all(line["timestamp"].endswith("Z") for line in lines)
    (folder,) = [path for path in whole.assistant.var.iterdir() if path.name == "logs"]
    assert folder.stat().st_mode & 0o077 == 0


def _talk(whole: Whole) -> str:
    """What a citizen and a stranger read, errors included."""
    url = f"http://127.0.0.1:{whole.settings.gateway_port}"
    console = f"http://127.0.0.1:{whole.settings.console_port}"
    said = [repr(Citizen(url).say(text)) for text in ("领失业金要带什么材料", "查我的进度")]
    for address in (url, console):
        for path in ("/nowhere", "/healthz", "/metrics", "/wechat", "/sign-in", "/api/messages"):
            for method in ("GET", "POST", "DELETE"):
                answer = requests.request(method, address + path, data=b"\xff{", timeout=20)
                said.append(answer.text + repr(answer.headers))
    return "".join(said)


def _figures(whole: Whole) -> list[str]:
    settings = whole.settings
    places = {
        settings.gateway_port: "/metrics",
        settings.console_port: "/metrics",
        settings.actions_port: "/metrics",
        settings.rasa_port: "/webhooks/loopback/metrics",
    }
    return [requests.get(f"http://127.0.0.1:{port}{path}", timeout=20).text for port, path in places.items()]


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue  # it has ended meanwhile
    return found


def _listening(pids: list[int]) -> set[tuple[str, int]]:
    """Address and port of every socket on which one of the processes listens."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(os.readlink(handle))
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, state, inode = (line.split()[place] for place in (1, 3, 9))
            host, port = address.split(":")
            if state == _LISTENING and f"socket:[{inode}]" in inodes:
                short = len(host) == 8
                found.add(
                    (socket.inet_ntoa(struct.pack("<I", int(host, 16))) if short else host, int(port, 16))
                )
    return found
