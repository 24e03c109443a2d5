"""What each column adds to a gain, from what it adds to the models of the gain.

A model's parts add up before its link; each takes its share of the change that the link makes of them, and of two
models that multiply each takes half of what they change together, so that the parts of a gain add up to it. Source:
Chen, Lundberg and Lee 2022 (Explaining a series of models by propagating Shapley values, Nature Communications 13).

Legend: N people, C columns.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.calibration import sigmoid
from components.uplift.gains import Gain, Link, Model

__all__ = ["Explained", "reasons"]

LEAST = 1e-9  # a smaller change before the link is none


@dataclass(frozen=True)
class Explained:
    """A `Model` that says why. adds: (N, C) to (N, C), before the link; with `base` they add up to the model."""

    model: Model
    base: float
    adds: Callable[[NDArray[np.float32]], NDArray[np.float64]]

    def __call__(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.float64]:
        return self.model(matrix_NC)


def reasons(gain: Gain, matrix_NC: NDArray[np.float32]) -> tuple[float, NDArray[np.float64]]:
    """The gain of whom nothing is known, and what each column adds to it (N, C); models are `Explained`."""
    usual, added_NC = gain.offset, np.zeros(matrix_NC.shape)
    for part in gain.parts:
        base, moves_NC = _moves(part.model, part.link, matrix_NC)
        if part.unless is not None:
            anyway, stays_NC = _moves(part.unless, "sigmoid", matrix_NC)
            value_N1, left_N1 = base + moves_NC.sum(1, keepdims=True), 1 - anyway - stays_NC.sum(1, keepdims=True)
            moves_NC = moves_NC * (left_N1 + 1 - anyway) / 2 - stays_NC * (value_N1 + base) / 2
            base *= 1 - anyway
        usual += part.weight * base
        added_NC += part.weight * moves_NC
    return usual, added_NC


def _moves(model: Model, link: Link, matrix_NC: NDArray[np.float32]) -> tuple[float, NDArray[np.float64]]:
    """The value of whom nothing is known, and what each column adds to it, after the link."""
    assert isinstance(model, Explained)
    adds_NC = model.adds(matrix_NC)
    if link == "identity":
        return model.base, adds_NC
    sum_N1 = adds_NC.sum(axis=1, keepdims=True)
    base, value_N1 = (sigmoid(np.array(of)) for of in (model.base, model.base + sum_N1))
    still_N1 = np.abs(sum_N1) < LEAST
    steep_N1 = np.where(still_N1, base * (1 - base), (value_N1 - base) / np.where(still_N1, 1.0, sum_N1))
    return float(base), adds_NC * steep_N1
