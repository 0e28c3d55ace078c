"""`python -m ops.rasa_server` trains the model if its inputs changed, then becomes the Rasa process."""

from __future__ import annotations

import os
import socket
import sys
import time

from desk.settings import Settings
from ops.model import train


def main() -> None:
    """Replace this process by `python -m bot.nlu`, so that stopping it stops Rasa."""
    settings = Settings.from_env()
    _after_the_page(settings)
    model = train(settings.var)
    os.execv(sys.executable, [sys.executable, "-m", "bot.nlu", str(model)])


def _after_the_page(settings: Settings) -> None:
    """Leave the processor to the gateway until its page is up; five seconds at most."""
    for _ in range(25):
        try:
            socket.create_connection((settings.host, settings.gateway_port), 0.2).close()
            return
        except OSError:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
