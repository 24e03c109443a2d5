"""How a classifier treats texts about each group of people.

Legend: N texts.
"""

from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["auc_of", "by_term", "calibration_error"]

Figure = tuple[float, Literal["higher", "lower"]]
POWER = -5.0  # of the mean over groups, which is near the worst of them (Borkan et al. 2019)
BINS = 15


def auc_of(label_N: np.ndarray, score_N: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    from scipy.stats import rankdata

    positives = int(label_N.sum())
    above = rankdata(score_N)[label_N].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(label_N) - positives)))


def by_term(texts: pd.DataFrame, threshold: float) -> dict[str, Figure]:
    """`fpr_range` over groups, and the means of their BPSN and BNSP AUC; nothing where a group has one kind only.

    BPSN: harmless texts about the group against hateful ones about others; BNSP: the other way round.
    Source: Borkan et al. 2019 (arXiv 1903.04561), section 3.
    """
    label_N, score_N = texts["hateful"].to_numpy() >= 0.5, texts["score"].to_numpy()
    rates: list[float] = []
    bpsn: list[float] = []
    bnsp: list[float] = []
    for term in sorted(texts["term"].unique()):
        own_N = (texts["term"] == term).to_numpy()
        if not (own_N & label_N).any() or not (own_N & ~label_N).any() or not (~own_N & label_N).any():
            return {}
        rates.append(float((score_N[own_N & ~label_N] >= threshold).mean()))
        for found, kept_N in ((bpsn, own_N ^ label_N), (bnsp, own_N == label_N)):
            found.append(auc_of(label_N[kept_N], score_N[kept_N]))
    return {
        "fpr_range": (max(rates) - min(rates), "lower"),
        "fpr_worst": (max(rates), "lower"),
        "bpsn_auc": (_mean(bpsn), "higher"),
        "bnsp_auc": (_mean(bnsp), "higher"),
    }


def _mean(values: list[float]) -> float:
    return float(np.mean(np.maximum(values, 1e-6) ** POWER) ** (1 / POWER))


def calibration_error(share_N: np.ndarray, probability_N: np.ndarray) -> float:
    """Mean gap between probability and share of raters over equal-width bins (Guo et al. 2017, equation 3)."""
    bin_N = np.minimum((probability_N * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bin_N, probability_N - share_N, BINS)
    return float(np.abs(gaps).sum() / len(share_N))
