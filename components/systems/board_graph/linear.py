"""Linear models of items by items, and factors of items: fitted in seconds, or a minute.

Legend: B boards, N items, F features, D factors.
"""

import numpy as np
from numba import njit
from scipy.linalg import lapack
from scipy.sparse import csr_array, diags_array, issparse, vstack

from components.systems.board_graph.config import FactorsConfig, PathsConfig

__all__ = ["ease", "fit_factors", "fit_feature_factors", "paths"]

CHUNK = 512
LONGEST = 1000  # items of a board that lead to one another: there are as many paths as pairs


def paths(matrix_BN: csr_array, config: PathsConfig, nearest: int) -> csr_array:
    """How much each item (row) speaks for each other (column), float32 (N, N), the `nearest` largest of a row.

    These are paths item to board to item; an item has none to itself. Of a longer board only `LONGEST` items, drawn
    evenly, lead to one another. See `PathsConfig`.
    """
    board_B, item_N = (np.maximum(matrix_BN.sum(axis=axis), 1) for axis in (1, 0))
    matrix_BN = _sampled(matrix_BN)
    first_NB = (diags_array(item_N**-config.start) @ matrix_BN.T).tocsr().astype(np.float32)
    second_BN = (diags_array(board_B**-config.board) @ matrix_BN @ diags_array(item_N**-config.end)).tocsr()
    second_BN = second_BN.astype(np.float32)
    parts = []
    for at in range(0, first_NB.shape[0], CHUNK):
        part = csr_array(first_NB[at : at + CHUNK] @ second_BN)
        row = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr)) + at
        part.data[row == part.indices] = 0
        part.eliminate_zeros()
        start, index, value = _largest(part.indptr.astype(np.int64), part.indices.astype(np.int32), part.data, nearest)
        parts.append(csr_array((value, index, start), shape=part.shape))
    return csr_array(vstack(parts))


def _sampled(matrix_BN: csr_array) -> csr_array:
    """The edges of boards, of long ones a sample."""
    length_B = np.diff(matrix_BN.indptr)
    board_E = np.repeat(np.arange(len(length_B)), length_B)
    order_E = np.lexsort((np.random.default_rng(0).random(len(board_E)), board_E))
    kept_E = np.sort(order_E[np.arange(len(board_E)) - matrix_BN.indptr[board_E] < LONGEST])
    edges = (matrix_BN.data[kept_E], (board_E[kept_E], matrix_BN.indices[kept_E]))
    return csr_array(edges, shape=matrix_BN.shape)


@njit
def _largest(
    start: np.ndarray, index: np.ndarray, value: np.ndarray, nearest: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The entries of each row whose absolute values are the largest."""
    rows = len(start) - 1
    kept_start = np.zeros(rows + 1, np.int32)  # as `index`, so that a matrix of both keeps these 32 bits
    kept = np.empty(len(index), np.int64)
    count = 0
    for row in range(rows):
        low, high = start[row], start[row + 1]
        if high - low <= nearest:
            for at in range(low, high):
                kept[count] = at
                count += 1
        else:
            order = np.sort(np.argsort(-np.abs(value[low:high]))[:nearest])
            for at in order:
                kept[count] = low + at
                count += 1
        kept_start[row + 1] = count
    return kept_start, index[kept[:count]], value[kept[:count]]


def ease(matrix_BN: csr_array, penalty: float) -> np.ndarray:
    """Weights float32 (N, N), row to column: the closed form of Steck 2019 (arXiv 1905.03375), equation 8."""
    gram = csr_array(matrix_BN.T @ matrix_BN).tocoo()
    inverse_NN = np.zeros(gram.shape, np.float32, order="F")
    inverse_NN[gram.coords] = gram.data
    inverse_NN[np.diag_indices(len(inverse_NN))] += penalty
    lower, failed = lapack.spotrf(inverse_NN, lower=1, overwrite_a=1)
    assert not failed  # a Gram matrix with a penalty is positive definite
    inverse_NN, failed = lapack.spotri(lower, lower=1, overwrite_c=1)
    assert not failed
    for at in range(0, len(inverse_NN), CHUNK):  # LAPACK fills one triangle
        end = min(at + CHUNK, len(inverse_NN))
        block = np.tril(inverse_NN[at:end, at:end])
        inverse_NN[at:end, at:end] = block + np.tril(block, -1).T
        inverse_NN[at:end, end:] = inverse_NN[end:, at:end].T
    weight_NN = inverse_NN.T  # symmetric: the same values in the order of rows
    weight_NN /= -np.diag(weight_NN).copy()
    weight_NN[np.diag_indices(len(weight_NN))] = 0
    return weight_NN


def fit_factors(matrix_BN: csr_array, config: FactorsConfig, seed: int) -> np.ndarray:
    """Factors of the items, float32 (N, D); an item without a board has zeros."""
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):  # its products are too small for threads
        model = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.penalty,
            alpha=config.confidence,
            iterations=config.iterations,
            num_threads=1,
            random_state=seed,
            dtype=np.float32,
        )
        model.fit(csr_matrix(matrix_BN), show_progress=False)
    factor_ND: np.ndarray = model.item_factors
    factor_ND[matrix_BN.sum(axis=0) == 0] = 0
    return factor_ND


def fit_feature_factors(vector_NF: csr_array | np.ndarray, factor_ND: np.ndarray, penalty: float) -> np.ndarray:
    """Factors of features, float32 (F, D), of which the sum is nearest to an item's: ridge regression.

    Items without factors do not count. Conjugate gradients that stop early also keep words of few items small.
    """
    from sklearn.linear_model import Ridge

    held_N = np.flatnonzero(factor_ND.any(axis=1))
    if not vector_NF.shape[1]:
        return np.zeros((0, factor_ND.shape[1]), np.float32)
    solver = "sparse_cg" if issparse(vector_NF) else "cholesky"
    model = Ridge(alpha=penalty, fit_intercept=False, solver=solver, tol=1e-2, max_iter=60)
    return np.asarray(model.fit(vector_NF[held_N], factor_ND[held_N]).coef_.T, np.float32)
