"""Statistics that depend on the order of scores. They sort once; a resample costs cumulative sums.

Legend: N examples, R resamples, P positives, M negatives, G groups of equal scores, A sums of an arm.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from components.metrics.columns import Weighted, binary, numbers
from components.metrics.sums import Sums, share
from data.params import Strict

__all__ = ["Auc", "GroupedAuc", "Qini", "Quantile", "UpliftAtK"]


class Auc(Strict):
    """Area under the receiver operating characteristic: how often a positive scores above a negative, ties half."""

    kind: Literal["auc"] = "auc"
    label: str
    score: str

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "there is one class only"

    def columns(self) -> tuple[str, ...]:
        return self.label, self.score

    def bind(self, examples: pd.DataFrame) -> Weighted:
        label_N, score_N = binary(examples, self.label), numbers(examples, self.score)
        order_N = np.argsort(score_N, kind="stable")
        positive_P, negative_M = order_N[label_N[order_N] == 1], order_N[label_N[order_N] == 0]
        below_P = np.searchsorted(score_N[negative_M], score_N[positive_P], "left")
        up_to_P = np.searchsorted(score_N[negative_M], score_N[positive_P], "right")
        tied = bool((below_P != up_to_P).any())

        def of(times_N: np.ndarray) -> float:
            small_N = times_N.astype(np.uint16)  # a quarter of the memory, for faster indexing
            positives_P, before_M1 = (
                small_N.take(positive_P).astype(np.float64),
                np.zeros(len(negative_M) + 1, np.uint32),
            )
            np.cumsum(small_N.take(negative_M), dtype=np.uint32, out=before_M1[1:])
            pairs = positives_P.sum() * float(before_M1[-1])
            if not pairs:
                return float("nan")
            won = positives_P @ before_M1[below_P]
            if tied:
                won = (won + positives_P @ before_M1[up_to_P]) / 2
            return float(won / pairs)

        return lambda times_RN: np.array([of(times_N) for times_N in times_RN])


class GroupedAuc(Strict):
    """The mean of each group's AUC, weighted by its rows; groups of one class only do not count.

    Resamples draw whole groups. Source: Zhu et al. 2017 (Optimized cost per click in Taobao), section 5.1.

    group: rows with the same value, such as a person's, are compared with one another.
    """

    kind: Literal["grouped_auc"] = "grouped_auc"
    label: str
    score: str
    group: str

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "no group has both classes"

    def columns(self) -> tuple[str, ...]:
        return self.label, self.score, self.group

    def bind(self, examples: pd.DataFrame) -> Sums:
        """The figure of a group and its weight stand on its first row."""
        label_N, score_N = binary(examples, self.label), numbers(examples, self.score)
        group_N = pd.factorize(examples[self.group], use_na_sentinel=False)[0]
        rank_N = pd.Series(score_N).groupby(group_N).rank().to_numpy()
        rows_G, positive_G = np.bincount(group_N).astype(float), np.bincount(group_N, label_N)
        pairs_G = positive_G * (rows_G - positive_G)
        won_G = np.bincount(group_N, label_N * rank_N) - positive_G * (positive_G + 1) / 2
        both_G = pairs_G > 0
        table_NS = np.zeros((len(examples), 2))
        first_G = np.unique(group_N, return_index=True)[1]
        table_NS[first_G, 0] = np.where(both_G, rows_G * won_G / np.where(both_G, pairs_G, 1), 0)
        table_NS[first_G, 1] = np.where(both_G, rows_G, 0)
        return Sums(table_NS, lambda sums_RS: share(sums_RS[:, 0], sums_RS[:, 1]))


class Quantile(Strict):
    """The least value of a column that at least `share` of the examples do not exceed, such as a latency's."""

    kind: Literal["quantile"] = "quantile"
    column: str
    share: float = Field(gt=0, le=1)

    direction: ClassVar[None] = None
    undefined: ClassVar[str] = "there are no examples"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def bind(self, examples: pd.DataFrame) -> Weighted:
        values_N = numbers(examples, self.column)
        order_N = np.argsort(values_N, kind="stable")
        values_N = values_N[order_N]

        def of(times_N: np.ndarray) -> float:
            up_to_N = np.cumsum(times_N[order_N])
            wanted = self.share * up_to_N[-1] * (1 - 1e-12)  # rounding of the product must not skip a value
            return float(values_N[np.searchsorted(up_to_N, wanted)])

        return lambda times_RN: np.array([of(times_N) for times_N in times_RN])


class UpliftAtK(Strict):
    """Mean outcome of the treated minus that of the untreated, among the `share` of examples of highest score.

    Of a group of equal scores on the border the part that still fits counts, evenly. Treatment has to be random.
    Source: Radcliffe 2007 (Using control groups to target on predicted lift).
    """

    kind: Literal["uplift_at_k"] = "uplift_at_k"
    outcome: str
    treated: str
    score: str
    share: float = Field(gt=0, le=1)

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "the highest scores have nobody treated, or nobody untreated"

    def columns(self) -> tuple[str, ...]:
        return self.outcome, self.treated, self.score

    def bind(self, examples: pd.DataFrame) -> Weighted:
        arms = _Arms(examples, self.outcome, self.treated, self.score)

        def of(times_N: np.ndarray) -> float:
            sums_GA = arms.sums(times_N)
            size_G = sums_GA[:, 1] + sums_GA[:, 3]
            left_G = self.share * size_G.sum() - (np.cumsum(size_G) - size_G)
            inside_G = np.clip(left_G / np.where(size_G > 0, size_G, 1), 0, 1)
            treated_outcome, treated, other_outcome, other = inside_G @ sums_GA
            if not treated or not other:
                return float("nan")
            return float(treated_outcome / treated - other_outcome / other)

        return lambda times_RN: np.array([of(times_N) for times_N in times_RN])


class Qini(Strict):
    """Area between the Qini curve and that of a random order, in outcomes gained per treated example.

    The curve at a share of the examples, highest scores first, is the outcomes of their treated less those of their
    untreated scaled to as many, over all treated. Equal scores enter together. Treatment has to be random.
    Source: Radcliffe 2007 (Using control groups to target on predicted lift), section 5.

    normalised: as a share of the area of the order that knows every outcome, treated or not, as scikit-uplift has it.
    """

    kind: Literal["qini"] = "qini"
    outcome: str
    treated: str
    score: str
    normalised: bool = False

    direction: ClassVar[Literal["higher"]] = "higher"
    undefined: ClassVar[str] = "nobody is treated, or nobody is untreated"

    def columns(self) -> tuple[str, ...]:
        return self.outcome, self.treated, self.score

    def bind(self, examples: pd.DataFrame) -> Weighted:
        arms = _Arms(examples, self.outcome, self.treated, self.score)
        if not self.normalised:
            return lambda times_RN: np.array([_area(arms, times_N) for times_N in times_RN])
        signs = np.where(binary(examples, self.treated) == 1, 1, -1)
        best = _Arms(
            examples.assign(**{self.score: numbers(examples, self.outcome) * signs}),
            self.outcome,
            self.treated,
            self.score,
        )

        def of(times_N: np.ndarray) -> float:
            most = _area(best, times_N)
            return _area(arms, times_N) / most if most > 0 else float("nan")

        return lambda times_RN: np.array([of(times_N) for times_N in times_RN])


def _area(arms: "_Arms", times_N: np.ndarray) -> float:
    treated_outcome_G, treated_G, other_outcome_G, other_G = np.cumsum(arms.sums(times_N), axis=0).T
    if not treated_G[-1] or not other_G[-1]:
        return float("nan")
    scaled_G = other_outcome_G * treated_G / np.where(other_G > 0, other_G, 1)
    curve = np.r_[0, (treated_outcome_G - scaled_G) / treated_G[-1]]
    share = np.r_[0, (treated_G + other_G) / (treated_G[-1] + other_G[-1])]
    return float((np.diff(share) * (curve[1:] + curve[:-1])).sum() / 2 - curve[-1] / 2)


class _Arms:
    """Outcomes and counts of the treated and the untreated for each group of equal scores, the highest first."""

    def __init__(self, examples: pd.DataFrame, outcome: str, treated: str, score: str) -> None:
        outcome_N, treated_N = numbers(examples, outcome), binary(examples, treated)
        score_N = numbers(examples, score)
        self.order_N = np.argsort(-score_N, kind="stable")
        arms_NA = np.stack([outcome_N * treated_N, treated_N, outcome_N * (1 - treated_N), 1 - treated_N], axis=1)
        self.arms_NA = arms_NA[self.order_N]
        sorted_N = score_N[self.order_N]
        self.start_G = np.flatnonzero(np.r_[True, sorted_N[1:] != sorted_N[:-1]])

    def sums(self, times_N: np.ndarray) -> np.ndarray:
        """(G, 4): outcome and count of the treated, then of the untreated."""
        weighted_NA = self.arms_NA * times_N[self.order_N, None]
        if len(self.start_G) == len(weighted_NA):
            return weighted_NA
        return np.asarray(np.add.reduceat(weighted_NA, self.start_G, axis=0))
