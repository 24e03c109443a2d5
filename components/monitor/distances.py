"""How far what is seen now lies from what was seen before, in units of chance.

Each distance comes twice: as it is known (PSI, the statistic of Kolmogorov and Smirnov, squared MMD), and scaled so
that rows drawn from one distribution give about 1 at most, however many they are.

Legend: N rows now, M rows before, D dimensions.
"""

from typing import NamedTuple

import numpy as np

__all__ = ["Distance", "ks", "mmd", "psi"]

LEAST = 0.5  # counts of a value that one side lacks
MOST = 1000  # vectors that are compared in pairs


class Distance(NamedTuple):
    """size: as it is known. scaled: about 1 where nothing but chance lies between."""

    size: float
    scaled: float


def psi(now_N: np.ndarray, before_M: np.ndarray, most: int = 20) -> Distance:
    """The population stability index of categories; those beyond the `most` commonest of before count as one.

    Source: Siddiqi 2006; its expectation under chance, (B - 1)(1/N + 1/M), from Yurdakul & Naranjo 2020.
    """
    values, counts = np.unique(before_M, return_counts=True)
    kept = values[np.argsort(-counts, kind="stable")[:most]]
    now, before = _counts(now_N, kept), _counts(before_M, kept)
    there = (now + before) > 0
    p = np.maximum(now[there], LEAST) / max(now.sum(), 1)
    q = np.maximum(before[there], LEAST) / max(before.sum(), 1)
    size = float(((p - q) * np.log(p / q)).sum())
    expected = max(int(there.sum()) - 1, 1) * (1 / len(now_N) + 1 / len(before_M))
    return Distance(size, size / expected)


def _counts(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """How often each of `kept` occurs, and last how often anything else does."""
    known = np.sort(kept)
    index = np.searchsorted(known, values)
    index[index == len(known)] = 0
    found = known[index] == values
    counts = np.bincount(index[found], minlength=len(known))
    return np.append(counts, len(values) - found.sum()).astype(float)


def ks(now_N: np.ndarray, before_M: np.ndarray) -> Distance:
    """The largest gap between two distribution functions; scaled by the square root of N M / (N + M)."""
    now, before = np.sort(now_N), np.sort(before_M)
    every = np.concatenate([now, before])
    gap = np.abs(
        np.searchsorted(now, every, side="right") / len(now)
        - np.searchsorted(before, every, side="right") / len(before)
    ).max()
    return Distance(float(gap), float(gap * np.sqrt(len(now) * len(before) / (len(now) + len(before))) / 0.87))


def mmd(now_ND: np.ndarray, before_MD: np.ndarray, seed: int = 0) -> Distance:
    """The unbiased squared maximum mean discrepancy under a Gaussian kernel as wide as the median distance of before.

    Source: Gretton et al. 2012, lemma 6; the deviation under chance by their linear approximation of its variance.
    """
    rng = np.random.default_rng(seed)
    x_ND, y_MD = _some(now_ND, rng), _some(before_MD, rng)
    width = float(np.median(_squared(y_MD, y_MD)[np.triu_indices(len(y_MD), 1)])) or 1.0
    k_xx, k_yy, k_xy = (np.exp(-_squared(a, b) / width) for a, b in ((x_ND, x_ND), (y_MD, y_MD), (x_ND, y_MD)))
    n, m = len(x_ND), len(y_MD)
    size = float(
        (k_xx.sum() - np.trace(k_xx)) / (n * (n - 1)) + (k_yy.sum() - np.trace(k_yy)) / (m * (m - 1)) - 2 * k_xy.mean()
    )
    spread = float(np.sqrt(2 * np.var(k_yy - k_yy.mean(axis=0) - k_yy.mean(axis=1)[:, None])))
    return Distance(size, size / (spread * (1 / n + 1 / m)) if spread else 0.0)


def _some(x_ND: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x_ND if len(x_ND) <= MOST else x_ND[rng.choice(len(x_ND), MOST, replace=False)]


def _squared(x_ND: np.ndarray, y_MD: np.ndarray) -> np.ndarray:
    squared = (x_ND**2).sum(axis=1)[:, None] + (y_MD**2).sum(axis=1) - 2 * x_ND @ y_MD.T
    return np.asarray(np.maximum(squared, 0))
