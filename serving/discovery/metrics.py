"""Counts and times of the requests to each system, in Prometheus' format."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from serving.durations import Durations

__all__ = ["PeerMetrics"]


class PeerMetrics:
    """By system and by what became of it: ok, refused, slow, unreachable, failed, busy, resting."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: dict[tuple[str, str], int] = {}
        self._answered = Durations(("system",))
        self._resting: dict[str, bool] = {}
        registry.register(self)

    def count(self, system: str, outcome: str, seconds: float, resting: bool = True) -> None:
        key = (system, outcome)
        self._requests[key] = self._requests.get(key, 0) + 1
        self._resting[system] = resting
        if outcome != "resting":
            self._answered.add((system,), seconds)

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        labels = ("system", "outcome")
        requests = CounterMetricFamily("corkboard_system_request", "questions to a system", labels=labels)
        for key, count in self._requests.items():
            requests.add_metric(key, count)
        yield requests
        yield self._answered.histogram("corkboard_system_duration_seconds", "until it answered")
        what = "1 while it is left alone after failures"
        resting = GaugeMetricFamily("corkboard_system_resting", what, labels=("system",))
        for system, is_resting in self._resting.items():
            resting.add_metric((system,), int(is_resting))
        yield resting
