"""The method for an arm: the one whose order of people gains most where it has not seen them, if that is no accident.

Legend: N people, M methods, R resamples of people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from components.metrics import Qini
from components.metrics.columns import Weighted
from components.uplift.config import Learning, Method
from components.uplift.gains import Gain
from components.uplift.learners import Trial, learn
from data.params import Strict

__all__ = ["By", "Chosen", "Reading", "choose", "qini"]

RESAMPLES = 100
NORMAL = 1.96
By = Literal["uplift", "response", "open", "mean"]


class Reading(Strict):
    """What a method reached in cross-validation: the normalised Qini with its 95 % interval, people resampled."""

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
    return float(_qini(gain_N, trial)(np.ones((1, len(gain_N))))[0])


def _readings(trial: Trial, methods: Sequence[Method], config: Learning) -> list[Reading]:
    """Of each method, the Qini of all people, each by a model that has not seen them; people are resampled."""
    count = len(trial.outcome_N)
    weight_RN = np.random.default_rng([config.seed, 0]).poisson(1.0, (RESAMPLES, count)).astype(float)
    value_RM = np.zeros((RESAMPLES + 1, len(methods)))
    for repeat in range(config.repeats):
        fold_N = np.random.default_rng([config.seed, 1, repeat]).permutation(np.arange(count) % config.folds)
        place_MN = np.zeros((len(methods), count))
        for fold in range(config.folds):
            held_N = fold_N == fold
            seen, held = trial.where(~held_N), trial.where(held_N)
            for number, method in enumerate(methods):
                place_MN[number, held_N] = _places(learn(method, seen, config).of(held.matrix_NC))
        for number, place_N in enumerate(place_MN):
            of = _qini(place_N, trial)
            value_RM[:, number] += of(np.concatenate([np.ones((1, count)), weight_RN])) / config.repeats
    readings = []
    for method, mean, value_R in zip(methods, value_RM[0], value_RM[1:].T, strict=True):
        half = NORMAL * float(np.std(value_R))
        readings.append(Reading(method=method, qini=float(mean), low=float(mean) - half, high=float(mean) + half))
    return sorted(readings, key=lambda one: -one.qini)


def _places(gain_N: np.ndarray) -> np.ndarray:
    """Each gain as its place in the order, 0 to 1, so that models of several folds compare; equal ones are alike."""
    return pd.Series(gain_N).rank(pct=True).to_numpy()


def _qini(gain_N: np.ndarray, trial: Trial) -> Weighted:
    rows = pd.DataFrame({"gain": gain_N, "treated": trial.treated_N, "outcome": trial.outcome_N})
    return Qini(outcome="outcome", treated="treated", score="gain", normalised=True).bind(rows)
