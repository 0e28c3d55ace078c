"""The trained model, kept under the hash of everything it is made from.

`python -m ops.model train [CONFIG]` trains only when something changed; `validate` checks the training
data; `path [CONFIG]` prints where the model is.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tarfile
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

_CONFIG = "config.yml"
_DOMAIN = "domain.yml"
_DATA = ("data/topics", "data/talk")
_READERS = (
    *("bot/nlu/reader.py", "bot/nlu/intents.py", "bot/nlu/heads.py", "bot/nlu/encoder.py"),
    *("desk/places.py", "desk/place_context.py", "desk/place_data.py", "desk/place_sounds.py"),
    *("desk/text.py", "desk/spelling.py", "data/vocabulary.yml"),
)
_KEEP = 3
_KEEP_OTHERS = 6


def fingerprint(config: str = _CONFIG, data: Sequence[str] = _DATA, domain: str = _DOMAIN) -> str:
    """Return the hash of all inputs of a model: configuration, data, domain, components and Rasa itself.

    Our components and the places count only for a configuration that names one of them.
    """
    digest = hashlib.sha256(importlib.metadata.version("rasa").encode())
    ours = (*_READERS, "data/regions") if "bot.nlu." in Path(config).read_text() else ()
    for name in (config, domain, *data, *ours):
        path = Path(name)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        # Of the regions only the places shape the training sentences; cards may change freely.
        wanted = (file for file in files if file.suffix in {".yml", ".py"} and _shapes_model(file))
        for file in wanted:
            digest.update(file.as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path(var: Path, config: str = _CONFIG, data: Sequence[str] = _DATA, domain: str = _DOMAIN) -> Path:
    """Return where the model of the present inputs is, or will be.

    Models other than the product's own have a folder of their own, so that none of them pushes it out.
    """
    own = (config, tuple(data), domain) == (_CONFIG, _DATA, _DOMAIN)
    folder = var / "models" if own else var / "models" / "others"
    return folder / f"{fingerprint(config, data, domain)}.tar.gz"


def train(var: Path, config: str = _CONFIG, data: Sequence[str] = _DATA, domain: str = _DOMAIN) -> Path:
    """Return the model of the present inputs, training it when there is none. Exits with 1 on failure."""
    path = model_path(var, config, data, domain)
    if path.exists() and _damaged(path):
        print(f"模型文件坏了，重新训练：{path.name}", flush=True)
        path.unlink()
    if path.exists():
        print(f"模型没有变化：{path.name}", flush=True)
        path.touch()  # used last, removed last
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    log = var / "train.log"
    command = [sys.executable, "-m", "rasa", "train", "--config", config, "--domain", domain]
    command += ["--data", *data, "--out", str(path.parent)]
    # Trained under another name and moved at the end: a stopped training leaves no half model behind.
    partial = f"partial-{os.getpid()}"
    # Rasa's own cache knows the class of a component, not the functions and constants behind it: after a
    # change of those it hands out what was learnt before.
    # `validate`, a check of its own, looks at the data; here they would be read once more for it.
    command += ["--fixed-model-name", partial, "--quiet", "--force", "--skip-validation"]
    started = time.monotonic()
    with log.open("w") as output, _Progress("正在训练模型"):
        result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=_environment())
    made = path.parent / f"{partial}.tar.gz"
    if result.returncode or not made.exists():
        print(f"模型没有训练成功，原因见 {log}。", file=sys.stderr)
        raise SystemExit(1)
    _seconds_file(path).write_text(f"{time.monotonic() - started:.1f}\n")
    _sum_file(path).write_text(_sum(made))
    made.rename(path)
    _remove_old(path.parent, _KEEP if path.parent.name == "models" else _KEEP_OTHERS)
    return path


def training_seconds(model: Path) -> float | None:
    """Return how long `train` took when it made this model; None when it did not make it."""
    file = _seconds_file(model)
    return float(file.read_text()) if file.exists() else None


def _seconds_file(model: Path) -> Path:
    return model.with_name(model.name.replace(".tar.gz", ".seconds"))


def _damaged(model: Path) -> bool:
    """Whether a file is not the one that was trained here; of one from elsewhere, whether it is cut off."""
    noted = _sum_file(model)
    if noted.exists():
        return noted.read_text() != _sum(model)
    try:
        with tarfile.open(model) as archive:
            return "metadata.json" not in archive.getnames()
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        return True


def _sum(model: Path) -> str:
    return hashlib.sha256(model.read_bytes()).hexdigest()


def _sum_file(model: Path) -> Path:
    return model.with_name(model.name.replace(".tar.gz", ".sha256"))


def _remove_old(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)[:-keep]:
        old.unlink()
        for beside in (_seconds_file(old), _sum_file(old)):
            beside.unlink(missing_ok=True)


def validate() -> int:
    """Run Rasa's own check of domain, intents, rules and forms; return its exit code."""
    command = [sys.executable, "-m", "rasa", "data", "validate", "--data", *_DATA, "--fail-on-warnings"]
    return subprocess.run(command, env=_environment()).returncode


def _shapes_model(file: Path) -> bool:
    return "regions" not in file.parts or file.name in {"places.yml", "offices.yml"}


def _environment() -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {**os.environ, **quiet, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


class _Progress:
    """Shows that long work goes on: seconds on one line of a terminal, a line every 15 s elsewhere."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        print(f"{self._words}：用了 {time.monotonic() - self._started:.0f} 秒。", flush=True)

    def _show(self) -> None:
        terminal = sys.stdout.isatty()
        while not self._done.wait(1 if terminal else 15):
            words = f"{self._words}… 已经 {time.monotonic() - self._started:.0f} 秒"
            print(f"\r{words}" if terminal else words, end="" if terminal else "\n", flush=True)
        if terminal:
            print("\r", end="")


def main(arguments: list[str]) -> int:
    """Carry out `train`, `validate` or `path`."""
    from desk.settings import Settings

    var = Settings.from_env().var
    if arguments == ["validate"]:
        return validate()
    if arguments[:1] == ["train"] and len(arguments) <= 2:
        train(var, *arguments[1:])
        return 0
    if arguments[:1] == ["path"] and len(arguments) <= 2:
        print(model_path(var, *arguments[1:]))
        return 0
    print("usage: python -m ops.model train [CONFIG]|validate|path [CONFIG]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
