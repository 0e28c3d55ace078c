"""The socket on which a process of ours serves; where it cannot have it, a sentence and an end as a failure.

Sanic asked for a taken port logs that and ends as if it had been stopped by hand: nobody starts it again.
"""

from __future__ import annotations

import socket
import sys
from typing import Any


def listen(setting: str, host: str, port: int) -> socket.socket:
    """Return a listening socket; where it fails, exit with 1 and a sentence that names `setting`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        sys.exit(
            f"{setting}: {host} 的端口 {port} 用不了（{error.strerror}），没有启动。"
            "请停掉占用它的程序，或换一个端口。"
        )


def serve(app: Any, setting: str, host: str, port: int) -> None:
    """Serve a Sanic app there, in this process, until it is stopped."""
    app.run(sock=listen(setting, host, port), workers=1, motd=False, access_log=False)
