"""`python -m bot.gateway` serves the citizen's page and its interface."""

from __future__ import annotations

from bot.gateway.app import make_app
from desk.counter import open_counter
from desk.logs import configure_logs
from desk.settings import Settings


def main() -> None:
    """Read the settings and the data, then serve until stopped."""
    configure_logs("gateway")
    settings = Settings.from_env()
    app = make_app(open_counter(settings))
    app.run(settings.host, settings.gateway_port, workers=1, motd=False, access_log=False)


if __name__ == "__main__":
    main()
