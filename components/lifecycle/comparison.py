"""The figures of baselines beside our own, as a table for the terminal, the model card and Prefect's page."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from components.evaluation import Figure
from components.metrics import beside

__all__ = ["bounds", "comparison", "own"]

T = TypeVar("T")


def own(metrics: Mapping[str, T]) -> dict[str, T]:
    """The figures without those of baselines."""
    return {name: metric for name, metric in metrics.items() if _split(name, metrics) is None}


def comparison(metrics: Mapping[str, Figure]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows of the table: one row per metric that a baseline has too, our figure first.

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


def bounds(figure: Figure) -> str:
    """The interval as text, empty where none applies."""
    if figure.low == figure.high:
        return ""
    return "undefined" if math.isnan(figure.low) else f"{figure.low:.4g} to {figure.high:.4g}"


def _shown(figure: Figure | None) -> str:
    if figure is None:
        return ""
    text = bounds(figure)
    return f"{figure.value:.4g}" + (f" ({text})" if text else "")
