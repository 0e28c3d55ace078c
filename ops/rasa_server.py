"""`python -m ops.rasa_server` trains the model if its inputs changed, then becomes the Rasa process."""

from __future__ import annotations

import os
import sys

from desk.settings import Settings
from ops.model import train


def main() -> None:
    """Replace this process by `rasa run`: loopback only, without its HTTP API."""
    settings = Settings.from_env()
    model = train(settings.var)
    environment = {
        **os.environ,
        "DESK_LOOPBACK_TOKEN": settings.loopback_token,
        "DESK_ACTIONS_PORT": str(settings.actions_port),
        "DESK_TRACKER_DB": str(settings.var / "tracker.db"),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # One worst turn: the lock must outlive the action server's slowest answer.
        "TICKET_LOCK_LIFETIME": "120",
        "LOG_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "rasa", "run", "--model", str(model)]
    command += ["--interface", "127.0.0.1", "--port", str(settings.rasa_port)]
    command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    os.execve(sys.executable, command, environment)


if __name__ == "__main__":
    main()
