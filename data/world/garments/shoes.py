"""What all shoes share: seen from the side, toe to the right, heel at x = -0.9, ground at y = 0."""

import numpy as np
from numpy.random import Generator

from data.world.parts import Part, moved

__all__ = ["one_or_both"]


def one_or_both(parts: list[Part], rng: Generator) -> tuple[list[Part], str]:
    """Now and then both shoes: the far one behind, higher and a little ahead."""
    if rng.random() < 0.4:
        return parts, "single"
    shift = np.array([[0.97, 0, rng.uniform(0.12, 0.5)], [0, 0.97, rng.uniform(-0.34, -0.16)]])
    return [*(moved(part, shift) for part in parts), *parts], "pair"
