"""`python -m bot.nlu MODEL` is the Rasa process: without its HTTP API, with scrubbed logs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from desk.listening import listen
from desk.logs import configure_logs
from desk.settings import Settings


def environment(settings: Settings) -> Mapping[str, str]:
    """Return what endpoints.yml, credentials.yml and Rasa itself read from the environment."""
    return {
        "DESK_LOOPBACK_TOKEN": settings.loopback_token,
        "DESK_ACTIONS_WEBHOOKS": ",".join(f"{url}/webhook" for url in settings.actions_urls),
        "DESK_TRACKER_URL": settings.tracker_url,
        "DESK_TRACKER_SPOOL": str(settings.spool),
        # Rasa would start any number beside a lock store of our own, which knows one process only.
        "SANIC_WORKERS": "1",
        # The threads of numpy's algebra wait for each other in a busy loop, over products too small for two.
        "OPENBLAS_NUM_THREADS": "1",
        "LOG_LEVEL": "WARNING",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def main(model: str) -> None:
    """Serve `model` until stopped; exit with 1 and a sentence where there is no such file or no such port."""
    if not (model.endswith(".tar.gz") and Path(model).is_file()):
        sys.exit(f"没有这个模型文件：{model}。请运行 make train，或者写对模型文件（*.tar.gz）的位置。")
    settings = Settings.from_env()
    # Rasa takes no socket but its own; it would end as if stopped by hand where it gets none.
    listen("DESK_RASA_PORT", settings.rasa_host, settings.rasa_port).close()
    os.environ.update(environment(settings))
    # TensorFlow and its friends warn about their own age at every start.
    warnings.showwarning = lambda *_args, **_kwargs: None
    from bot.nlu.without_tensorflow import leave_out_tensorflow

    leave_out_tensorflow(Path(model))
    from rasa.__main__ import main as rasa

    from bot.nlu.calls import build_answer_check_once, call_the_next_where_one_is_gone, keep_connections
    from bot.nlu.lean import make_lean

    make_lean()
    build_answer_check_once()
    keep_connections()
    call_the_next_where_one_is_gone()
    sys.argv = ["rasa", "run", "--model", model, "--interface", settings.rasa_host]
    sys.argv += ["--port", str(settings.rasa_port)]
    sys.argv += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    rasa()


if __name__ == "__main__":
    configure_logs("rasa")
    main(sys.argv[1])
