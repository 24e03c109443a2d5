"""Counts and times of what is asked of each system, in Prometheus' format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from serving.metrics import BUCKETS_S

__all__ = ["PeerMetrics"]


class PeerMetrics:
    """By system and by what became of it: ok, refused, slow, unreachable, failed, busy, resting."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._asked = Counter(
            "corkboard_system_request", "questions to a system", ("system", "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "corkboard_system_duration_seconds", "until it answered", ("system",), buckets=BUCKETS_S, registry=registry
        )
        self._resting = Gauge(
            "corkboard_system_resting", "1 while it is left alone after failures", ("system",), registry=registry
        )

    def count(self, system: str, outcome: str, seconds: float, resting: bool = True) -> None:
        self._asked.labels(system, outcome).inc()
        self._resting.labels(system).set(int(resting))
        if outcome != "resting":
            self._seconds.labels(system).observe(seconds)
