"""The processes that train together, as torchrun counts them in its environment."""

import os
from typing import TypeVar

__all__ = ["share", "together"]

T = TypeVar("T")


def together() -> tuple[int, int]:
    """The number of this process among those that train together, and how many they are; 0 and 1 for one alone."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def share(everything: list[T]) -> list[T]:
    """What this process takes of it: every `of`-th, and all take equally many, so that none waits for another."""
    rank, of = together()
    return everything[rank : len(everything) - len(everything) % of : of]
