"""Which items are related: those that go with one another by category, palette, pattern and style.

Legend: N items, B blocks (category, palette, pattern, style), K neighbours, M candidates of a category.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_neighbours"]

OWN = 1.0  # for the same category against a partner of it
WEIGHTS = (1.5, 0.8, 1.4)  # for the same palette, pattern, style
PARTNERS = 3
OWN_DIM = 6  # dimensions of the relation beyond attributes
CHUNK = 1024


def find_neighbours(codes_NB: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """The `count` most related rows of each row, the most related first: (N, K).

    Candidates are the item's category and three that it goes with. What relates two items beyond their attributes is
    drawn, and can only be learned from behaviour.
    """
    categories = int(codes_NB[:, 0].max()) + 1
    affinity = rng.random((categories, categories))
    np.fill_diagonal(affinity, 2)
    partners = np.argsort(-affinity, axis=1)[:, : PARTNERS + 1]
    own_NF = rng.normal(0, OWN_DIM**-0.25, (len(codes_NB), OWN_DIM)).astype(np.float32)
    count = min(count, len(codes_NB) - 1)
    neighbours_NK = np.empty((len(codes_NB), count), np.int32)
    for category in range(categories):
        rows = np.flatnonzero(codes_NB[:, 0] == category)
        candidates = np.flatnonzero(np.isin(codes_NB[:, 0], partners[category]))
        if len(candidates) <= count:
            candidates = np.arange(len(codes_NB))
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            score = own_NF[chunk] @ own_NF[candidates].T
            score += OWN * (codes_NB[chunk, None, 0] == codes_NB[None, candidates, 0])
            for block, weight in enumerate(WEIGHTS, start=1):
                score += np.float32(weight) * (codes_NB[chunk, None, block] == codes_NB[None, candidates, block])
            score[chunk[:, None] == candidates] = -np.inf
            best = np.argsort(-score, axis=1, kind="stable")[:, :count]
            neighbours_NK[chunk] = candidates[best]
    return neighbours_NK
