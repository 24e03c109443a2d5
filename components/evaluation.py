"""Metrics per example, in total with intervals, and per slice.

Per-example columns make two models comparable in pairs; a total is the mean of a column.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from data.files import write_json

__all__ = ["Evaluation", "Metric", "bootstrap_means"]

RESAMPLES = 2000
BLOCK = 250  # resamples drawn at once, to bound memory


@dataclass(frozen=True)
class Metric:
    """A figure with its 95 % bootstrap interval (equal to the value where none applies)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    examples: a row an example, index `example_id`; columns of `metrics` (numbers, larger is better) and of `slices`.
    scalars: figures that are no mean over examples, such as `ece`, `latency_p50_ms`, `size_mb`.
    pictures: files that a person would look at, relative to the folder they were written to.
    """

    examples: pd.DataFrame
    metrics: tuple[str, ...]
    slices: tuple[str, ...]
    scalars: dict[str, float]
    pictures: tuple[str, ...] = field(default=())

    def totals(self, seed: int = 0) -> dict[str, Metric]:
        """Means of the per-example metrics with 95 % bootstrap intervals, and the scalars as they are."""
        found = {}
        for name in self.metrics:
            values = self.examples[name].to_numpy(float)
            means = bootstrap_means(values, seed)
            low, high = np.quantile(means, [0.025, 0.975])
            found[name] = Metric(float(values.mean()), float(low), float(high))
        return found | {name: Metric(value, value, value) for name, value in self.scalars.items()}

    def by_slice(self, metric: str) -> dict[str, tuple[float, int]]:
        """`slice=value` to (mean of `metric`, number of examples)."""
        found: dict[str, tuple[float, int]] = {}
        for column in self.slices:
            for value, values in self.examples.groupby(column, observed=True)[metric]:
                found[f"{column}={value}"] = (float(values.mean()), int(values.size))
        return found

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.examples.to_parquet(folder / "examples.parquet")
        write_json(
            folder / "evaluation.json",
            {
                "metrics": self.metrics,
                "slices": self.slices,
                "scalars": self.scalars,
                "pictures": self.pictures,
            },
        )

    @classmethod
    def load(cls, folder: Path) -> "Evaluation":
        content = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
        return cls(
            examples=pd.read_parquet(folder / "examples.parquet"),
            metrics=tuple(content["metrics"]),
            slices=tuple(content["slices"]),
            scalars=content["scalars"],
            pictures=tuple(content["pictures"]),
        )


def bootstrap_means(values_N: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Means of `resamples` draws with replacement. Percentile bootstrap (Efron and Tibshirani 1993, ch. 13).

    values_N: one figure an example (for a paired comparison: the differences). Returns shape (resamples,).
    """
    if len(values_N) == 0:
        raise ValueError("no examples to resample")
    generator = np.random.default_rng(seed)
    means = [
        values_N[generator.integers(0, len(values_N), (min(BLOCK, resamples - done), len(values_N)))].mean(axis=1)
        for done in range(0, resamples, BLOCK)
    ]
    return np.concatenate(means)
