"""Coming and going: when people arrive, and after how many days they come back.

Legend: U people.
"""

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import Laws

__all__ = ["WINDOWS_S", "draw_arrivals", "draw_gaps", "put_off"]

WINDOWS_S = (6 * 3600, 12 * 3600, 18 * 3600)  # the beginnings of a day's parts; one session of a person a part
_NEVER = 100_000  # days
_WORKDAYS = 5


def draw_arrivals(people: int, days: int, laws: Laws, rng: np.random.Generator) -> NDArray[np.int64]:
    """The day of each person's first session: founders have a gap behind them, the others arrive evenly."""
    founder = rng.random(people) < laws.founders
    first = draw_gaps(np.full(people, laws.gap_days), laws, rng)
    return np.where(founder, first, rng.integers(0, days, people))


def draw_gaps(scale_days: NDArray[np.float64], laws: Laws, rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole days until the next session, 0 for the same day: a Lomax law, whose tail is heavy."""
    gap = scale_days * ((1 - rng.random(len(scale_days))) ** (-1 / laws.gap_shape) - 1)
    return np.minimum(gap, _NEVER).astype(np.int64)


def put_off(due: NDArray[np.bool_], day: int, laws: Laws, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who of those due stays away until tomorrow, which happens on weekdays; the first day is a Monday."""
    busy = laws.busy if day % 7 < _WORKDAYS else 0.0
    return due & (rng.random(len(due)) < busy)
