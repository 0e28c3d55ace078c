"""Structured logs to standard output, one JSON object a line, without the words of citizens."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from desk.privacy import scrub, scrub_event


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
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
