"""A metric: its statistic, which direction is better, and what is resampled."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from components.metrics.agreement import Kappa, Rmse
from components.metrics.columns import Weighted
from components.metrics.kernel import KernelDistance
from components.metrics.orders import Auc, GroupedAuc, Qini, Quantile, UpliftAtK
from components.metrics.sums import CalibrationError, LogLoss, Mean, MeanIou, Ndcg, NormalisedEntropy, Ratio, Sums
from data.errors import UserError
from data.params import Strict

__all__ = ["Direction", "Metric", "Sample", "Scalar", "Statistic", "beside", "means"]

Direction = Literal["higher", "lower"]
# Each reads `columns()`; `bind(examples)` gives its value for the weights of resamples, as `Weighted` says.
Statistic = Annotated[
    Mean
    | Ratio
    | LogLoss
    | NormalisedEntropy
    | CalibrationError
    | MeanIou
    | Rmse
    | Kappa
    | Ndcg
    | Auc
    | GroupedAuc
    | Quantile
    | UpliftAtK
    | Qini
    | KernelDistance,
    Field(discriminator="kind"),
]

# rows of these are compared within a group, their last column
GROUPED = (Ndcg, GroupedAuc)


class Scalar(Strict):
    """A figure that is measured once and not over examples, such as a size; its direction is None if neither is better.

    A latency of requests that are timed beside the examples is one too.
    """

    value: float
    unit: str = ""
    direction: Direction | None = None


@dataclass(frozen=True)
class Sample:
    """A metric on given examples.

    value: on all of them. units: how many rows or clusters a resample draws. of: function from how often each unit
    counts (R, units) to the metric (R,). values_N: the column, if the metric is its mean.
    """

    value: float
    units: int
    of: Weighted
    values_N: np.ndarray | None = None


class Metric(Strict):
    """A statistic with its name, unit and direction.

    direction: which is better, `higher` or `lower`.
    cluster: the column whose rows belong together and are resampled together, such as a user's; without one every
        row is drawn by itself.
    """

    name: str
    statistic: Statistic
    direction: Direction
    unit: str = ""
    cluster: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Metric":
        usual = self.statistic.direction
        if usual not in (None, self.direction):
            raise ValueError(f"{self.name} is a {self.statistic.kind}, of which {usual} is better")
        if isinstance(self.statistic, GROUPED) and self.cluster is None:
            raise ValueError(
                f"{self.name} needs a cluster, for its groups are drawn whole; {self.statistic.columns()[-1]!r}?"
            )
        return self

    @property
    def sign(self) -> int:
        """1 where higher is better, otherwise -1."""
        return 1 if self.direction == "higher" else -1

    @property
    def plain(self) -> bool:
        """Nothing but the mean of a column over single examples."""
        return isinstance(self.statistic, Mean) and self.cluster is None

    def columns(self) -> tuple[str, ...]:
        """The columns of the examples that it reads."""
        own = self.statistic.columns()
        return own if self.cluster is None or self.cluster in own else (*own, self.cluster)

    def of_baseline(self, baseline: str, **columns: str) -> "Metric":
        """The same metric of a baseline, called `METRIC.BASELINE`, which reads other columns, such as `score=…`."""
        statistic = type(self.statistic).model_validate(self.statistic.model_dump() | columns)
        return self.model_copy(update={"name": beside(self.name, baseline), "statistic": statistic})

    def sample(self, examples: pd.DataFrame) -> Sample:
        """The metric on `examples`.

        Raises:
            UserError: a column is missing, a value is not what the statistic needs, or it is undefined on them.
        """
        if not len(examples) or any(column not in examples for column in self.columns()):
            raise UserError(f"{self.name} was not measured")
        try:
            bound = self.statistic.bind(examples)
        except UserError as error:
            raise UserError(f"{self.name} is not a number: {error}") from None
        if self.plain:
            values_N = examples[self.columns()[0]].to_numpy(float)
            return Sample(float(values_N.mean()), len(values_N), bound, values_N)
        value = float(bound(np.ones((1, len(examples))))[0])
        if np.isnan(value):
            raise UserError(f"{self.name} is undefined: {self.statistic.undefined}")
        return self._clustered(value, bound, examples)

    def part(self, examples: pd.DataFrame, rows_P: np.ndarray) -> Sample:
        """The metric on some rows of `examples`; a resample draws from all of them, so that parts share the draws.

        Raises:
            UserError: as `sample` does.
        """
        part = examples.iloc[rows_P]
        value = self.sample(part).value
        if self.cluster is None:
            unit_N, units = np.arange(len(examples)), len(examples)
        else:
            unit_N, names = pd.factorize(examples[self.cluster], use_na_sentinel=False)
            units = len(names)
        return Sample(value, units, _drawn(self.statistic.bind(part), unit_N[rows_P], units))

    def value(self, examples: pd.DataFrame) -> float:
        """The metric on `examples`, NaN where `sample` raises."""
        try:
            return self.sample(examples).value
        except UserError:
            return float("nan")

    def _clustered(self, value: float, bound: Weighted, examples: pd.DataFrame) -> Sample:
        if self.cluster is None:
            return Sample(value, len(examples), bound)
        cluster_N, names = pd.factorize(examples[self.cluster], use_na_sentinel=False)
        if isinstance(self.statistic, GROUPED):
            groups = examples.groupby(self.statistic.columns()[-1], dropna=False)[self.cluster]
            if (groups.nunique(dropna=False) > 1).any():
                raise UserError(f"{self.name} has queries that lie in several clusters of {self.cluster}")
        return Sample(value, len(names), _drawn(bound, cluster_N, len(names)))


def _drawn(bound: Weighted, unit_N: np.ndarray, units: int) -> Weighted:
    """`bound` over its N examples as a function of how often each of `units` is drawn; an example lies in one."""
    if isinstance(bound, Sums):
        return bound.by_cluster(unit_N, units)

    def of(times_RU: np.ndarray) -> np.ndarray:  # a resample at a time: examples may be many times the units
        return np.concatenate([bound(times_U[None, unit_N]) for times_U in times_RU])

    return of


def beside(metric: str, baseline: str) -> str:
    """The name of a baseline's metric, such as `ndcg_at_10.popularity`, on the examples of the metric itself."""
    return f"{metric}.{baseline}"


def means(columns: Iterable[str], direction: Direction = "higher", unit: str = "") -> tuple[Metric, ...]:
    """One metric per column: its mean, under the column's name."""
    return tuple(Metric(name=name, statistic=Mean(column=name), direction=direction, unit=unit) for name in columns)
