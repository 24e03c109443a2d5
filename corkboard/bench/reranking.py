"""Re-ranking 500 candidates of 256 dimensions and four groups to 50, on one thread."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

CANDIDATES, DIMENSIONS, GROUPS, CHOSEN, TIMES = 500, 256, 4, 50, 100


def run(times: int = TIMES) -> list[Row]:
    """Time of each order."""
    from threadpoolctl import threadpool_limits

    from components.reranking import diversity, groups

    random = np.random.default_rng(0)
    scores_N, vectors_ND = random.random(CANDIDATES), random.normal(size=(CANDIDATES, DIMENSIONS)).astype(np.float32)
    groups_N, shares_G = random.integers(0, GROUPS, CANDIDATES), np.full(GROUPS, 1 / GROUPS)
    orders: dict[str, Callable[[], Any]] = {
        "mmr": lambda: diversity.diversified(scores_N, vectors_ND, CHOSEN, "mmr"),
        "dpp": lambda: diversity.diversified(scores_N, vectors_ND, CHOSEN, "dpp"),
        "ssd": lambda: diversity.diversified(scores_N, vectors_ND, CHOSEN, "ssd"),
        "round_robin": lambda: groups.round_robin(scores_N, groups_N, CHOSEN),
        "strong_or": lambda: groups.strong_or(scores_N, groups_N, shares_G, CHOSEN),
        "greedy_shares": lambda: groups.greedy_shares(scores_N, groups_N, shares_G, CHOSEN),
        "constrained_sort": lambda: groups.constrained_sort(scores_N, groups_N, shares_G, CHOSEN),
    }
    with threadpool_limits(1):
        return [Row(f"{name}_p50", _median_ms(order, times), None, "ms") for name, order in orders.items()]


def _median_ms(order: Callable[[], Any], times: int) -> float:
    order()
    taken_ms = []
    for _ in range(times):
        started = time.perf_counter()
        order()
        taken_ms.append((time.perf_counter() - started) * 1000)
    return float(np.median(taken_ms))
