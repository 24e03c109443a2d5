"""Learners of a gain from a randomised test of one arm against none.

Response: the probability of the outcome with the message. Open: the probability that a message is opened, where what
would have happened anyway does not. T: the outcome's probability with the message less that without (Künzel et al.
2019, arXiv 1706.03461). S: the same by one model that is told of the message (the same). X: gains imputed by the other
group's model, learned again (the same). DR: gains corrected by what the models missed, over the propensity (Kennedy
2020, arXiv 2004.14497).

Legend: N people, C columns.
"""

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from components.calibration import sigmoid
from components.learning.trees import tree_settings
from components.uplift.config import Learning, Method
from components.uplift.gains import Gain, Link, Model, Part, linear

__all__ = ["Linear", "Trees", "Trial", "fit_model", "learn"]

FOLDS = 3  # of the models whose misses DR weighs


@dataclass(frozen=True)
class Trial:
    """A randomised test of one arm against none.

    treated_N, outcome_N: 0 or 1. share: of the treated, by design. opened_N: 0 or 1; None: unknown.
    """

    matrix_NC: NDArray[np.float32]
    treated_N: NDArray[np.float64]
    outcome_N: NDArray[np.float64]
    share: float
    opened_N: NDArray[np.float64] | None = None

    def where(self, rows_N: NDArray[np.bool_]) -> "Trial":
        opened_N = None if self.opened_N is None else self.opened_N[rows_N]
        return Trial(self.matrix_NC[rows_N], self.treated_N[rows_N], self.outcome_N[rows_N], self.share, opened_N)

    @property
    def effect(self) -> float:
        """The mean outcome of the treated less that of the others."""
        treated = self.treated_N == 1
        return float(self.outcome_N[treated].mean() - self.outcome_N[~treated].mean())


class Linear:
    """A fitted linear model."""

    def __init__(self, weight_C: NDArray[np.float64], bias: float) -> None:
        self.weight_C, self.bias = weight_C, bias
        self._model = linear(weight_C, bias)

    def __call__(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.float64]:
        return self._model(matrix_NC)


class Trees:
    """Fitted trees. last: what a last column always is that the matrix lacks."""

    def __init__(self, booster: lightgbm.Booster, last: float | None = None) -> None:
        self.booster, self.last = booster, last

    def __call__(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.float64]:
        if self.last is not None:
            matrix_NC = np.column_stack([matrix_NC, np.full(len(matrix_NC), self.last, np.float32)])
        return np.asarray(self.booster.predict(matrix_NC, raw_score=True), np.float64)


def learn(method: Method, trial: Trial, config: Learning) -> Gain:
    """The gain that `method` learns from `trial`; of a response or open the scale is not yet that of one."""
    kind, _, base = method.partition("-")
    treated_N = trial.treated_N == 1
    if kind == "response":
        comes = fit_model(base, trial.matrix_NC[treated_N], trial.outcome_N[treated_N], "sigmoid", config)
        return Gain(0.0, [Part(1.0, "sigmoid", comes)])
    if kind == "open":
        assert trial.opened_N is not None
        opens = fit_model(base, trial.matrix_NC[treated_N], trial.opened_N[treated_N], "sigmoid", config)
        anyway = fit_model(base, trial.matrix_NC[~treated_N], trial.outcome_N[~treated_N], "sigmoid", config)
        return Gain(0.0, [Part(1.0, "sigmoid", opens, unless=anyway)])
    if kind in ("s", "t"):
        with_it, without = _one(trial, config) if kind == "s" else _arms(base, trial, config)
        return Gain(0.0, [Part(1.0, "sigmoid", with_it), Part(-1.0, "sigmoid", without)])
    if kind == "x":
        return _crossed(base, trial, config)
    return _robust(base, trial, config)


def _arms(base: str, trial: Trial, config: Learning) -> tuple[Model, Model]:
    """The probability of the outcome with the message, and without."""
    models = []
    for arm in (1, 0):
        rows_N = trial.treated_N == arm
        models.append(fit_model(base, trial.matrix_NC[rows_N], trial.outcome_N[rows_N], "sigmoid", config))
    return models[0], models[1]


def _one(trial: Trial, config: Learning) -> tuple[Model, Model]:
    """As `_arms`, by one model that is told of the message; a linear one that tells enough is that of `_arms`."""
    if trial.outcome_N.min() == trial.outcome_N.max():
        return _arms("trees", trial, config)
    matrix_NC = np.column_stack([trial.matrix_NC, trial.treated_N.astype(np.float32)])
    booster = _trees(matrix_NC, trial.outcome_N, "sigmoid", config).booster
    return Trees(booster, last=1.0), Trees(booster, last=0.0)


def _crossed(base: str, trial: Trial, config: Learning) -> Gain:
    with_it, without = _arms(base, trial, config)
    treated_N = trial.treated_N == 1
    gained_N = trial.outcome_N - sigmoid(without(trial.matrix_NC))
    lost_N = sigmoid(with_it(trial.matrix_NC)) - trial.outcome_N
    of_treated = fit_model(base, trial.matrix_NC[treated_N], gained_N[treated_N], "identity", config)
    of_others = fit_model(base, trial.matrix_NC[~treated_N], lost_N[~treated_N], "identity", config)
    return Gain(0.0, [Part(1 - trial.share, "identity", of_treated), Part(trial.share, "identity", of_others)])


def _robust(base: str, trial: Trial, config: Learning) -> Gain:
    fold_N = np.random.default_rng(config.seed).integers(0, FOLDS, len(trial.outcome_N))
    gain_N = np.zeros(len(fold_N))
    for fold in range(FOLDS):
        asked_N = fold_N == fold
        with_it, without = _arms(base, trial.where(~asked_N), config)
        matrix_NC, treated_N, outcome_N = (
            trial.matrix_NC[asked_N],
            trial.treated_N[asked_N],
            trial.outcome_N[asked_N],
        )
        one_N, none_N = sigmoid(with_it(matrix_NC)), sigmoid(without(matrix_NC))
        missed_N = treated_N * (outcome_N - one_N) / trial.share
        missed_N -= (1 - treated_N) * (outcome_N - none_N) / (1 - trial.share)
        gain_N[asked_N] = one_N - none_N + missed_N
    return Gain(0.0, [Part(1.0, "identity", fit_model(base, trial.matrix_NC, gain_N, "identity", config))])


def fit_model(
    base: str, matrix_NC: NDArray[np.float32], label_N: NDArray[np.float64], link: Link, config: Learning
) -> Model:
    mean, width = float(label_N.mean()), matrix_NC.shape[1]
    if link == "sigmoid" and mean in (0.0, 1.0):  # nothing to tell apart, in a fold of a few people
        return Linear(np.zeros(width), 30.0 if mean else -30.0)
    if not width:  # nothing is known of anybody
        return Linear(np.zeros(0), float(np.log(mean / (1 - mean))) if link == "sigmoid" else mean)
    return _line(matrix_NC, label_N, link, config) if base == "linear" else _trees(matrix_NC, label_N, link, config)


def _line(matrix_NC: NDArray[np.float32], label_N: NDArray[np.float64], link: Link, config: Learning) -> Linear:
    from sklearn.linear_model import LogisticRegression, Ridge

    if link == "sigmoid":
        model = LogisticRegression(C=config.inverse_penalty, max_iter=300).fit(matrix_NC, label_N)
        return Linear(model.coef_[0].astype(float), float(model.intercept_[0]))
    ridge = Ridge(alpha=1 / config.inverse_penalty).fit(matrix_NC.astype(float), label_N)
    return Linear(ridge.coef_.astype(float), float(ridge.intercept_))


def _trees(matrix_NC: NDArray[np.float32], label_N: NDArray[np.float64], link: Link, config: Learning) -> Trees:
    trees, objective = config.trees, "binary" if link == "sigmoid" else "regression"
    settings = tree_settings(trees.learning_rate, trees.leaves, trees.least_examples, config.seed, objective)
    return Trees(lightgbm.train(settings, lightgbm.Dataset(matrix_NC, label_N), config.trees.rounds))
