"""The figures of baselines beside our own, as a table for the terminal, the model card and Prefect's page."""

from collections.abc import Mapping
from typing import Any, TypeVar

from components.evaluation import Metric, beside

__all__ = ["comparison", "own"]

T = TypeVar("T")


def own(metrics: Mapping[str, T]) -> dict[str, T]:
    """The figures that are not of a baseline."""
    return {name: metric for name, metric in metrics.items() if _split(name, metrics) is None}


def comparison(metrics: Mapping[str, Metric]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows: a row a metric that some baseline has too, ours first. Without baselines no rows.

    metrics: totals of an evaluation, in which `METRIC.BASELINE` is a baseline's figure.
    """
    pairs = [pair for name in metrics if (pair := _split(name, metrics))]
    baselines = tuple(dict.fromkeys(baseline for _, baseline in pairs))
    rows = []
    for name in dict.fromkeys(metric for metric, _ in pairs):
        theirs = [metrics.get(beside(name, baseline)) for baseline in baselines]
        rows.append((name, *(_shown(metric) for metric in (metrics[name], *theirs))))
    return ("metric", "ours", *baselines), rows


def _split(name: str, metrics: Mapping[str, Any]) -> tuple[str, str] | None:
    """Metric and baseline, if `name` is a baseline's figure."""
    metric, dot, baseline = name.partition(".")
    return (metric, baseline) if dot and metric in metrics else None


def _shown(metric: Metric | None) -> str:
    if metric is None:
        return ""
    return f"{metric.value:.4g}" + ("" if metric.low == metric.high else f" ({metric.low:.4g} to {metric.high:.4g})")
