"""Many comparisons at once: false discoveries, and effects of segments told from noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from components.experiments.effects import Effect

__all__ = ["Heterogeneity", "discoveries", "heterogeneity"]


def discoveries(p_M: Sequence[float]) -> np.ndarray:
    """Adjusted p values (M,): at most a share q of those of at most q is false (Benjamini and Hochberg 1995)."""
    given_M = np.asarray(p_M, float)
    order_M = np.argsort(given_M)
    ranked_M = given_M[order_M] * len(given_M) / np.arange(1, len(given_M) + 1)
    adjusted_M = np.empty(len(given_M))
    adjusted_M[order_M] = np.minimum.accumulate(ranked_M[::-1])[::-1].clip(max=1)
    return adjusted_M


@dataclass(frozen=True)
class Heterogeneity:
    """Whether effects differ between segments.

    p: of Cochran's Q, the chance of such differences where there are none. spread: the standard deviation between the
    true effects (DerSimonian and Laird 1986), 0 if noise explains everything. shrunk: each effect drawn towards the
    common one by the share of its difference that is noise.
    """

    p: float
    spread: float
    shrunk: tuple[float, ...]


def heterogeneity(effects: Sequence[Effect]) -> Heterogeneity:
    """Of the differences of at least two segments that share no unit."""
    value_K = np.array([each.difference for each in effects])
    variance_K = np.array([each.se for each in effects]) ** 2
    weight_K = 1 / variance_K
    common = weight_K @ value_K / weight_K.sum()
    q = float(weight_K @ (value_K - common) ** 2)
    free = len(effects) - 1
    scale = weight_K.sum() - weight_K @ weight_K / weight_K.sum()
    between = max(0.0, (q - free) / scale)
    centre = common if between == 0 else (value_K / (variance_K + between)).sum() / (1 / (variance_K + between)).sum()
    shrunk_K = centre + between / (between + variance_K) * (value_K - centre)
    return Heterogeneity(float(chi2.sf(q, free)), float(np.sqrt(between)), tuple(shrunk_K.tolist()))
