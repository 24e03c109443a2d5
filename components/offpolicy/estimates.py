"""Estimates of a policy's value, each with an interval, refused where the log says too little.

Legend: N rows, U units that are drawn (rows or slates), A actions, R resamples.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.metrics.bootstrap import resampled
from components.offpolicy.log import Logged
from data.errors import UserError
from data.params import Strict

__all__ = ["LEAST_ESS", "Estimate", "Estimates", "evaluate"]

LEAST_ESS = 100.0
SWITCH, SHRINK = 10.0, 100.0  # largest weight that is used, and where weights are half of what they were


class Estimate(Strict):
    """A value with its 95 % interval; None where an estimator is biased, which none can cover."""

    value: float
    low: float | None
    high: float | None


class Estimates(Strict):
    """What is known of a policy. `estimates` is empty where it is refused, and `refused` says why.

    ess: effective sample size, (Σw)² / Σw². logged: the value of the policy that wrote the log. gain: of the evaluated
    policy over it, doubly robust. Then only the bounds of the reward are known.
    """

    rows: int
    ess: float
    largest_weight: float
    logged: float
    estimates: dict[str, Estimate]
    gain: Estimate | None
    refused: str | None

    @property
    def advice(self) -> str:
        """One sentence: whether an online test is worth it."""
        if self.gain is None or self.gain.low is None or self.gain.high is None:
            return "No estimate: a test on people would be blind."
        if self.gain.high < 0:
            return "Do not test: the policy earns less than the one that wrote the log."
        if self.gain.low > 0:
            return "Test: the policy earns more than the one that wrote the log."
        return "A test may show a difference; the log does not."


@dataclass(frozen=True)
class _Ratio:
    """An estimator as Σ over_U / Σ under_U."""

    over_U: np.ndarray
    under_U: np.ndarray

    @property
    def value(self) -> float:
        return float(self.over_U.sum() / self.under_U.sum())

    @property
    def se(self) -> float:
        return float(np.sqrt(((self.over_U - self.value * self.under_U) ** 2).sum()) / self.under_U.sum())

    def studentised(self) -> Callable[[np.ndarray], np.ndarray]:
        """Function from how often units are drawn (R, U) to (value* - value) / se* (R,)."""
        over_U, under_U, value = self.over_U, self.under_U, self.value
        table_US = np.stack([over_U, under_U, over_U**2, over_U * under_U, under_U**2], axis=1)

        def of(times_RU: np.ndarray) -> np.ndarray:
            over_R, under_R, squared_R, product_R, weight_R = (times_RU @ table_US).T
            drawn_R = over_R / under_R
            spread_R = np.sqrt(np.maximum(squared_R - 2 * drawn_R * product_R + drawn_R**2 * weight_R, 0)) / under_R
            away_R = drawn_R - value
            with np.errstate(divide="ignore", invalid="ignore"):  # nothing drawn but zeros: as far as can be
                return np.where(spread_R > 0, away_R / spread_R, np.sign(away_R) * np.inf)

        return of


def evaluate(log: Logged, q_NA: np.ndarray, seed: int = 0, resamples: int = 2000) -> Estimates:
    """The value of the policy a unit, by every estimator.

    q_NA: rewards that a model predicts for every action of every row, without having seen the row's reward.

    `ipw` and `snipw` weigh rewards, the second by weights that add up to the rows; `dr` weighs what the model misses.
    `dm` is the model's word alone; `switch` weighs what it misses only below a weight of 10, `shrunk` with weights that
    are bent down (100 w / (w² + 100)): these three vary less and are biased, so that they have no interval. Intervals
    are bootstrap-t (Hall 1988), for rewards are rare and weights skewed. Below an effective sample size of 100
    everything is refused.
    Sources: Dudík et al. 2011 (arXiv 1103.4601); Swaminathan and Joachims 2015; Wang et al. 2017 (1612.01205);
    Su et al. 2020 (1907.09623).
    """
    weight_N, rows = log.weights, np.arange(len(log.reward_N))
    if q_NA.shape != log.policy_NA.shape or not np.isfinite(q_NA).all():
        raise UserError("the predicted rewards need a number for every row and action")
    ess = float(weight_N.sum() ** 2 / (weight_N @ weight_N)) if weight_N.any() else 0.0
    slate_N = rows if log.slate_N is None else np.unique(log.slate_N, return_inverse=True)[1]
    units = int(slate_N.max()) + 1

    def by_unit(value_N: np.ndarray) -> np.ndarray:
        return np.bincount(slate_N, value_N, minlength=units)

    logged = float(log.reward_N.sum() / units)
    known = Estimates(
        rows=len(rows),
        ess=ess,
        largest_weight=float(weight_N.max()),
        logged=logged,
        estimates={},
        gain=None,
        refused=None,
    )
    if ess < LEAST_ESS:
        reason = (
            f"the effective sample size is {ess:.0f} of {len(rows)} rows, below {LEAST_ESS:.0f}: the log hardly ever "
            f"does what the policy would do; log more, with more exploration, or evaluate a policy closer to it"
        )
        return known.model_copy(update={"refused": reason})
    missed_N = log.reward_N - q_NA[rows, log.action_N]
    model_N = (q_NA * log.policy_NA).sum(axis=1)
    one_U = np.ones(units)
    robust_U = by_unit(model_N + weight_N * missed_N)
    of = {
        "dm": _Ratio(by_unit(model_N), one_U),
        "ipw": _Ratio(by_unit(weight_N * log.reward_N), one_U),
        "snipw": _Ratio(by_unit(weight_N * log.reward_N), by_unit(weight_N) * units / len(rows)),
        "dr": _Ratio(robust_U, one_U),
        "switch": _Ratio(by_unit(model_N + np.where(weight_N <= SWITCH, weight_N, 0) * missed_N), one_U),
        "shrunk": _Ratio(by_unit(model_N + SHRINK * weight_N / (weight_N**2 + SHRINK) * missed_N), one_U),
        "gain": _Ratio(robust_U - by_unit(log.reward_N), one_U),
    }
    drawn = ["ipw", "snipw", "dr", "gain"]
    t_RM = resampled([of[name].studentised() for name in drawn], units, seed, resamples)
    low, high = (edge * len(rows) / units for edge in log.bounds)
    found = {name: Estimate(value=each.value, low=None, high=None) for name, each in of.items()}
    for name, t_R in zip(drawn, t_RM.T, strict=True):
        least, most = (low - high, high - low) if name == "gain" else (low, high)
        upper, lower = np.quantile(t_R, [0.025, 0.975], method="nearest")
        ends = [float(np.clip(of[name].value - t * of[name].se, least, most)) for t in (lower, upper)]
        found[name] = Estimate(value=of[name].value, low=ends[0], high=ends[1])
    return known.model_copy(update={"gain": found.pop("gain"), "estimates": found})
