"""The gateway's figures for Prometheus; each application has its own registry."""

from __future__ import annotations

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
        self.brain_ready = Gauge(
            "desk_rasa_ready", "1 while Rasa answers with its model loaded", registry=self.registry
        )
