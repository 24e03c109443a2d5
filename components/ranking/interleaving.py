"""Interleaving: two rankings share a page of results, and clicks tell which of them people prefer.

Legend: K places from the top.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

__all__ = ["preferred", "team_draft"]


def team_draft(one: Sequence[str], other: Sequence[str], places: int, rng: Generator) -> tuple[list[str], np.ndarray]:
    """A page of both, and whether each item was picked by `one`, bool (K,): at most `places`, fewer where both end.

    Source: Radlinski et al. 2008, "How does clickthrough data reflect retrieval quality?".
    """
    lists, picks, page = (one, other), [0, 0], dict[str, bool]()
    while len(page) < places:
        left = [next((item for item in ranked if item not in page), None) for ranked in lists]
        behind = picks[0] - picks[1]
        side = int(rng.integers(2)) if behind == 0 else int(behind > 0)
        if left[side] is None:
            side = 1 - side
        item = left[side]
        if item is None:
            break
        page[item] = side == 0
        picks[side] += 1
    return list(page), np.array(list(page.values()), bool)


def preferred(
    one: Sequence[str],
    other: Sequence[str],
    click: Callable[[Sequence[str], Generator], np.ndarray],
    places: int,
    pages: int,
    rng: Generator,
) -> tuple[float, int]:
    """Of how many pages `one` won, where a tie is half a win, and how many were clicked at all.

    click: which places of a page somebody clicks, bool (K,).
    """
    wins, clicked = 0.0, 0
    for _ in range(pages):
        page, of_one_K = team_draft(one, other, places, rng)
        click_K = click(page, rng)
        if click_K.any():
            clicked += 1
            wins += (1 + np.sign(click_K[of_one_K].sum() - click_K[~of_one_K].sum())) / 2
    return wins, clicked
