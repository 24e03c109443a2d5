"""What a person is interested in: clusters of the items that they wished for, each with a medoid and an importance.

As PinnerSage (Pal et al. 2020, arXiv 2007.03634): Ward's clusters, whose number follows from the items, medoids, and
importance that fades. Legend: N items, D dimensions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage

__all__ = ["Interest", "interests"]


@dataclass(frozen=True)
class Interest:
    """rows: its items. medoid: the row of the one that is nearest to all others. importance: the sum of weights."""

    medoid: int
    rows: tuple[int, ...]
    importance: float


def interests(vectors_ND: NDArray[np.float32], weight_N: NDArray[np.float64], apart: float) -> list[Interest]:
    """Clusters of unit vectors, the most important first.

    apart: the distance of Ward from which two clusters are not joined; 1 for two items at an angle of 60 degrees.
    """
    if not len(vectors_ND):
        return []
    items = len(vectors_ND)
    clusters = {row: [row] for row in range(items)}
    joins = linkage(vectors_ND, "ward").tolist() if items > 1 else []
    for number, (first, second, distance, _) in enumerate(joins, items):
        if distance > apart:  # as all that come later
            break
        clusters[number] = clusters.pop(int(first)) + clusters.pop(int(second))
    found = []
    for joined in clusters.values():
        rows = np.sort(joined)
        likeness = (vectors_ND[rows] @ vectors_ND[rows].T) @ weight_N[rows]
        found.append(Interest(int(rows[likeness.argmax()]), tuple(rows.tolist()), float(weight_N[rows].sum())))
    return sorted(found, key=lambda one: (-one.importance, one.medoid))
