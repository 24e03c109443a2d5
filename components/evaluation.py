"""The result of an evaluation: one row per example, and metrics over all rows and over every slice.

The rows allow two models to be compared example by example.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from components.metrics import Metric, Scalar
from components.metrics.bootstrap import bootstrap_means, interval, resampled
from components.slices import slices
from data.errors import UserError
from data.files import write_json

__all__ = ["Evaluation", "Figure"]


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % bootstrap interval: equal to the value where none applies, NaN where it is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation.

    examples: one row per example, index `example_id`; the columns that `metrics` and `slices` name.
    metrics: one called `METRIC.BASELINE` is the figure of that baseline on the same examples.
    scalars: figures that are not computed over examples, such as `latency_p50_ms`, `size_mb`.
    pictures: files that a person would look at, relative to the folder they were written to.
    notes: sentences that have to stand beside the figures, such as a known weakness of the data.
    """

    examples: pd.DataFrame
    metrics: tuple[Metric, ...]
    slices: tuple[str, ...]
    scalars: dict[str, Scalar]
    pictures: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(metric.name for metric in self.metrics)

    def metric(self, name: str) -> Metric | None:
        return next((metric for metric in self.metrics if metric.name == name), None)

    def totals(self, seed: int = 0) -> dict[str, Figure]:
        """Metrics with 95 % bootstrap intervals, NaN where they are undefined, and the scalars as they are."""
        plain = [metric for metric in self.metrics if metric.plain and self._is_measured(metric)]
        figures = self._means(plain, seed) | self._others([each for each in self.metrics if each not in plain], seed)
        scalars = {name: Figure(scalar.value, scalar.value, scalar.value) for name, scalar in self.scalars.items()}
        return {name: figures[name] for name in self.names} | scalars

    def _is_measured(self, metric: Metric) -> bool:
        return len(self.examples) > 0 and all(column in self.examples for column in metric.columns())

    def _means(self, metrics: list[Metric], seed: int) -> dict[str, Figure]:
        """Intervals of plain means, by one matrix product."""
        if not metrics:
            return {}
        values_NM = self.examples[[metric.columns()[0] for metric in metrics]].to_numpy(float)
        low_M, high_M = np.quantile(bootstrap_means(values_NM, seed), [0.025, 0.975], axis=0)
        figures_3M = np.stack([values_NM.mean(axis=0), low_M, high_M])
        return {each.name: Figure(*three) for each, three in zip(metrics, figures_3M.T.tolist(), strict=True)}

    def _others(self, metrics: list[Metric], seed: int) -> dict[str, Figure]:
        """Intervals of other metrics; those that resample the same units share the draws."""
        nothing = float("nan")
        figures = {metric.name: Figure(nothing, nothing, nothing) for metric in metrics}
        together = defaultdict(list)
        for metric in metrics:
            try:
                sample = metric.sample(self.examples)
            except UserError:  # the gate reports the reason
                continue
            together[metric.cluster].append((metric.name, sample))
        for pairs in together.values():
            values_RM = resampled([sample.of for _, sample in pairs], pairs[0][1].units, seed)
            for (name, sample), values_R in zip(pairs, values_RM.T, strict=True):
                figures[name] = Figure(sample.value, *_interval(values_R, name))
        return figures

    def parts(self, size: int = 1) -> Iterator[tuple[str, np.ndarray]]:
        """`slice=value` and its rows, for every value of every slice; those with fewer than `size` rows are pooled."""
        for column in self.slices:
            if column in self.examples:
                yield from slices(self.examples, (column,), size)

    def by_slice(self, metric: str) -> dict[str, tuple[float, int]]:
        """`slice=value` to (`metric` on its examples, NaN where undefined, and how many they are)."""
        measured = self.metric(metric)
        if measured is None:
            return {}
        return {name: (measured.value(self.examples.iloc[rows]), len(rows)) for name, rows in self.parts()}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.examples.to_parquet(folder / "examples.parquet")
        write_json(
            folder / "evaluation.json",
            {
                "metrics": [metric.model_dump(mode="json") for metric in self.metrics],
                "slices": self.slices,
                "scalars": {name: scalar.model_dump(mode="json") for name, scalar in self.scalars.items()},
                "pictures": self.pictures,
                "notes": self.notes,
            },
        )

    @classmethod
    def load(cls, folder: Path) -> "Evaluation":
        content = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
        return cls(
            examples=pd.read_parquet(folder / "examples.parquet"),
            metrics=tuple(Metric.model_validate(metric) for metric in content["metrics"]),
            slices=tuple(content["slices"]),
            scalars={name: Scalar.model_validate(scalar) for name, scalar in content["scalars"].items()},
            pictures=tuple(content["pictures"]),
            notes=tuple(content["notes"]),
        )


def _interval(values_R: np.ndarray, name: str) -> tuple[float, float]:
    try:
        return interval(values_R, name)
    except UserError:  # the gate reports on how many resamples it is undefined
        return float("nan"), float("nan")
