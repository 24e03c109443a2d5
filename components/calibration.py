"""Calibration of a score by what came of it: monotone, and shifted by surface.

Legend: N impressions (after any leading axis), S surfaces, K knots.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibrated", "fit_isotonic", "fit_platt", "sigmoid"]

LEAST_ROWS = 300  # of a surface, to have an offset of its own
STEPS = 50  # of Newton's method
SHRINK = 10.0  # penalty of a surface's offset, as so many impressions
LEAST_SLOPE = 1e-3
Fitted = dict[str, Any]  # JSON: `slope`, `offset`, what `surfaces` add, and perhaps `knots`


def sigmoid(value_N: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(value_N, -30, 30))), np.float64)


def calibrated(fitted: Fitted, sum_N: NDArray[Any], surfaces: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities (N,) of scores, which are sums of logits. surfaces: one of each, or one of all."""
    added = fitted["surfaces"]
    added_N = np.array([added.get(surface, 0.0) for surface in surfaces]) if added else 0.0
    value_N = fitted["slope"] * np.asarray(sum_N, np.float64) + fitted["offset"] + added_N
    if "knots" in fitted:
        value_N = np.interp(value_N, *fitted["knots"])
    return sigmoid(value_N)


def fit_platt(
    sum_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None = None,
) -> Fitted:
    """Slope and offset by logistic regression, and what each frequent surface adds, which is shrunk towards nothing.

    weight_N: how much each counts; None: all alike.

    Source: Platt 1999 (Probabilistic outputs for support vector machines).
    """
    given, counts = np.unique(np.array(surfaces, dtype=str), return_counts=True)
    names = given[counts >= LEAST_ROWS].tolist()
    given_NS = np.array(surfaces, dtype=str)[:, None] == np.array(names, dtype=str)[None, :]
    design = np.concatenate([sum_N[:, None], np.ones((len(sum_N), 1)), given_NS.astype(float)], axis=1)
    penalty = np.diag([1e-3, 1e-3, *[SHRINK] * len(names)])
    start = np.array([1.0, 0.0, *[0.0] * len(names)])
    counts_N = np.ones(len(sum_N)) if weight_N is None else weight_N
    found = start.copy()
    for _ in range(STEPS):
        chance_N = sigmoid(design @ found)
        slope = design.T @ (counts_N * (chance_N - label_N)) + penalty @ (found - start)
        bend = design.T @ (design * (counts_N * chance_N * (1 - chance_N))[:, None]) + penalty
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    return {
        "slope": max(float(found[0]), LEAST_SLOPE),
        "offset": float(found[1]),
        "surfaces": dict(zip(names, found[2:].tolist(), strict=True)),
    }


def fit_isotonic(
    sum_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None = None,
) -> Fitted:
    """Platt's fit, then the steps that pool what is out of order, joined by lines between their middles.

    Source: Ayer et al. 1955 (An empirical distribution function for sampling with incomplete information).
    """
    fitted = fit_platt(sum_N, label_N, surfaces, weight_N)
    counts_N = np.ones(len(sum_N)) if weight_N is None else weight_N
    chance_N = calibrated(fitted, sum_N, surfaces)
    value_N = np.log(chance_N / (1 - chance_N))
    order_N = np.argsort(value_N, kind="stable")
    blocks: list[list[float]] = []  # rows, labels, values
    given_N3 = np.stack([np.ones(len(sum_N)), label_N, value_N], axis=1) * counts_N[:, None]
    for block in given_N3[order_N].tolist():
        blocks.append(block)
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][0] >= blocks[-1][1] * blocks[-2][0]:
            last = blocks.pop()
            blocks[-1] = [sum(pair) for pair in zip(blocks[-1], last, strict=True)]
    rows_K, labels_K, values_K = np.array(blocks).T
    rate_K = (labels_K + 0.5) / (rows_K + 1)  # neither 0 nor 1
    logit_K = np.maximum.accumulate(np.log(rate_K / (1 - rate_K)))
    return fitted | {"knots": [(values_K / rows_K).tolist(), logit_K.tolist()]}
