"""Conversions that had come when training ended, and how much each counts for those that were still to come.

Delays are taken as exponential. Of clicks of age a the share F(a) of conversions is known, so that a known one counts
1 / F(a), and a click without one (1 - p) / (1 - p F(a)), where p of all clicks convert: on average each click counts
as if all were known. Source: Ktena et al. 2019 (Addressing delayed feedback for continuous training, arXiv 1907.06558),
importance weights; Chapelle 2014 (Modeling delayed feedback in display advertising) for the delays.

Legend: N clicks.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["known_by", "weights_of"]

STEPS = 100
LEAST_KNOWN = 0.05  # share that counts, so that one click does not count for hundreds


def known_by(
    converts_N: NDArray[np.bool_], delay_s_N: NDArray[np.float64], age_s_N: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Conversions that came within each click's age; one without a delay came at once."""
    return converts_N & ~(delay_s_N > age_s_N)


def weights_of(
    known_N: NDArray[np.bool_], delay_s_N: NDArray[np.float64], age_s_N: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much each click counts (N,)."""
    told_N = known_N & np.isfinite(delay_s_N) & np.isfinite(age_s_N)
    if not told_N.any():
        return np.ones(len(known_N))
    mean_s = _mean_delay(delay_s_N[told_N], age_s_N[told_N])
    share_N = np.clip(-np.expm1(-np.nan_to_num(age_s_N, nan=np.inf) / mean_s), LEAST_KNOWN, 1)
    converts = min(1.0, float((known_N / share_N).mean()))
    return np.where(known_N, 1 / share_N, (1 - converts) / (1 - converts * share_N))


def _mean_delay(delay_s: NDArray[np.float64], age_s: NDArray[np.float64]) -> float:
    """The likeliest mean of an exponential law of which only what is shorter than the age was seen."""
    mean_s = max(float(delay_s.mean()), 1.0)
    age_s = np.maximum(age_s, 1.0)
    for _ in range(STEPS):
        mean_s = float((delay_s + age_s / np.expm1(np.minimum(age_s / mean_s, 700))).mean())
    return max(mean_s, 1.0)
