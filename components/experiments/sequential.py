"""Bounds on |z| that hold however often an experiment is looked at.

Legend: L looks, U units, G points of a grid. A fraction is the information at a look (1 / variance of the effect) over
the information at the planned end.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from data.errors import UserError

__all__ = ["always_valid", "information_of", "level_reached", "spending_bounds"]

GRID = 161
WIDEST = 6.0  # standard deviations; beyond lies a probability of 2e-9
LEAST_AGREEMENT = 0.1  # a correlation below it counts as one: the looks share next to nothing
LEAST_GROWTH = 1.01  # of information, until data are looked at again


def always_valid(fraction_L: np.ndarray, alpha: float = 0.05) -> np.ndarray:
    """The bound (L,) that |z| exceeds at any time with probability `alpha` at most, also long after the planned end.

    The normal mixture, whose variance makes the bound tightest at the planned end. Sources: Robbins 1970; Johari et
    al. 2017 (mSPRT, arXiv 1512.04922); Waudby-Smith et al. 2021 (arXiv 2103.06476), section 2.
    """
    level = -2 * np.log(alpha)
    prior = 1 / (level + np.log(level + 1))
    grown_L = (fraction_L + prior) / prior
    with np.errstate(divide="ignore"):  # without information nothing is significant
        return np.asarray(np.sqrt((fraction_L + prior) / fraction_L * (np.log(grown_L) + level)))


def information_of(moved_LU: np.ndarray) -> np.ndarray:
    """The information (L,) at each look, the first having 1, from by how much each unit moves the effect there.

    moved_LU: 0 where a unit is not there yet. What counts for the bounds is how far two looks agree, and that is the
    ratio of their information only while what is measured of a unit stays; where outcomes add up, and others act later
    than those who acted first, the effect moves while its variance hardly falls. So the ratio is taken from the
    correlation itself: correlation² = information before / after.
    """
    size_L = np.sqrt((moved_LU**2).sum(axis=1))
    product_L, sizes_L = (moved_LU[:-1] * moved_LU[1:]).sum(axis=1), size_L[:-1] * size_L[1:]
    agree_L = np.divide(product_L, sizes_L, out=np.zeros(len(sizes_L)), where=sizes_L > 0)
    return np.cumprod(np.r_[1, np.clip(agree_L, LEAST_AGREEMENT, 1) ** -2])


def spending_bounds(information_L: np.ndarray, time_L: np.ndarray, alpha: float = 0.05) -> np.ndarray:
    """The bound (L,) on |z| at each look of an experiment that ends when its planned time is over.

    information_L: in any unit. time_L: the share of the planned time that had passed at each look, at most 1, rising.
    The error spent by then is 4 - 4 Φ(z / sqrt(time)), z of a quarter of alpha: little early, nearly all at the end.
    A look that adds less than a hundredth of information has an infinite bound and spends nothing.
    Sources: Lan and DeMets 1983; Armitage, McPherson and Rowe 1969 (the recursive integral).

    Raises:
        UserError: time falls, or passes the planned end.
    """
    if (np.diff(time_L) < 0).any() or (time_L > 1 + 1e-9).any():
        raise UserError(
            "looks have to be in the order of time, and none after the planned end; plan a longer experiment"
        )
    bound_L = np.full(len(time_L), np.inf)
    spent, before = 0.0, 0.0
    at_G, mass_G = np.zeros(1), np.ones(1)  # the sum statistic while no bound was crossed
    for look, (now, time) in enumerate(zip(information_L, time_L, strict=True)):
        if now < before * LEAST_GROWTH:
            if time < 1:
                continue
            now = (
                before * LEAST_GROWTH
            )  # the planned end spends the rest; more information than there is costs a little
        step, wide = np.sqrt(now - before), np.sqrt(now)
        allowed = 4 * norm.sf(norm.isf(alpha / 4) / np.sqrt(time)) - spent

        edge = WIDEST * wide
        spend = partial(_over, at_G=at_G, mass_G=mass_G, step=step, allowed=allowed)
        if spend(edge) < 0:
            edge = float(brentq(spend, 0, edge, xtol=1e-6 * wide))
            spent += allowed
            bound_L[look] = edge / wide
        next_G = np.linspace(-edge, edge, GRID)
        weight_G = np.full(GRID, next_G[1] - next_G[0])
        weight_G[[0, -1]] /= 2
        density_GG = np.exp(-0.5 * ((next_G[:, None] - at_G) / step) ** 2) / (step * np.sqrt(2 * np.pi))
        at_G, mass_G, before = next_G, weight_G * (density_GG @ mass_G), now
    return bound_L


def _over(bound: float, at_G: np.ndarray, mass_G: np.ndarray, step: float, allowed: float) -> float:
    """By how much the probability of crossing `bound` in this step exceeds what is allowed."""
    return float(mass_G @ (ndtr((at_G - bound) / step) + ndtr((-at_G - bound) / step))) - allowed


def level_reached(z_L: np.ndarray, bounds: Callable[[float], np.ndarray]) -> float:
    """The p value of all looks together: the least level whose `bounds` some |z| has crossed, at least 1e-6."""
    low, high = np.log(1e-6), np.log(0.999)
    for _ in range(12):  # to within a third of a percent
        middle = (low + high) / 2
        if (np.abs(z_L) > bounds(float(np.exp(middle)))).any():
            high = middle
        else:
            low = middle
    return float(np.exp(high))
