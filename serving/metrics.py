"""Counts and times of requests in Prometheus' format, under BentoML's names and labels.

BentoML's own are labelled with whatever path was asked for, so that anybody can make them grow without end; here a
path that is no route counts as "other". They are of one process, as is the service.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["CONTENT_TYPE_LATEST", "RequestMetrics"]

OTHER = "other"
PROBES = ("/livez", "/readyz", "/healthz")
LABELS = ("endpoint", "service_name", "service_version")
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class RequestMetrics:
    """Requests answered, how long they took, and how many are being worked on."""

    def __init__(self, service: str, version: str) -> None:
        self.registry = CollectorRegistry()
        self.routes: set[str] = set(PROBES)
        self._names = (service, version)
        self._total = Counter(
            "bentoml_service_request", "requests answered", (*LABELS, "http_response_code"), registry=self.registry
        )
        self._seconds = Histogram(
            "bentoml_service_request_duration_seconds",
            "from the first byte of the request to the last of the answer",
            (*LABELS, "http_response_code"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "bentoml_service_request_in_progress", "requests being worked on", LABELS[1:], registry=self.registry
        ).labels(*self._names)

    def count(self, path: str, status: int, seconds: float) -> None:
        labels = (path if path in self.routes else OTHER, *self._names, str(status))
        self._total.labels(*labels).inc()
        self._seconds.labels(*labels).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)
