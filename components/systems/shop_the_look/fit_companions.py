"""Fits the log-linear model of categories.

Legend: M members, C categories, F features.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from components.system import Progress
from components.systems.shop_the_look.companions import Companions, features
from components.systems.shop_the_look.outfits import UNKNOWN, Outfits

__all__ = ["fit_companions"]


def fit_companions(
    train: Outfits, validation: Outfits, penalties: Sequence[float], iterations: int, progress: Progress
) -> Companions:
    """The model whose penalty of squared weights gives the least log loss on the validation split."""
    count_C = np.bincount(train.category_M, minlength=len(train.categories)) + 1.0
    share_C = count_C / count_C.sum()
    feature_MF, counts_MC = features(train.counts()), validation.counts()
    known_M = validation.category_M != UNKNOWN
    truth_M = validation.category_M[known_M]
    best: tuple[float, Companions] | None = None
    for number, penalty in enumerate(penalties):
        weight_FC, bias_C = _fitted(feature_MF, train.category_M, np.log(share_C), penalty, iterations)
        model = Companions(weight_FC.astype(np.float32), bias_C.astype(np.float32), share_C.astype(np.float32))
        log_MC = model.log_probability(counts_MC[known_M])
        loss = float(-log_MC[np.arange(len(truth_M)), truth_M].mean())
        progress("fit the categories", number + 1, len(penalties), {"validation/log_loss": loss})
        if best is None or loss < best[0]:
            best = loss, model
    assert best is not None
    return best[1]


def _fitted(
    feature_MF: np.ndarray, category_M: np.ndarray, start_C: np.ndarray, penalty: float, iterations: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (F, C) and biases (C,) of least penalised log loss; it is convex: the start does not matter."""
    members, width, height = len(category_M), feature_MF.shape[1], len(start_C)
    truth_MC = np.zeros((members, height), np.float32)
    truth_MC[np.arange(members), category_M] = 1

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight_FC, bias_C = flat[: width * height].reshape(width, height), flat[width * height :]
        logits_MC = feature_MF @ weight_FC.astype(np.float32) + bias_C.astype(np.float32)
        logits_MC -= logits_MC.max(axis=1, keepdims=True)
        power_MC = np.exp(logits_MC)
        sum_M = power_MC.sum(axis=1, keepdims=True)
        value = float((np.log(sum_M[:, 0]) - logits_MC[np.arange(members), category_M]).mean(dtype=np.float64))
        slope_MC = (power_MC / sum_M - truth_MC) / members
        slope_FC = feature_MF.T @ slope_MC + 2 * penalty / members * weight_FC
        slope = np.concatenate([slope_FC.ravel(), slope_MC.sum(axis=0)], dtype=np.float64)
        return value + penalty / members * float((weight_FC**2).sum()), slope

    start = np.concatenate([np.zeros(width * height), start_C])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
    return found[: width * height].reshape(width, height), found[width * height :]
