"""A page from utilities: varied, of several sources, with a few places for what is little known.

Legend: N candidates, D dimensions, K places.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.reranking.diversity import diversified

__all__ = ["Drawn", "Rules", "compose"]

POOL = 4  # candidates for each place, among which variety chooses
AT_FIRST = 2  # of them that are chosen before it is known whether one source has too many
Vectors = Callable[[NDArray[np.int64]], NDArray[np.float32]]


@dataclass(frozen=True)
class Rules:
    """diversity: of determinants; 0 is by utility alone. source_share: of a page that may come from one source.
    explore_every: one place in so many is for what is little known; 0: none. explore_among: so many of the largest
    upper bounds, one of which is drawn.
    """

    diversity: float
    source_share: float
    explore_every: int
    explore_among: int


@dataclass(frozen=True)
class Drawn:
    """row: of the candidate. propensity: with which it was drawn for its place."""

    row: int
    propensity: float


def compose(
    utility_N: NDArray[np.float64],
    vectors: Vectors,
    sources: Sequence[str],
    shown_N: NDArray[np.float64] | None,
    k: int,
    rules: Rules,
    seed: int,
) -> list[Drawn]:
    """At most `k` candidates.

    vectors: of some rows (N, D), by which variety is judged. shown_N: how often each was shown lately; None: nothing
    is explored.
    """
    k = min(k, len(utility_N))
    most = min(len(utility_N), k * POOL)
    for count in (min(most, k * AT_FIRST), most):  # variety goes place by place: what comes first does not change
        order, spare = _mixed(_varied(utility_N, vectors, most, count, rules.diversity), sources, k, rules.source_share)
        if len(order) >= k:
            break
    page = [Drawn(row, 1.0) for row in [*order, *spare][:k]]
    if shown_N is None or not rules.explore_every:
        return page
    rng = np.random.default_rng(seed)
    bound_N = utility_N + utility_N.std() / np.sqrt(1 + shown_N)  # what is little known may be worth more
    order_N = np.argsort(-bound_N, kind="stable")
    for place in range(rules.explore_every - 1, len(page), rules.explore_every):
        there = {drawn.row for drawn in page}
        left = [row for row in order_N[: len(there) + rules.explore_among].tolist() if row not in there]
        left = left[: rules.explore_among]
        if left:
            page[place] = Drawn(left[int(rng.integers(len(left)))], 1 / len(left))
    return page


def _varied(utility_N: NDArray[np.float64], vectors: Vectors, most: int, count: int, diversity: float) -> list[int]:
    """`count` of the best `most`, each chosen for its utility and what it adds to the volume of those before.

    What has no utility is not shown for the sake of variety: it comes last, by utility.
    """
    pool = np.argsort(-utility_N, kind="stable")[:most]
    useful = int((utility_N[pool] > 0).sum())
    if diversity == 0 or useful < 2:
        return pool.tolist()
    chosen = diversified(utility_N[pool[:useful]], vectors(pool[:useful]), count, "dpp", diversity)
    return [*pool[chosen].tolist(), *pool[useful:].tolist()][:count]


def _mixed(order: list[int], sources: Sequence[str], k: int, share: float) -> tuple[list[int], list[int]]:
    """The order in which no source has more than its share of the first `k`, and what is past such a share."""
    most = max(1, int(np.ceil(share * k)))
    count: dict[str, int] = {}
    first: list[int] = []
    later: list[int] = []
    for row in order:
        count[sources[row]] = count.get(sources[row], 0) + 1
        (first if count[sources[row]] <= most else later).append(row)
    return first, later
