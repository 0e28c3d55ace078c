"""`python -m bot.gateway` serves the citizen's page and its interface."""

from __future__ import annotations

from bot.gateway.app import make_app
from desk.database import open_database
from desk.guide import Guide
from desk.logs import configure_logs
from desk.offices import Offices
from desk.regions import load_atlas
from desk.settings import Settings


def main() -> None:
    """Read the settings and the data, then serve until stopped."""
    configure_logs("gateway")
    settings = Settings.from_env()
    atlas = load_atlas(settings.data)
    app = make_app(
        settings, open_database(settings.database_url), Guide(atlas), Offices(settings.data, settings.region)
    )
    app.run(settings.host, settings.gateway_port, workers=1, motd=False, access_log=False)


if __name__ == "__main__":
    main()
