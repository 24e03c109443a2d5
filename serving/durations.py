"""Histograms of durations, kept as plain numbers until they are collected."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

__all__ = ["BUCKETS_S", "Durations"]

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Durations:
    """A histogram of seconds by labels, counted from one event loop.

    Once BentoML has set their folder, Prometheus' own counters take a lock and write to a memory-mapped file for each
    number, about ten times a request.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def add(self, labels: tuple[str, ...], seconds: float) -> None:
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * (len(BUCKETS_S) + 1)
            self._sums[labels] = 0.0
        counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sums[labels] += seconds

    def counter(self, name: str, what: str) -> Metric:
        family = CounterMetricFamily(name, what, labels=self._labels)
        for labels, counts in self._counts.items():
            family.add_metric(labels, sum(counts))
        return family

    def histogram(self, name: str, what: str) -> Metric:
        family = HistogramMetricFamily(name, what, labels=self._labels)
        for labels, counts in self._counts.items():
            family.add_metric(labels, list(_cumulated(counts)), self._sums[labels])
        return family


def _cumulated(counts: Sequence[int]) -> Iterator[tuple[str, float]]:
    so_far = 0
    for edge, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
        so_far += count
        yield edge, so_far
