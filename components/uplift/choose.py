"""The method for an arm: the one whose order of people gains most where it has not seen them, if that is no accident.

Legend: N people, R readings of the cross-validation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from components.metrics import Qini
from components.uplift.config import Learning, Method
from components.uplift.gains import Gain
from components.uplift.learners import Trial, learn
from data.params import Strict

__all__ = ["Chosen", "Reading", "choose", "qini"]

By = Literal["uplift", "response", "open", "mean"]


class Reading(Strict):
    """What a method reached in cross-validation: the mean normalised Qini with its 95 % interval."""

    method: str
    qini: float
    low: float
    high: float


@dataclass(frozen=True)
class Chosen:
    """method: None where none is told from noise, and everybody's gain is the mean. readings: the best first."""

    method: Method | None
    by: By
    gain: Gain
    readings: tuple[Reading, ...]


def choose(trial: Trial, config: Learning) -> Chosen:
    """Learn `trial` by the best method whose interval lies above 0: of uplift, opens or response.

    A response does not say whom a message moves, but often orders people better than an uplift lost in noise; nor do
    opens, which are less noisy than outcomes. Their gains are in proportion, and the mean is the effect of the arm.
    """
    methods = [name for name in config.methods if trial.opened_N is not None or not name.startswith("open")]
    readings = _readings(trial, methods, config)
    told = [reading for reading in readings if reading.low > 0]
    if not told:
        return Chosen(None, "mean", Gain(trial.effect, ()), tuple(readings))
    method = next(name for name in config.methods if name == told[0].method)
    gain = learn(method, trial, config)
    by: By = "response" if method.startswith("response") else "open" if method.startswith("open") else "uplift"
    if by != "uplift":
        gain = gain.times(trial.effect / float(gain.of(trial.matrix_NC).mean()))
    return Chosen(method, by, gain, tuple(readings))


def qini(gain_N: np.ndarray, trial: Trial) -> float:
    """The normalised Qini of an order by `gain_N`."""
    rows = pd.DataFrame({"gain": gain_N, "treated": trial.treated_N, "outcome": trial.outcome_N})
    statistic = Qini(outcome="outcome", treated="treated", score="gain", normalised=True)
    return float(statistic.bind(rows)(np.ones((1, len(rows))))[0])


def _readings(trial: Trial, methods: Sequence[Method], config: Learning) -> list[Reading]:
    found_RM = []
    for repeat in range(config.repeats):
        generator = np.random.default_rng([config.seed, repeat])
        fold_N = generator.permutation(np.arange(len(trial.outcome_N)) % config.folds)
        for fold in range(config.folds):
            seen, held = trial.where(fold_N != fold), trial.where(fold_N == fold)
            found_RM.append([qini(learn(method, seen, config).of(held.matrix_NC), held) for method in methods])
    table_RM = np.array(found_RM)
    readings = []
    for method, value_R in zip(methods, table_RM.T, strict=True):
        low, high = _interval(value_R[np.isfinite(value_R)], config.folds)
        mean = float(np.nanmean(value_R)) if np.isfinite(value_R).any() else 0.0
        readings.append(Reading(method=method, qini=mean, low=low, high=high))
    return sorted(readings, key=lambda one: -one.qini)


def _interval(value_R: np.ndarray, folds: int) -> tuple[float, float]:
    """Of the mean of readings that share most of their training people.

    Source: Nadeau and Bengio 2003 (Inference for the generalization error), the corrected resampled t.
    """
    from scipy.stats import t

    if len(value_R) < 2:
        return float("-inf"), float("inf")
    spread = value_R.std(ddof=1) * np.sqrt(1 / len(value_R) + 1 / (folds - 1))
    half = float(t.ppf(0.975, len(value_R) - 1) * spread)
    return float(value_R.mean()) - half, float(value_R.mean()) + half
