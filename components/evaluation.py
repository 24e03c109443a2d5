"""Metrics per example, in total with intervals, and per slice.

Per-example columns make two models comparable in pairs; a total is the mean of a column.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from data.files import write_json

__all__ = ["Evaluation", "Metric", "beside", "bootstrap_means"]

RESAMPLES = 2000
BLOCK = 250  # resamples drawn at once, to bound memory


def beside(metric: str, baseline: str) -> str:
    """The column of a baseline's figures, such as `ndcg_at_10.popularity`, on the examples of the metric itself."""
    return f"{metric}.{baseline}"


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
        A metric called `METRIC.BASELINE` is what that baseline reaches on the same examples.
    scalars: figures that are no mean over examples, such as `ece`, `latency_p50_ms`, `size_mb`.
    pictures: files that a person would look at, relative to the folder they were written to.
    notes: sentences that have to stand beside the figures, such as a known weakness of the data.
    """

    examples: pd.DataFrame
    metrics: tuple[str, ...]
    slices: tuple[str, ...]
    scalars: dict[str, float]
    pictures: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def totals(self, seed: int = 0) -> dict[str, Metric]:
        """Means of the per-example metrics with 95 % bootstrap intervals, and the scalars as they are."""
        values_NM = self.examples[list(self.metrics)].to_numpy(float)
        low_M, high_M = np.quantile(bootstrap_means(values_NM, seed), [0.025, 0.975], axis=0)
        figures_3M = np.stack([values_NM.mean(axis=0), low_M, high_M])
        found = {name: Metric(*figures) for name, figures in zip(self.metrics, figures_3M.T.tolist(), strict=True)}
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
                "notes": self.notes,
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
            notes=tuple(content["notes"]),
        )


def bootstrap_means(values_N: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Means of `resamples` draws with replacement. Percentile bootstrap (Efron and Tibshirani 1993, ch. 13).

    values_N: one figure an example (for a paired comparison: the differences), or a column of them for each of M
    metrics (N, M), which share the draws. Returns shape (resamples,) or (resamples, M).
    """
    count = len(values_N)
    if count == 0:
        raise ValueError("no examples to resample")
    generator = np.random.default_rng(seed)
    means = []
    for done in range(0, resamples, BLOCK):
        drawn_RN = generator.integers(0, count, (min(BLOCK, resamples - done), count))
        times_RN = np.stack([np.bincount(drawn_N, minlength=count) for drawn_N in drawn_RN]).astype(np.float64)
        with np.errstate(invalid="ignore"):  # an infinite figure that was not drawn makes the mean undefined as well
            means.append(times_RN @ values_N / count)
    return np.concatenate(means)
