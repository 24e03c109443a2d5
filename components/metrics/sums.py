"""Statistics that are functions of a few sums over the examples: one matrix product serves many resamples.

Legend: N examples, R resamples, S sums, C clusters, Q queries, G groups of equal scores, B bins.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from components.metrics.columns import binary, numbers, probabilities
from data.errors import UserError
from data.params import Strict

__all__ = ["CalibrationError", "LogLoss", "Mean", "MeanIou", "Ndcg", "NormalisedEntropy", "Ratio", "Sums", "share"]


@dataclass(frozen=True)
class Sums:
    """The contribution of each example to each sum, and the statistic as a function of the sums (R, S) -> (R,)."""

    table_NS: np.ndarray
    of: Callable[[np.ndarray], np.ndarray]

    def __call__(self, times_RN: np.ndarray) -> np.ndarray:
        return self.of(times_RN @ self.table_NS)

    def by_cluster(self, cluster_N: np.ndarray, clusters: int) -> "Sums":
        """The same with one row per cluster, for resamples of clusters."""
        table_SC = [np.bincount(cluster_N, added_N, minlength=clusters) for added_N in self.table_NS.T]
        return replace(self, table_NS=np.stack(table_SC, axis=1))


def share(over_R: np.ndarray, under_R: np.ndarray) -> np.ndarray:
    """The quotient, NaN where it divides by zero."""
    return np.divide(over_R, under_R, out=np.full(np.shape(over_R), np.nan), where=under_R != 0)


def _quotient(over_N: np.ndarray, under_N: np.ndarray) -> Sums:
    return Sums(np.stack([over_N, under_N], axis=1), lambda sums_RS: share(sums_RS[:, 0], sums_RS[:, 1]))


class Mean(Strict):
    """The mean of a column."""

    kind: Literal["mean"] = "mean"
    column: str

    direction: ClassVar[None] = None
    undefined: ClassVar[str] = "there are no examples"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def bind(self, examples: pd.DataFrame) -> Sums:
        return _quotient(numbers(examples, self.column), np.ones(len(examples)))


class Ratio(Strict):
    """The sum of one column over the sum of another, such as clicks over views."""

    kind: Literal["ratio"] = "ratio"
    numerator: str
    denominator: str

    direction: ClassVar[None] = None
    undefined: ClassVar[str] = "its denominators add up to zero"

    def columns(self) -> tuple[str, ...]:
        return self.numerator, self.denominator

    def bind(self, examples: pd.DataFrame) -> Sums:
        return _quotient(numbers(examples, self.numerator), numbers(examples, self.denominator))


def _loss(label_N: np.ndarray, probability_N: np.ndarray) -> np.ndarray:
    least = np.finfo(np.float64).eps  # a certain prediction that is wrong costs 36, as in scikit-learn, not infinity
    clipped_N = np.clip(probability_N, least, 1 - least)
    return np.asarray(-np.where(label_N == 1, np.log(clipped_N), np.log1p(-clipped_N)))


class LogLoss(Strict):
    """Mean negative log-likelihood of binary labels, in nats."""

    kind: Literal["log_loss"] = "log_loss"
    label: str
    probability: str

    direction: ClassVar[Literal["lower"]] = "lower"
    undefined: ClassVar[str] = "there are no examples"

    def columns(self) -> tuple[str, ...]:
        return self.label, self.probability

    def bind(self, examples: pd.DataFrame) -> Sums:
        loss_N = _loss(binary(examples, self.label), probabilities(examples, self.probability))
        return _quotient(loss_N, np.ones(len(examples)))


class NormalisedEntropy(Strict):
    """Log loss over the entropy of the base rate: 1 is as good as always predicting the rate of the same examples.

    fewest: positives without which there is no figure. Source: He et al. 2014 (Practical lessons from predicting
    clicks on ads at Facebook), section 3.
    """

    kind: Literal["normalised_entropy"] = "normalised_entropy"
    label: str
    probability: str
    fewest: int = Field(0, ge=0)

    direction: ClassVar[Literal["lower"]] = "lower"
    undefined: ClassVar[str] = "there is one class only"

    def columns(self) -> tuple[str, ...]:
        return self.label, self.probability

    def bind(self, examples: pd.DataFrame) -> Sums:
        label_N = binary(examples, self.label, self.fewest)
        loss_N = _loss(label_N, probabilities(examples, self.probability))
        return Sums(np.stack([loss_N, label_N, 1 - label_N], axis=1), self._of)

    @staticmethod
    def _of(sums_RS: np.ndarray) -> np.ndarray:
        loss_R, one_R, zero_R = sums_RS.T
        with np.errstate(divide="ignore", invalid="ignore"):  # one class only: NaN
            count_R = one_R + zero_R
            entropy_R = -one_R * np.log(one_R / count_R) - zero_R * np.log(zero_R / count_R)
            return np.asarray(loss_R / entropy_R)


class CalibrationError(Strict):
    """Expected calibration error: the mean gap between confidence and label over equal-width bins.

    by: a column whose values have bins of their own, so that errors of two of them do not cancel. fewest: positives
    without which there is no figure. Source: Guo et al. 2017 (arXiv 1706.04599), equation 3.
    """

    kind: Literal["calibration_error"] = "calibration_error"
    label: str
    probability: str
    bins: int = Field(15, gt=0)
    by: str | None = None
    fewest: int = Field(0, ge=0)

    direction: ClassVar[Literal["lower"]] = "lower"
    undefined: ClassVar[str] = "there are no examples"

    def columns(self) -> tuple[str, ...]:
        return (self.label, self.probability, *([self.by] if self.by else []))

    def bind(self, examples: pd.DataFrame) -> Sums:
        label_N = binary(examples, self.label, self.fewest)
        probability_N = probabilities(examples, self.probability)
        bin_N = np.minimum((probability_N * self.bins).astype(int), self.bins - 1)
        if self.by:
            bin_N += self.bins * pd.factorize(examples[self.by])[0]
        table_NS = np.zeros((len(examples), bin_N.max(initial=0) + 2))
        table_NS[np.arange(len(examples)), bin_N] = probability_N - label_N
        table_NS[:, -1] = 1
        return Sums(table_NS, lambda sums_RS: share(np.abs(sums_RS[:, :-1]).sum(axis=1), sums_RS[:, -1]))


class MeanIou(Strict):
    """Mean over classes of summed intersections over summed unions; a class without any union does not count.

    intersections, unions: a column of pixels for each class, in the same order.
    """

    kind: Literal["mean_iou"] = "mean_iou"
    intersections: tuple[str, ...] = Field(min_length=1)
    unions: tuple[str, ...] = Field(min_length=1)

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "no class has any pixel"

    def columns(self) -> tuple[str, ...]:
        return self.intersections + self.unions

    def bind(self, examples: pd.DataFrame) -> Sums:
        if len(self.intersections) != len(self.unions):
            raise UserError("intersections and unions name a different number of classes")
        return Sums(np.stack([numbers(examples, name) for name in self.columns()], axis=1), self._of)

    @staticmethod
    def _of(sums_RS: np.ndarray) -> np.ndarray:
        shared_RC, union_RC = np.split(sums_RS, 2, axis=1)
        some_RC = union_RC > 0
        iou_RC = np.where(some_RC, shared_RC / np.where(some_RC, union_RC, 1), 0)
        return share(iou_RC.sum(axis=1), some_RC.sum(axis=1))


class Ndcg(Strict):
    """Mean over queries of the normalised discounted cumulative gain of the first `k` rows, with linear gains.

    Rows of equal score share the mean of their discounts, so that their order in the file decides nothing
    (McSherry and Najork 2008). A query without a relevant row scores 0. Resamples draw whole queries.

    relevance: a gain of at least 0. query: rows with the same value are ranked together.
    """

    kind: Literal["ndcg"] = "ndcg"
    relevance: str
    score: str
    query: str
    k: int = Field(gt=0)

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "there are no queries"

    def columns(self) -> tuple[str, ...]:
        return self.relevance, self.score, self.query

    def bind(self, examples: pd.DataFrame) -> Sums:
        """The figure of a query and its count stand on its first row."""
        gain_N, score_N = numbers(examples, self.relevance), numbers(examples, self.score)
        if (gain_N < 0).any():
            raise UserError(f"{self.relevance} has values below 0, which are no gains")
        query_N, names = pd.factorize(examples[self.query], use_na_sentinel=False)
        reached_Q, best_Q = (self._dcg(query_N, by_N, gain_N, len(names)) for by_N in (score_N, gain_N))
        table_NS = np.zeros((len(examples), 2))
        first_Q = np.unique(query_N, return_index=True)[1]
        table_NS[first_Q, 0] = np.where(best_Q > 0, reached_Q / np.where(best_Q > 0, best_Q, 1), 0)
        table_NS[first_Q, 1] = 1
        return Sums(table_NS, lambda sums_RS: share(sums_RS[:, 0], sums_RS[:, 1]))

    def _dcg(self, query_N: np.ndarray, by_N: np.ndarray, gain_N: np.ndarray, queries: int) -> np.ndarray:
        """Discounted gain of each query (Q,), its rows by descending `by_N`."""
        order_N = np.lexsort((-by_N, query_N))
        query_N, by_N, gain_N = query_N[order_N], by_N[order_N], gain_N[order_N]
        new_N = np.r_[True, query_N[1:] != query_N[:-1]]
        place_N = np.arange(len(query_N)) - np.flatnonzero(new_N)[np.cumsum(new_N) - 1]
        discount_N = np.where(place_N < self.k, 1 / np.log2(place_N + 2), 0)
        start_G = np.flatnonzero(new_N | np.r_[True, by_N[1:] != by_N[:-1]])
        size_G = np.diff(np.r_[start_G, len(query_N)])
        dcg_G = np.add.reduceat(discount_N, start_G) / size_G * np.add.reduceat(gain_N, start_G)
        return np.bincount(query_N[start_G], dcg_G, minlength=queries)
