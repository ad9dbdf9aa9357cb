"""Count what the web process does, for Prometheus.

Labels take only values from lists in this program, never anything that a client sent, so the number
of series is bounded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

Depths = Callable[[], Awaitable[Mapping[str, int]]]
"""Reads how many stored deliveries are in each state."""

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """The counters of one application, in a registry of its own."""

    def __init__(self, version: str, answers: tuple[str, ...]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        Gauge("triagebot_build_info", "Which version runs", ["version"], registry=self.registry).labels(
            version
        ).set(1)
        counter = Counter(
            "triagebot_webhook_answers", "Webhook requests by answer", ["answer"], registry=self.registry
        )
        self._answers = {answer: counter.labels(answer) for answer in answers}
        self._seconds = Histogram(
            "triagebot_webhook_seconds",
            "From the request's headers to the answer",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._depth = Gauge(
            "triagebot_deliveries", "Stored deliveries by state", ["state"], registry=self.registry
        )
        self._depth_known = Gauge(
            "triagebot_deliveries_readable",
            "1 if the database could be asked for the deliveries by state",
            registry=self.registry,
        )

    def watch_bytes(self, used: Callable[[], int]) -> None:
        """Report `used()` as the bytes of request bodies in memory."""
        Gauge(
            "triagebot_webhook_body_bytes", "Memory held for request bodies", registry=self.registry
        ).set_function(used)

    def answered(self, answer: str, seconds: float) -> None:
        """Count one webhook request."""
        self._answers[answer].inc()
        self._seconds.observe(seconds)

    def render(self, depths: Mapping[str, int] | None) -> bytes:
        """Return everything in Prometheus' text format; `depths` is None if they could not be read."""
        self._depth_known.set(depths is not None)
        self._depth.clear()
        for state, count in (depths or {}).items():
            self._depth.labels(state).set(count)
        return generate_latest(self.registry)
