"""`python -m bot.gateway` serves the citizen's page and its interface."""

from __future__ import annotations

import sys

from bot.gateway.app import make_app
from bot.gateway.holds import sole_gateway
from desk.counter import open_counter
from desk.errors import DataFault
from desk.listening import serve
from desk.logs import configure_logs
from desk.secret_mark import check_secret
from desk.settings import Settings


def main() -> None:
    """Read the settings and the data, then serve until stopped."""
    configure_logs("gateway")
    settings = Settings.from_env()
    check_secret(settings)
    counter = open_counter(settings)
    try:
        claim = sole_gateway(settings.database_url)
    except DataFault as fault:
        sys.exit("\n".join(fault.faults))
    app = make_app(counter)
    serve(app, "DESK_PORT", settings.host, settings.gateway_port)
    if claim:
        claim.close()


if __name__ == "__main__":
    main()
