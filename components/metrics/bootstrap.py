"""Percentile bootstrap (Efron and Tibshirani 1993, ch. 13) of any metric, alone or as a paired difference.

Legend: N units that are drawn (examples or clusters), R resamples, M metrics.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from components.metrics.columns import Weighted
from components.metrics.metric import Sample
from data.errors import UserError

__all__ = ["RESAMPLES", "bootstrap_means", "change", "interval", "resampled"]

RESAMPLES = 2000
BLOCK = 250  # resamples drawn at once
CELLS = 2**25  # counts held at once, to bound memory: fewer resamples where there are many examples
CELLS_A_THREAD = 2**20  # larger blocks cost more in fresh memory than they save
THREADS = 8


def bootstrap_means(values_N: np.ndarray, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Means of `resamples` draws with replacement.

    values_N: one figure an example (for a paired comparison: the differences), or a column of them for each of M
    metrics (N, M), which share the draws. Returns shape (resamples,) or (resamples, M).
    """
    count = len(values_N)
    if count == 0:
        raise ValueError("no examples to resample")
    generator = np.random.default_rng(seed)
    size = min(BLOCK, max(1, CELLS // count))
    means = []
    for done in range(0, resamples, size):
        times_RN = _times(generator, min(size, resamples - done), count)
        with np.errstate(invalid="ignore"):  # an infinite figure that was not drawn makes the mean undefined as well
            means.append(times_RN @ values_N / count)
    return np.concatenate(means)


def resampled(of: Sequence[Weighted], units: int, seed: int = 0, resamples: int = RESAMPLES) -> np.ndarray:
    """Each of M metrics over the same draws of `units`, shape (resamples, M); NaN where one is undefined.

    Every block draws from a stream of its own, so that threads share the work and their number changes nothing.
    """
    size = min(BLOCK, max(1, CELLS_A_THREAD // units))
    sizes = [min(size, resamples - done) for done in range(0, resamples, size)]

    def block(stream: np.random.SeedSequence, size: int) -> np.ndarray:
        times_RN = _times(np.random.default_rng(stream), size, units)
        return np.stack([metric(times_RN) for metric in of], axis=1)

    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:  # numpy mostly computes without the lock
        return np.concatenate(list(pool.map(block, np.random.SeedSequence(seed).spawn(len(sizes)), sizes)))


def interval(values_R: np.ndarray, name: str) -> tuple[float, float]:
    """The 95 % interval of resampled values.

    Raises:
        UserError: the metric is undefined on some resample; leaving those out would flatter the interval.
    """
    undefined = int(np.isnan(values_R).sum())
    if undefined:
        raise UserError(
            f"{name} is undefined on {undefined} of {len(values_R)} resamples, so it has no interval; evaluate on "
            f"more examples"
        )
    low, high = np.quantile(values_R, [0.025, 0.975])
    return float(low), float(high)


def change(ours: Sample, theirs: Sample, name: str) -> tuple[float, float, float]:
    """Ours minus theirs on the same examples in the same order, with its 95 % interval over shared draws.

    Raises:
        UserError: the metric is undefined on some resample.
    """
    if ours.values_N is not None and theirs.values_N is not None:
        gains_N = ours.values_N - theirs.values_N
        return float(gains_N.mean()), *interval(bootstrap_means(gains_N), name)
    values_RM = resampled((ours.of, theirs.of), ours.units)
    return ours.value - theirs.value, *interval(values_RM[:, 0] - values_RM[:, 1], name)


def _times(generator: np.random.Generator, resamples: int, count: int) -> np.ndarray:
    """How often each of `count` units is drawn (R, N), in `count` draws a resample."""
    times_RN = np.empty((resamples, count))
    for times_N in times_RN:
        times_N[:] = np.bincount(generator.integers(0, count, count), minlength=count)
    return times_RN
