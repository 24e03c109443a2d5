"""The people of the world: what they like and when they come back.

Legend: U people, D columns of a taste, A archetypes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import Laws
from data.world.behaviour.returns import draw_arrivals
from data.world.behaviour.stock import Stock
from data.world.behaviour.tastes import draw_archetypes, draw_tastes

__all__ = ["People", "draw_people"]


@dataclass
class People:
    """State that the days change; `home_UD` is the taste that drift returns to."""

    taste_UD: NDArray[np.float32]
    home_UD: NDArray[np.float32]
    archetype_U: NDArray[np.int64]
    archetypes_AD: NDArray[np.float32]
    gap_days_U: NDArray[np.float64]  # scale of the law of returns
    due_U: NDArray[np.int64]  # day of the next session
    part_U: NDArray[np.int64]  # part of that day
    last_U: NDArray[np.int64]  # item last acted on positively, -1 for none
    sessions_U: NDArray[np.int64]  # number of sessions so far


def draw_people(count: int, days: int, stock: Stock, laws: Laws, rng: np.random.Generator) -> People:
    archetypes_AD = draw_archetypes(stock.offsets, laws, rng)
    archetype_U = rng.integers(0, laws.archetypes, count)
    home_UD = draw_tastes(archetype_U, archetypes_AD, stock.offsets, laws, rng)
    return People(
        taste_UD=home_UD.copy(),
        home_UD=home_UD,
        archetype_U=archetype_U,
        archetypes_AD=archetypes_AD,
        gap_days_U=laws.gap_days * np.exp(laws.gap_sd * rng.standard_normal(count)),
        due_U=draw_arrivals(count, days, laws, rng),
        part_U=rng.integers(0, 3, count),
        last_U=np.full(count, -1, np.int64),
        sessions_U=np.zeros(count, np.int64),
    )
