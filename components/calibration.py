"""Calibration of a score by what came of it: monotone, and shifted by surface.

Legend: N impressions (after any leading axis), S surfaces, C coefficients, K knots.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibrated", "fit_beta", "fit_isotonic", "fit_platt", "sigmoid"]

LEAST_ROWS = 300  # of a surface, to have an offset of its own
STEPS = 50  # of Newton's method
SHRINK = 10.0  # penalty of a surface's offset, as so many impressions
LEAST_SLOPE = 1e-3
WHOLE = 0.02  # how much a fit to all impressions counts beside that to a log that holds a sample of them
Fitted = dict[str, Any]  # JSON: `slope`, `offset`, what `surfaces` add, and perhaps `bend` or `knots`


def sigmoid(value_N: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(value_N, -30, 30))), np.float64)


def calibrated(fitted: Fitted, sum_N: NDArray[Any], surfaces: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities (N,) of scores, which are sums of logits. surfaces: one of each, or one of all."""
    added = fitted["surfaces"]
    added_N = np.array([added.get(surface, 0.0) for surface in surfaces]) if added else 0.0
    sum_N = np.asarray(sum_N, np.float64)
    value_N = fitted["slope"] * sum_N + fitted["offset"] + added_N
    if "bend" in fitted:
        value_N += fitted["bend"] * np.logaddexp(0, sum_N)
    if "knots" in fitted:
        value_N = np.interp(value_N, *fitted["knots"])
    return sigmoid(value_N)


def fit_platt(
    sum_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None = None,
    kept: float = 1.0,
) -> Fitted:
    """Slope and offset by logistic regression, and what each frequent surface adds, which is shrunk towards nothing.

    weight_N: how much each counts; None: all alike. kept: share of what is not labelled that is among these; below 1
    the fit is also one to all of it, of which the least probabilities are the most.

    Source: Platt 1999 (Probabilistic outputs for support vector machines).
    """
    (slope, offset), added = _logistic([sum_N], label_N, surfaces, weight_N, kept)
    return {"slope": max(slope, LEAST_SLOPE), "offset": offset, "surfaces": added}


def fit_beta(
    sum_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None = None,
    kept: float = 1.0,
) -> Fitted:
    """As `fit_platt`, with a slope for small probabilities and one for large ones; where either falls, Platt's.

    Source: Kull, Silva Filho and Flach 2017 (Beta calibration), of which the slopes are a and b.
    """
    parts = [sum_N, np.logaddexp(0, sum_N)]
    (slope, bend, offset), added = _logistic(parts, label_N, surfaces, weight_N, kept)
    if min(slope, slope + bend) < LEAST_SLOPE:
        return fit_platt(sum_N, label_N, surfaces, weight_N, kept)
    return {"slope": slope, "bend": bend, "offset": offset, "surfaces": added}


def _logistic(
    parts: Sequence[NDArray[np.float64]],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None,
    kept: float,
) -> tuple[list[float], dict[str, float]]:
    """Coefficients of `parts`, the first near 1, and an offset; and what each frequent surface adds."""
    given, counts = np.unique(np.array(surfaces, dtype=str), return_counts=True)
    names = given[counts >= LEAST_ROWS].tolist()
    given_NS = np.array(surfaces, dtype=str)[:, None] == np.array(names, dtype=str)[None, :]
    design_NC = np.column_stack([*parts, np.ones(len(label_N)), given_NS])
    own = len(parts) + 1
    penalty = np.diag([*[1e-3] * own, *[SHRINK] * len(names)])
    start = np.eye(len(penalty))[0]
    counts_N = np.ones(len(label_N)) if weight_N is None else weight_N
    scales = [(0.0, counts_N)]  # what is added to logits, and how much each row counts
    if kept < 1:
        scales.append((np.log(kept), counts_N * WHOLE * np.where(label_N > 0, 1, 1 / kept)))

    def loss(found: NDArray[np.float64]) -> float:
        logits = [(design_NC @ found + moved, scaled_N) for moved, scaled_N in scales]
        told = sum(float(scaled_N @ (np.logaddexp(0, z_N) - label_N * z_N)) for z_N, scaled_N in logits)
        return told + float((found - start) @ penalty @ (found - start)) / 2

    found, least = start.copy(), loss(start)
    for _ in range(STEPS):
        slope, bend = penalty @ (found - start), penalty.copy()
        for moved, scaled_N in scales:
            chance_N = sigmoid(design_NC @ found + moved)
            slope += design_NC.T @ (scaled_N * (chance_N - label_N))
            bend += design_NC.T @ (design_NC * (scaled_N * chance_N * (1 - chance_N))[:, None])
        step = np.linalg.solve(bend, slope)
        while loss(found - step) > least and np.abs(step).max() >= 1e-9:  # a whole step may lead beyond the least
            step /= 2
        if np.abs(step).max() < 1e-9:
            break
        found -= step
        least = loss(found)
    return found[:own].tolist(), dict(zip(names, found[own:].tolist(), strict=True))


def fit_isotonic(
    sum_N: NDArray[np.float64],
    label_N: NDArray[np.float64],
    surfaces: Sequence[str],
    weight_N: NDArray[np.float64] | None = None,
    kept: float = 1.0,
) -> Fitted:
    """Platt's fit, then the steps that pool what is out of order, joined by lines between their middles.

    Source: Ayer et al. 1955 (An empirical distribution function for sampling with incomplete information).
    """
    fitted = fit_platt(sum_N, label_N, surfaces, weight_N, kept)
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
