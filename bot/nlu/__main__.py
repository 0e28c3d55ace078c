"""`python -m bot.nlu MODEL` is the Rasa process: loopback only, without its HTTP API, with scrubbed logs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping

from desk.logs import configure_logs
from desk.settings import Settings


def environment(settings: Settings) -> Mapping[str, str]:
    """Return what endpoints.yml, credentials.yml and Rasa itself read from the environment."""
    return {
        "DESK_LOOPBACK_TOKEN": settings.loopback_token,
        "DESK_ACTIONS_PORT": str(settings.actions_port),
        "DESK_TRACKER_DB": str(settings.var / "tracker.db"),
        # One worst turn: the lock must outlive the slowest answer of the action server.
        "TICKET_LOCK_LIFETIME": "120",
        "LOG_LEVEL": "WARNING",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def main(model: str) -> None:
    """Serve `model` until stopped."""
    settings = Settings.from_env()
    os.environ.update(environment(settings))
    # TensorFlow and its friends warn about their own age at every start.
    warnings.showwarning = lambda *_args, **_kwargs: None
    from rasa.__main__ import main as rasa

    from bot.nlu.calls import build_answer_check_once

    build_answer_check_once()
    sys.argv = ["rasa", "run", "--model", model, "--interface", "127.0.0.1"]
    sys.argv += ["--port", str(settings.rasa_port)]
    sys.argv += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    rasa()


if __name__ == "__main__":
    configure_logs("rasa")
    main(sys.argv[1])
