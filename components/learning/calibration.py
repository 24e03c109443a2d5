"""Calibration of class probabilities.

Legend: N examples, C classes.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = ["fit_temperature"]


def fit_temperature(logits_NC: np.ndarray, label_N: np.ndarray) -> float:
    """The temperature in [0.05, 20] under which held-out labels are likeliest.

    Labels below 0, of classes unseen in training, do not count; without any other the temperature is 1.
    Source: Guo et al. 2017 (arXiv 1706.04599), section 4.2.
    """
    known_N = label_N >= 0
    if not known_N.any():
        return 1.0
    logits_NC, label_N = logits_NC[known_N].astype(np.float64), label_N[known_N]
    rows_N = np.arange(len(label_N))

    def negative_log_likelihood(log_temperature: float) -> float:
        return float(-log_softmax(logits_NC / np.exp(log_temperature), axis=1)[rows_N, label_N].mean())

    result = minimize_scalar(negative_log_likelihood, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(result.x))
