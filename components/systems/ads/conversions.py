"""Conversions after a click, learned from all impressions: what is told is a click's probability times theirs.

Those who click are few, and not like those who see an ad. The probability of a click is of models that did not see the
row, and stays as it is. Source: Ma et al. 2018 (Entire space multi-task model, arXiv 1804.07931), equation 3, with
boosted trees instead of towers.

Legend: N impressions, X signals.
"""

import lightgbm
import numpy as np
from numpy.typing import NDArray

from components.calibration import sigmoid
from components.systems.ads.boosting import boosted
from components.systems.ads.config import TreesConfig

__all__ = ["fit_conversions", "loss_of", "steps_of"]

RATE = 0.04
LEAST_CURVATURE = 5.0  # of a leaf: few impressions say anything of a conversion
Array = NDArray[np.float64]


def steps_of(score_N: Array, sold_N: Array, click_N: Array) -> tuple[Array, Array]:
    """The gradient and the expected curvature of the loss by the score, the logit of a conversion after a click."""
    chance_N = sigmoid(score_N)
    both_N = click_N * chance_N
    return (both_N - sold_N) * (1 - chance_N) / (1 - both_N), both_N * (1 - chance_N) ** 2 / (1 - both_N)


def loss_of(score_N: Array, sold_N: Array, click_N: Array) -> Array:
    """The log loss (N,) of a click and a conversion."""
    both_N = np.clip(click_N * sigmoid(score_N), 1e-12, 1 - 1e-12)
    return -(sold_N * np.log(both_N) + (1 - sold_N) * np.log(1 - both_N))


def fit_conversions(
    signals_NX: NDArray[np.float32],
    sold_N: Array,
    click_N: Array,
    weight_N: Array,
    held_N: NDArray[np.bool_],
    config: TreesConfig,
    seed: int,
    offset: float,
) -> lightgbm.Booster:
    """Trees whose sum and `offset` are the logit of a conversion; the rows `held_N` say how many there are."""
    parts = [~held_N, held_N]
    train, held = (
        lightgbm.Dataset(signals_NX[part], sold_N[part], init_score=np.full(part.sum(), offset)) for part in parts
    )

    def steps(score_N: Array, _: lightgbm.Dataset) -> tuple[Array, Array]:
        first_N, second_N = steps_of(score_N, sold_N[~held_N], click_N[~held_N])
        return first_N * weight_N[~held_N], np.maximum(second_N * weight_N[~held_N], 1e-6)

    def loss(score_N: Array, _: lightgbm.Dataset) -> tuple[str, float, bool]:
        loss_N = loss_of(score_N, sold_N[held_N], click_N[held_N])
        return "loss", float(np.average(loss_N, weights=weight_N[held_N])), False

    own = {"objective": steps, "metric": "None", "learning_rate": RATE, "min_sum_hessian_in_leaf": LEAST_CURVATURE}
    return boosted(train, held, config, seed, own, loss)
