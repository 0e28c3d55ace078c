"""`python -m ops.await_rasa [URL]` ends when a Rasa is ready: 0, or 1 with a sentence when it never will be.

Without an address it is the one of this machine's settings. Behind it an old Rasa may be stopped.
"""

from __future__ import annotations

import sys
import time

import requests

from desk.settings import Settings

_START_SECONDS = 600  # a first training included
_LOOK_SECONDS = 0.5
_WARM_SECONDS = 30


def fault(url: str, token: str, seconds: float = _START_SECONDS) -> str:
    """Wait until the Rasa at `url` is ready; return why it is not, empty when it is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            address = f"{url}/webhooks/loopback/ready"
            answer = requests.get(address, headers={"X-Desk-Token": token}, timeout=_WARM_SECONDS)
        except requests.RequestException:
            time.sleep(_LOOK_SECONDS)
            continue
        return "" if answer.ok else _refused(url, answer.status_code)
    return f"{url}：等了 {seconds:.0f} 秒还没有启动，请看 Rasa 的日志。"


def _refused(url: str, status: int) -> str:
    """Rasa listens only when it has tried to load its model, so that it will not get better by itself."""
    if status == 401:
        return f"{url}：两边的 DESK_SECRET 不一样，这个 Rasa 用不了。"
    if status == 503:
        return f"{url}：模型没有装上（文件坏了，或者和程序不配），原因见 Rasa 的日志。旧的请先不要停。"
    return f"{url}：试着说了一句话没有成功（{status}），请看 Rasa 和动作服务的日志。旧的请先不要停。"


def main(arguments: list[str]) -> int:
    """Wait for one Rasa."""
    settings = Settings.from_env()
    host = "127.0.0.1" if settings.rasa_host == "0.0.0.0" else settings.rasa_host  # noqa: S104
    url = arguments[0].rstrip("/") if arguments else f"http://{host}:{settings.rasa_port}"
    why = fault(url, settings.loopback_token)
    print(why or f"{url}：已就绪。", file=sys.stderr if why else sys.stdout)
    return 1 if why else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
