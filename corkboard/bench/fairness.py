"""Orders with shares of groups on real lists: foundation shades, entrants of engineering schools, experts of the W3C.

Each beside the order of relevance in the same run. Legend: N candidates, X features.
"""

import csv
import gzip
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corkboard.bench._row import Row

__all__ = ["run"]

Order = Callable[[NDArray[np.float64], NDArray[np.int64], int], NDArray[np.int64]]
LIGHTNESS = (0.45, 0.6, 0.75)  # between four ranges
PLACES, POOL, WORD = 10, 50, "[a-z]{4,}"  # of a query's answer; least shades that have its word
STRENGTH, SATURATION, LENGTH = 1.0, 1.5, 0.75  # of the ridge; of BM25


def run() -> list[Row]:
    """Orders by each policy beside the one by relevance alone."""
    lists = {"shades": _shades(), "students": _people(_students(), 100), "experts": _people(_experts(), PLACES)}
    found = {(where, name): figures for where, orders in lists.items() for name, figures in orders.items()}
    return [
        Row(f"{where}: {metric} by {name}", value, found[where, "relevance"][metric], "1", "relevance alone")
        for (where, name), figures in found.items()
        if name != "relevance"
        for metric, value in figures.items()
    ]


def _shades() -> dict[str, dict[str, float]]:
    """Of each order the share of one-word queries whose first ten show all ranges of lightness, and what they keep.

    Relevance is BM25 of the word in product and description; what is equally relevant is in the catalogue's order.
    """
    from components.reranking.diversity import diversified
    from components.reranking.exposure import shows_all
    from components.reranking.groups import greedy_shares, round_robin, strong_or

    with gzip.open(_given("foundation-shades-sephora"), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    group_N = np.digitize([float(row["lightness"]) for row in rows], LIGHTNESS)
    texts = [Counter(re.findall(WORD, f"{row['product']} {row['description']}".lower())) for row in rows]
    orders: dict[str, Order] = {
        "relevance": lambda score_N, _, k: np.argsort(-score_N, kind="stable")[:k],
        "strong OR, one of each": lambda score_N, group_N, k: strong_or(score_N, group_N, [0.1] * 4, k),
        "DetGreedy, a quarter each": lambda score_N, group_N, k: greedy_shares(score_N, group_N, [0.25] * 4, k),
        "round robin": round_robin,
        "MMR": lambda score_N, group_N, k: diversified(score_N / score_N.max(), np.eye(4)[group_N], k, "mmr", 0.3),
        "DPP": lambda score_N, group_N, k: diversified(score_N / score_N.max(), np.eye(4)[group_N], k, "dpp", 0.3),
    }
    figures: dict[str, list[tuple[bool, float]]] = {name: [] for name in orders}
    for score_N, own_N in _answers(texts, group_N):
        best = np.sort(score_N)[::-1][:PLACES].sum()
        for name, order in orders.items():
            chosen = order(score_N, own_N, PLACES)
            figures[name].append((shows_all(own_N[chosen], PLACES, 4), float(score_N[chosen].sum() / best)))
    names = (f"DIV@{PLACES}", "relevance kept")
    return {name: dict(zip(names, np.mean(each, axis=0), strict=True)) for name, each in figures.items()}


def _answers(
    texts: list[Counter[str]], group_N: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Relevance and group of what has the word, of each word that enough shades of all groups have."""
    length_N = np.array([text.total() for text in texts])
    for word in sorted({word for text in texts for word in text}):
        count_N = np.array([text[word] for text in texts], np.float64)
        pool = np.flatnonzero(count_N)
        if len(pool) < POOL or len(set(group_N[pool].tolist())) < len(LIGHTNESS) + 1:
            continue
        rarity = math.log(1 + (len(texts) - len(pool) + 0.5) / (len(pool) + 0.5))
        norm_N = SATURATION * (1 - LENGTH + LENGTH * length_N[pool] / length_N.mean())
        yield rarity * count_N[pool] * (SATURATION + 1) / (count_N[pool] + norm_N), group_N[pool]


def _people(table_NC: NDArray[np.float64], k: int) -> dict[str, dict[str, float]]:
    """Means over queries; the target is women's share of the candidates, and the ridge does not see who is one.

    table_NC: query, whether a woman, features, relevance. Each query is ordered by what the others taught.
    """
    from components.reranking.exposure import exposure_ratio, ndkl
    from components.reranking.groups import constrained_sort, greedy_shares

    query_N, woman_N, gain_N = table_NC[:, 0], table_NC[:, 1].astype(np.int64), table_NC[:, -1]
    x_NX = np.c_[table_NC[:, 2:-1], np.ones(len(table_NC))]
    figures: dict[str, list[Mapping[str, float]]] = {}
    for query in np.unique(query_N):
        own_N, train_NX = query_N == query, x_NX[query_N != query]
        weights = train_NX.T @ train_NX + STRENGTH * np.eye(x_NX.shape[1])
        score_N = x_NX[own_N] @ np.linalg.solve(weights, train_NX.T @ gain_N[query_N != query])
        women_N, relevance_N = woman_N[own_N], gain_N[own_N] - gain_N[own_N].min()
        shares_G = np.bincount(women_N, minlength=2) / len(women_N)
        if not shares_G.all():
            continue
        for name, order in {
            "relevance": np.argsort(-score_N, kind="stable"),
            "DetGreedy": greedy_shares(score_N, women_N, shares_G, len(score_N)),
            "DetConstSort": constrained_sort(score_N, women_N, shares_G, len(score_N)),
        }.items():
            seen = 1 / np.log2(np.arange(min(k, len(order))) + 2)
            best = np.sort(relevance_N)[::-1][:k] @ seen
            figures.setdefault(name, []).append(
                {
                    f"NDCG@{k}": float(relevance_N[order[:k]] @ seen / best),
                    "exposure ratio of women": exposure_ratio(women_N[order], 1),
                    "NDKL": ndkl(women_N[order], shares_G),
                }
            )
    return {
        name: {key: float(np.mean([one[key] for one in each])) for key in each[0]} for name, each in figures.items()
    }


def _students() -> NDArray[np.float64]:
    """Entrants of a year are a query; the relevance is what they reached in their first year."""
    with gzip.open(_given("engineering-students-gender"), "rt", encoding="utf-8") as file:
        return np.loadtxt(file, delimiter=",", skiprows=1)


def _experts() -> NDArray[np.float64]:
    """The file is sorted by truth, so that the rows are shuffled."""
    with gzip.open(_given("w3c-experts-gender"), "rt", encoding="utf-8") as file:
        table_NC = np.loadtxt(file, delimiter=",")
    return np.random.default_rng(0).permutation(table_NC)


def _given(name: str) -> Any:
    from corkboard.bench.experiments import given

    return given(f"rai/{name}.csv.gz")
