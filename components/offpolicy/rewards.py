"""A model of rewards for the estimators that use one, fitted on rows other than those that it predicts.

Legend: N rows, D features of the situation, A actions.
"""

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from components.offpolicy.log import Logged
from data.errors import UserError

__all__ = ["cross_fitted"]

FOLDS = 3


def cross_fitted(log: Logged, x_ND: np.ndarray, strength: float = 1.0, seed: int = 0) -> np.ndarray:
    """The probability (N, A) of a reward of 1 for every action: logistic regression.

    x_ND: features of about one size. strength: the inverse of the penalty; each action has its own deviation from the
    slopes and the level that all share, which the penalty keeps small where the log says little.

    Raises:
        UserError: a reward is neither 0 nor 1, a feature is no number, or there are too few rows or slates.
    """
    if not np.isin(log.reward_N, (0.0, 1.0)).all() or not np.isfinite(x_ND).all():
        raise UserError("the model of rewards needs rewards of 0 and 1 and features that are numbers")
    rows, actions = log.policy_NA.shape
    unit_N = np.arange(rows) if log.slate_N is None else np.unique(log.slate_N, return_inverse=True)[1]
    fold_N = np.random.default_rng(seed).integers(0, FOLDS, unit_N.max() + 1)[unit_N]  # slates stay whole
    if (fold_N == fold_N[0]).all():
        raise UserError("the model of rewards needs more rows or slates: it predicts those that it was not fitted on")
    q_NA = np.empty((rows, actions))
    with_one_ND = np.hstack([x_ND, np.ones((rows, 1))])
    width = with_one_ND.shape[1]
    column_NE = log.action_N[:, None] * width + np.arange(width)
    row_NE = np.repeat(np.arange(rows), width)
    own = csr_matrix((with_one_ND.ravel(), (row_NE, column_NE.ravel())), shape=(rows, actions * width))
    features = hstack([csr_matrix(x_ND), own]).tocsr()
    for fold in range(FOLDS):
        known_N, asked_N = fold_N != fold, fold_N == fold
        if not asked_N.any():
            continue
        reward_K = log.reward_N[known_N]
        if reward_K.min() == reward_K.max():
            q_NA[asked_N] = reward_K.mean()
            continue
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(features[known_N], reward_K)
        shared_D, own_AE = model.coef_[0][: width - 1], model.coef_[0][width - 1 :].reshape(actions, width)
        score_NA = with_one_ND[asked_N] @ own_AE.T + (x_ND[asked_N] @ shared_D + model.intercept_[0])[:, None]
        q_NA[asked_N] = 1 / (1 + np.exp(-score_NA))
    return q_NA
