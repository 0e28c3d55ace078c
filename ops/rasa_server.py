"""`python -m ops.rasa_server` trains the model if its inputs changed, then becomes the Rasa process."""

from __future__ import annotations

import os
import sys

from desk.settings import Settings
from ops.model import train


def main() -> None:
    """Replace this process by `python -m bot.nlu`, so that stopping it stops Rasa."""
    model = train(Settings.from_env().var)
    os.execv(sys.executable, [sys.executable, "-m", "bot.nlu", str(model)])


if __name__ == "__main__":
    main()
