"""`python -m console` serves the staff's pages."""

from __future__ import annotations

from console.app import make_app
from desk.counter import open_counter
from desk.listening import serve
from desk.logs import configure_logs
from desk.secret_mark import check_secret
from desk.settings import Settings


def main() -> None:
    """Read the settings and the data, then serve until stopped."""
    configure_logs("console")
    settings = Settings.from_env()
    check_secret(settings)
    app = make_app(open_counter(settings))
    serve(app, "DESK_CONSOLE_PORT", settings.console_host, settings.console_port)


if __name__ == "__main__":
    main()
