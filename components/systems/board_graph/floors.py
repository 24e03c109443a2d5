"""Floors that answer for the same boards: popularity, RP3beta, EASE and implicit ALS, and content for new items.

Legend: B boards asked for, N items, K places, W words.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from components.ranking import best
from components.systems.board_graph.config import EvaluationConfig
from components.systems.board_graph.content import rarities, weighed
from components.systems.board_graph.features import Features
from components.systems.board_graph.linear import ease, fit_factors, paths
from components.systems.board_graph.scorer import gram_of, solved

__all__ = ["FLOORS", "content_lists", "lists_of_floor"]

FLOORS = ("popularity", "rp3beta", "ease", "ials")
MOST_ITEMS = 20_000  # that EASE can invert in the memory of a laptop
CHUNK = 512


def lists_of_floor(name: str, known_BN: csr_array, row_B: np.ndarray, settings: EvaluationConfig) -> list[np.ndarray]:
    """The best items of each board, without its own; none where the floor does not apply."""
    items = known_BN.shape[1]
    if name == "ease" and (settings.ease is None or items > MOST_ITEMS):
        return []
    if name == "popularity":
        score_N = known_BN.sum(axis=0).astype(np.float32)
    elif name == "rp3beta":
        near_NN = paths(known_BN, settings.paths, settings.nearest)
    elif name == "ease":
        assert settings.ease is not None
        weight_NN = ease(known_BN, settings.ease.penalty)
    else:
        factor_ND = fit_factors(known_BN, settings.factors, seed=42)
        gram_DD = gram_of(factor_ND, settings.factors)
    lists: list[np.ndarray] = []
    for at in range(0, len(row_B), CHUNK):
        part_BN = csr_array(known_BN[row_B[at : at + CHUNK]])
        if name == "popularity":
            score_BN = np.tile(score_N, (part_BN.shape[0], 1))
        elif name == "rp3beta":
            score_BN = (part_BN @ near_NN).toarray()
        elif name == "ease":
            score_BN = part_BN @ weight_NN
        else:
            rows = np.split(part_BN.indices, part_BN.indptr[1:-1])
            score_BN = np.array([solved(factor_ND[row], gram_DD, settings.factors) for row in rows]) @ factor_ND.T
        score_BN = score_BN.astype(np.float32, copy=False)
        score_BN[part_BN.tocoo().coords] = -np.inf
        lists += list(best(score_BN, settings.k)[0])
    return lists


def content_lists(
    words: Sequence[Sequence[str]], known: Sequence[np.ndarray], candidates: np.ndarray, k: int
) -> list[np.ndarray]:
    """Of each board the candidates whose words are nearest to its items' by TF-IDF and cosine."""
    rarity_of = rarities(words)
    row_of = {word: row for row, word in enumerate(rarity_of)}
    weight_NW = weighed(words, row_of, np.array(list(rarity_of.values())))
    content = Features(weight_NW, np.zeros((len(row_of), 0)))
    return [candidates[best(content.scores(row_L)[candidates][None], k)[0][0]] for row_L in known]
