"""The gain of a message for each person: an offset and weighted models, each linear or of trees.

Legend: N people, C columns of covariates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from components.calibration import sigmoid

__all__ = ["Gain", "Link", "Part", "linear"]

Link = Literal["sigmoid", "identity"]
Model = Callable[[NDArray[np.float32]], NDArray[np.float64]]  # (N, C) to (N,), before the link


def linear(weight_C: NDArray[np.float64], bias: float) -> Model:
    """Sums are of each row by itself, so that a person's gain is the same in any batch."""
    return lambda matrix_NC: np.asarray((matrix_NC * weight_C).sum(axis=1, dtype=np.float64) + bias)


@dataclass(frozen=True)
class Part:
    """unless: a model of what happens anyway, on the scale of log odds, which takes its share of the part."""

    weight: float
    link: Link
    model: Model
    unless: Model | None = None


@dataclass(frozen=True)
class Gain:
    """`offset` and the sum of `weight · link(model) · (1 - sigmoid(unless))`."""

    offset: float
    parts: Sequence[Part]

    def of(self, matrix_NC: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N,)."""
        total_N = np.full(len(matrix_NC), self.offset)
        for part in self.parts:
            value_N = part.model(matrix_NC)
            value_N = sigmoid(value_N) if part.link == "sigmoid" else value_N
            if part.unless is not None:
                value_N = value_N * (1 - sigmoid(part.unless(matrix_NC)))
            total_N += part.weight * value_N
        return total_N

    def times(self, factor: float) -> "Gain":
        parts = [replace(part, weight=part.weight * factor) for part in self.parts]
        return Gain(self.offset * factor, parts)
