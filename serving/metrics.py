"""Counts and times of requests in Prometheus' format, under BentoML's names and labels.

BentoML's own metrics have the requested path as a label, so that any caller can make them grow without end. Here a
path that is no route counts as "other". Each process reports its own requests.
"""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from serving.durations import Durations

__all__ = ["CONTENT_TYPE_LATEST", "PROBES", "RequestMetrics"]

OTHER = "other"
PROBES = ("/livez", "/readyz", "/healthz")
LABELS = ("endpoint", "service_name", "service_version")


class RequestMetrics:
    """Requests answered, how long they took, and how many are being worked on (`in_progress`)."""

    def __init__(self, service: str, version: str) -> None:
        self.registry = CollectorRegistry()
        self.routes: set[str] = set(PROBES)
        self.in_progress = 0
        self._names = (service, version)
        self._answered = Durations((*LABELS, "http_response_code"))
        self.registry.register(self)

    def route_of(self, path: str) -> str:
        """The route, by which a request is counted and logged; one name for all addresses that are none."""
        return path if path in self.routes else OTHER

    def count(self, path: str, status: int, seconds: float) -> None:
        self._answered.add((self.route_of(path), *self._names, str(status)), seconds)

    def collect(self) -> Iterator[Metric]:
        """The metrics, as the registry collects them."""
        yield self._answered.counter("bentoml_service_request", "requests answered")
        what = "from the first byte of the request to the last of the answer"
        yield self._answered.histogram("bentoml_service_request_duration_seconds", what)
        name, what = "bentoml_service_request_in_progress", "requests being worked on"
        working = GaugeMetricFamily(name, what, labels=LABELS[1:])
        working.add_metric(self._names, self.in_progress)
        yield working

    def text(self) -> bytes:
        return generate_latest(self.registry)
