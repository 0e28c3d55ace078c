"""The gateway's figures for Prometheus; each application has its own registry."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Counters and timings of the gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "desk_messages_total", "Messages answered, by final state", ["state"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "desk_turn_seconds",
            "Seconds from taking a message to its stored reply",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.rasa_ready = Gauge(
            "desk_rasa_ready",
            "1 while this Rasa answers with its model loaded; numbered as in DESK_RASA_URLS",
            ["rasa"],
            registry=self.registry,
        )
        self.wechat_seconds = Histogram(
            "desk_wechat_seconds",
            "Seconds that a delivery of WeChat waited for its reply",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 4.5, 6),
            registry=self.registry,
        )
        self.wechat_unusable = Gauge(
            "desk_wechat_unusable",
            "Signed deliveries of the last half year that could not be used",
            registry=self.registry,
        )
        self.wechat_doubtful = Gauge(
            "desk_wechat_doubtful",
            "Texts that were sent to a person and may have come twice",
            registry=self.registry,
        )
        self.wechat_refused = Counter(
            "desk_wechat_refused_total", "Deliveries refused, by reason", ["reason"], registry=self.registry
        )

    def show(self, rasas: Iterable[bool]) -> None:
        """Show which Rasa is ready now."""
        for number, ready in enumerate(rasas, 1):
            self.rasa_ready.labels(rasa=str(number)).set(ready)
