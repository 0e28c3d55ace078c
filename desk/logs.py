"""Structured logs to standard output, one JSON object a line, without the words of citizens."""

from __future__ import annotations

import errno
import hashlib
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

from desk.hidden import escaped
from desk.privacy import scrub, scrub_event


def request_id(key: str) -> str:
    """Return what stands as `request` in every line about one message, in every process.

    The key of a message holds its conversation; the id tells nobody which.
    """
    return hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:16]


def place(error: BaseException) -> str:
    """Return where an error was raised, as `file:line` of the last three frames: no word of anybody."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


def _on_one_line(_logger: object, _method: str, line: Any) -> str:
    """What somebody typed begins no line of its own and turns none round, on a terminal neither."""
    return escaped(str(line))


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether something failed here. Sanic also calls it an error that a client sends what is no HTTP, or a
    body where none is read, or asks for a file that is not or cannot be there; it has answered that, or hung
    up.
    """
    error = record.exc_info[1] if record.exc_info else None
    said = record.getMessage()
    theirs = "body not consumed" in said or said.startswith("File not found")
    theirs |= getattr(error, "errno", None) == errno.ENAMETOOLONG
    return getattr(error, "status_code", 500) >= 500 and not theirs


def configure_logs(process: str) -> None:
    """Make every logger of this process, ours or a library's, write scrubbed JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(
                    ensure_ascii=False, default=lambda value: scrub(repr(value))
                ),
                _on_one_line,
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("sanic.error").addFilter(_is_ours)
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
