"""Lists of things that differ: maximal marginal relevance, determinants, and by `pyversity` sliding spectra.

Legend: N candidates, D dimensions, K chosen.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import UserError

__all__ = ["Method", "diversified", "intra_list_distance"]

Method = Literal["mmr", "dpp", "ssd"]
NOTHING = 1e-9  # share of a candidate that is left by rounding
RELEVANCE = 0.25  # of a determinant: the logarithm of a weight for each standard deviation of the scores


def diversified(
    scores_N: ArrayLike, vectors_ND: ArrayLike, k: int, method: Method = "mmr", diversity: float = 0.5
) -> NDArray[np.int64]:
    """The positions of the `k` candidates to show, best first; all of them if there are fewer.

    Args:
        scores_N: relevance, the higher the better. For `mmr` they count against cosines, so that they should lie
            within 0 and 1 as those do.
        vectors_ND: of any length but 0; their cosine is what two candidates have in common.
        k: how many.
        method: `mmr` (Carbonell and Goldstein 1998) looks at the nearest chosen, `dpp` (Chen et al. 2018, exact and
            greedy) at the volume of all chosen, `ssd` (Huang et al. 2021) at what slides past one after the other.
        diversity: 0 asks for relevance alone, 1 for variety alone; with `dpp` for no two alike, as long as there are
            others.

    Raises:
        UserError: shapes that do not match, numbers that are not finite, or a diversity outside 0 to 1.
    """
    scores_N = np.asarray(scores_N, np.float32)
    vectors_ND = np.asarray(vectors_ND, np.float32)
    if vectors_ND.ndim != 2 or scores_N.shape != vectors_ND.shape[:1]:
        raise UserError(
            f"re-ranking wants a score and a vector a candidate, not {scores_N.shape} and {vectors_ND.shape}"
        )
    if not (np.isfinite(scores_N).all() and np.isfinite(vectors_ND).all()):
        raise UserError("a score or a vector of a candidate is not a finite number; leave such candidates out")
    if not 0 <= diversity <= 1:
        raise UserError(f"diversity is {diversity}; set it to a number from 0 to 1")
    order_N = np.argsort(-scores_N, kind="stable")  # what the methods cannot tell apart stays in this order
    if method != "ssd":
        own = _mmr if method == "mmr" else _dpp
        return order_N[own(scores_N[order_N], vectors_ND[order_N], k, diversity)]
    from pyversity import diversify

    chosen: Any = diversify(vectors_ND[order_N], scores_N[order_N], k, method, float(diversity))
    return order_N[chosen.indices]


def _mmr(scores_N: NDArray[np.float32], vectors_ND: NDArray[np.float32], k: int, diversity: float) -> NDArray[np.int64]:
    """As `pyversity` chooses, with all likenesses computed at once, which takes a fifth of the time."""
    unit_ND = vectors_ND / np.maximum(np.linalg.norm(vectors_ND, axis=1, keepdims=True), np.finfo(np.float32).eps)
    penalty_NN = np.float32(diversity) * np.clip(unit_ND @ unit_ND.T, 0, 1)
    worth_N = np.float32(1 - diversity) * scores_N
    nearest_N = np.zeros_like(worth_N)
    chosen: list[int] = []
    for _ in range(min(k, len(scores_N))):
        place = int((worth_N - nearest_N).argmax())
        chosen.append(place)
        np.maximum(nearest_N, penalty_NN[place], out=nearest_N)
        worth_N[place] = -np.inf
    return np.array(chosen, np.int64)


def _dpp(scores_N: NDArray[np.float32], vectors_ND: NDArray[np.float32], k: int, diversity: float) -> NDArray[np.int64]:
    """Greedily the largest determinant of weight * weight * (1 on the diagonal, likeness * cosine beside it).

    With a likeness below 1 the kernel has full rank, so that copies may follow; `pyversity` has 1, and overflows.
    """
    likeness = 1 - (1 - diversity) ** 2
    deviation = float(scores_N.std())
    weight_N = np.exp(RELEVANCE * (scores_N - scores_N.mean(dtype=np.float64)) / (deviation or 1.0))
    length_N1 = np.maximum(np.linalg.norm(vectors_ND, axis=1, keepdims=True), np.finfo(np.float32).eps)
    weighed_ND = vectors_ND / length_N1 * weight_N[:, None]
    left_N = weight_N**2  # of each candidate what the chosen do not span
    basis_KN = np.zeros((min(k, len(scores_N)), len(scores_N)))
    chosen: list[int] = []
    for number in range(len(basis_KN)):
        place = int(left_N.argmax())
        if left_N[place] <= NOTHING * weight_N[place] ** 2:
            break
        shared_N = likeness * (weighed_ND @ weighed_ND[place]) - basis_KN[:number, place] @ basis_KN[:number]
        basis_KN[number] = shared_N / np.sqrt(left_N[place])
        left_N -= basis_KN[number] ** 2
        chosen.append(place)
        left_N[place] = -np.inf
    rest = sorted(set(range(len(scores_N))).difference(chosen))
    return np.array([*chosen, *rest][: len(basis_KN)], np.int64)


def intra_list_distance(vectors_KD: ArrayLike) -> float:
    """The mean of 1 - cosine over all pairs of a list; NaN for fewer than two."""
    vectors_KD = np.asarray(vectors_KD, np.float64)
    unit_KD = vectors_KD / np.linalg.norm(vectors_KD, axis=1, keepdims=True)
    pairs = len(unit_KD) * (len(unit_KD) - 1)
    return float(1 - (np.square(unit_KD.sum(0)).sum() - len(unit_KD)) / pairs) if pairs else float("nan")
