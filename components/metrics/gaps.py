"""Gaps of a metric between slices, with intervals: the largest less the least, and the least over the largest.

Source: `MetricFrame.difference` and `.ratio` of fairlearn, between groups, and their bootstrapped intervals.
Legend: R resamples, G slices.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from components.metrics.bootstrap import interval, resampled
from components.metrics.metric import Metric
from components.metrics.sums import share

__all__ = ["Gap", "gap_of"]

Interval = tuple[float, float, float]  # the value, and the 95 % interval


@dataclass(frozen=True)
class Gap:
    """The metric in each slice, by name, and the two gaps. worst, best: slices, by the metric's direction."""

    slices: dict[str, Interval]
    difference: Interval
    ratio: Interval
    worst: str
    best: str


def gap_of(metric: Metric, examples: pd.DataFrame, groups: Sequence[tuple[str, np.ndarray]]) -> Gap:
    """groups: name and rows of each slice; all share the draws of a resample.

    The ratio is NaN where the largest is zero.

    Raises:
        UserError: the metric is undefined in a slice, or on some resample of it.
    """
    samples = [metric.part(examples, rows) for _, rows in groups]
    values_RG = resampled([sample.of for sample in samples], samples[0].units)
    value_G = np.array([sample.value for sample in samples])
    slices = {
        name: (float(value), *interval(values_R, f"{metric.name} in the slice {name}"))
        for (name, _), value, values_R in zip(groups, value_G, values_RG.T, strict=True)
    }
    order = sorted(slices, key=lambda name: metric.sign * slices[name][0])
    most_R, least_R = values_RG.max(axis=1), values_RG.min(axis=1)
    most, least = float(value_G.max()), float(value_G.min())
    difference = most - least, *interval(most_R - least_R, f"the difference of {metric.name}")
    ratio = least / most if most else math.nan, *_quantiles(share(least_R, most_R))
    return Gap(slices, difference, ratio, order[0], order[-1])


def _quantiles(values_R: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values_R, [0.025, 0.975])  # NaN where the largest was zero once
    return float(low), float(high)
