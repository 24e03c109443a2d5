"""Tastes: logits over categories, palettes, patterns and styles, which drift slowly and now and then jump.

Legend: U people, D columns of a taste (its blocks one after another), A archetypes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.world.behaviour.laws import Laws

__all__ = ["draw_archetypes", "draw_tastes", "drift"]

_KEEP = 0.6  # probability that a jump stays within the archetype


def draw_archetypes(offsets: Sequence[int], laws: Laws, rng: np.random.Generator) -> NDArray[np.float32]:
    """What sorts of people tend to: (A, D)."""
    return rng.normal(0, laws.archetype_sd, (laws.archetypes, offsets[-1])).astype(np.float32)


def draw_tastes(
    archetype_U: NDArray[np.int64],
    archetypes_AD: NDArray[np.float32],
    offsets: Sequence[int],
    laws: Laws,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """A taste for each person of an archetype: a few favourites a block, likelier what the archetype tends to."""
    lean_UD = archetypes_AD[archetype_U]
    taste_UD = rng.normal(0, laws.person_sd, lean_UD.shape).astype(np.float32)
    blocks = zip(offsets[:-1], offsets[1:], laws.favourites, laws.strength, strict=True)
    for start, stop, favourites, strength in blocks:
        ranked = np.argsort(-(lean_UD[:, start:stop] + rng.gumbel(size=(len(lean_UD), stop - start))), axis=1)
        liked = start + ranked[:, :favourites]
        amount = strength * rng.uniform(0.9, 1.1, liked.shape)
        rows = np.arange(len(lean_UD))[:, None]
        taste_UD[rows, liked] += amount.astype(np.float32)
    return taste_UD


def drift(
    taste_UD: NDArray[np.float32],
    home_UD: NDArray[np.float32],
    archetype_U: NDArray[np.int64],
    archetypes_AD: NDArray[np.float32],
    offsets: Sequence[int],
    laws: Laws,
    rng: np.random.Generator,
) -> None:
    """Let a day pass, in place: an Ornstein-Uhlenbeck step towards each person's own taste, and jumps to a new one."""
    taste_UD += np.float32(laws.drift_pull) * (home_UD - taste_UD)
    taste_UD += np.float32(laws.drift_sd) * rng.standard_normal(taste_UD.shape, np.float32)
    moved = np.flatnonzero(rng.random(len(taste_UD)) < laws.jump)
    stays = rng.random(len(moved)) < _KEEP
    archetype_U[moved] = np.where(stays, archetype_U[moved], rng.integers(0, len(archetypes_AD), len(moved)))
    home_UD[moved] = draw_tastes(archetype_U[moved], archetypes_AD, offsets, laws, rng)
    taste_UD[moved] = home_UD[moved]
