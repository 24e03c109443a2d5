"""Orders in which every group has its share: round robin, strong OR, and LinkedIn's greedy and constrained sorting.

A group is a whole number from 0; -1 stands for a candidate of none. Where a group has too few candidates, others fill
its places.

Legend: N candidates, G groups, K chosen.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import UserError

__all__ = ["constrained_sort", "greedy_shares", "round_robin", "strong_or"]


def round_robin(scores_N: ArrayLike, groups_N: ArrayLike, k: int) -> NDArray[np.int64]:
    """The best of each group, then the second best of each, and so on; candidates of no group are a group too.

    Source: bucketised retrieval of Silva et al., arXiv 2305.15534.
    """
    scores_N, groups_N = _candidates(scores_N, groups_N)
    order_N = _by_score(scores_N)
    turn_N = np.empty(len(order_N), np.int64)
    for group in np.unique(groups_N):
        of_group = order_N[groups_N[order_N] == group]
        turn_N[of_group] = np.arange(len(of_group))
    return order_N[np.argsort(turn_N[order_N], kind="stable")][:k]


def strong_or(scores_N: ArrayLike, groups_N: ArrayLike, shares_G: ArrayLike, k: int) -> NDArray[np.int64]:
    """The most relevant `k` among which each group has at least its share, rounded down; by score.

    Nothing with these least numbers is more relevant. Shares may sum to less than one.

    Source: the operator of that name of Silva et al., arXiv 2305.15534.
    """
    scores_N, groups_N = _candidates(scores_N, groups_N)
    shares_G = _shares(shares_G)
    order_N = _by_score(scores_N)
    needed = [
        order_N[groups_N[order_N] == group][: math.floor(share * k + 1e-9)] for group, share in enumerate(shares_G)
    ]
    held = np.concatenate([np.empty(0, np.int64), *needed])
    rest = order_N[~np.isin(order_N, held)][: max(k - len(held), 0)]
    chosen = np.concatenate([held, rest])
    return order_N[np.isin(order_N, chosen)]


def greedy_shares(scores_N: ArrayLike, groups_N: ArrayLike, shares_G: ArrayLike, k: int) -> NDArray[np.int64]:
    """At each place the best candidate of the groups that would fall below their share, or else may still grow.

    Source: DetGreedy of Geyik et al., KDD 2019, algorithm 1.
    """
    shares_G, queues = _whole(shares_G), _queues(scores_N, groups_N, shares_G)
    chosen: list[int] = []
    count_G = np.zeros(len(shares_G), np.int64)
    for place in range(1, k + 1):
        open_G = count_G < [len(queue) for queue, _ in queues]
        below_G = open_G & (count_G < _least(shares_G, place))
        may_G = below_G if below_G.any() else open_G & (count_G < np.ceil(shares_G * place - 1e-9))
        groups = np.flatnonzero(may_G if may_G.any() else open_G)
        if not len(groups):
            break
        group = max(groups, key=lambda group: queues[group][1][count_G[group]])
        chosen.append(queues[group][0][count_G[group]])
        count_G[group] += 1
    return _filled(chosen, scores_N, k)


def constrained_sort(scores_N: ArrayLike, groups_N: ArrayLike, shares_G: ArrayLike, k: int) -> NDArray[np.int64]:
    """An order in which each group has its share, rounded down, at every place, near to the score's.

    Source: DetConstSort of Geyik et al., KDD 2019, algorithm 3: whoever is due comes in at the end and moves up as far
    as nobody above misses the place by which it is due.
    """
    shares_G, queues = _whole(shares_G), _queues(scores_N, groups_N, shares_G)
    chosen: list[int] = []
    score_of: list[float] = []
    due: list[int] = []
    count_G = np.zeros(len(shares_G), np.int64)
    least_G = np.zeros(len(shares_G), np.int64)
    place = 0
    while len(chosen) < k and place < k:
        place += 1
        now_G = _least(shares_G, place)
        grown = [group for group in np.flatnonzero(now_G > least_G) if count_G[group] < len(queues[group][0])]
        for group in sorted(grown, key=lambda group: -queues[group][1][count_G[group]]):
            position, score = queues[group][0][count_G[group]], queues[group][1][count_G[group]]
            at = len(chosen)
            while at > 0 and due[at - 1] > at and score_of[at - 1] < score:
                at -= 1
            chosen.insert(at, position)
            score_of.insert(at, score)
            due.insert(at, place)
            count_G[group] += 1
        least_G = now_G
    return _filled(chosen, scores_N, k)


def _candidates(scores_N: ArrayLike, groups_N: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    scores_N, groups_N = np.asarray(scores_N, np.float64), np.asarray(groups_N, np.int64)
    if scores_N.ndim != 1 or scores_N.shape != groups_N.shape:
        raise UserError(f"re-ranking wants a score and a group a candidate, not {scores_N.shape} and {groups_N.shape}")
    if not np.isfinite(scores_N).all():
        raise UserError("a score of a candidate is not a finite number; leave such candidates out")
    return scores_N, groups_N


def _shares(shares_G: ArrayLike) -> NDArray[np.float64]:
    shares_G = np.asarray(shares_G, np.float64)
    if not (np.isfinite(shares_G).all() and (shares_G >= 0).all() and shares_G.sum() <= 1 + 1e-6):
        raise UserError(f"shares of groups are {shares_G.tolist()}; they have to be 0 or more and at most 1 in all")
    return shares_G


def _whole(shares_G: ArrayLike) -> NDArray[np.float64]:
    shares_G = _shares(shares_G)
    if abs(shares_G.sum() - 1) > 1e-6:
        raise UserError(f"shares of groups sum to {shares_G.sum():.4g}; let them sum to 1")
    return shares_G


def _by_score(scores_N: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.argsort(-scores_N, kind="stable")


def _queues(
    scores_N: ArrayLike, groups_N: ArrayLike, shares_G: NDArray[np.float64]
) -> list[tuple[list[int], list[float]]]:
    """The positions of each group and their scores, best first."""
    scores_N, groups_N = _candidates(scores_N, groups_N)
    order_N = _by_score(scores_N)
    queues = (order_N[groups_N[order_N] == group] for group in range(len(shares_G)))
    return [(queue.tolist(), scores_N[queue].tolist()) for queue in queues]


def _least(shares_G: NDArray[np.float64], place: int) -> NDArray[np.int64]:
    """How many of each group the first `place` places hold at least."""
    return np.floor(shares_G * place + 1e-9).astype(np.int64)


def _filled(chosen: list[int], scores_N: ArrayLike, k: int) -> NDArray[np.int64]:
    order_N = _by_score(np.asarray(scores_N, np.float64))
    rest = order_N[~np.isin(order_N, chosen)]
    return np.concatenate([np.asarray(chosen, np.int64), rest])[:k]
