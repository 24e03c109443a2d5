"""What the nearest neighbours of generated examples tell: whether they are like real ones, and whether they are copies.

Legend: N examples, M others, F features.
"""

import numpy as np

__all__ = ["copying", "coverage", "density", "nearest"]

NEIGHBOURS = 5


def nearest(features_NF: np.ndarray, others_MF: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cosine distance (N,) to the nearest of the others, and its row."""
    cosine_NM = _unit(features_NF) @ _unit(others_MF).T
    row_N = cosine_NM.argmax(axis=1)
    return 1 - cosine_NM[np.arange(len(row_N)), row_N], row_N


def copying(distance_N: np.ndarray, real_N: np.ndarray, cell_N: np.ndarray) -> np.ndarray:
    """For each made picture the share of real ones of its cell that are farther from training; float (N,), 0 to 1.

    The mean is .5 where made pictures are as near to the training pictures as new real ones are, and above where they
    are copies. Source: Meehan et al. 2020 (arXiv 2004.05675), whose C_T is this mean as a z-score.
    """
    farther_NN = (distance_N[:, None] < real_N) + 0.5 * (distance_N[:, None] == real_N)
    same_NN = cell_N[:, None] == cell_N
    return np.asarray((farther_NN * same_NN).sum(axis=1) / same_NN.sum(axis=1))


def coverage(real_NF: np.ndarray, made_MF: np.ndarray) -> np.ndarray:
    """1 for each real picture with a made one nearer than its fifth real neighbour, else 0; float (N,).

    Source: Naeem et al. 2020 (arXiv 2002.09797), equation 6, in Euclidean distance.
    """
    among_NN, across_NM = _distances(real_NF, real_NF), _distances(real_NF, made_MF)
    rank = min(NEIGHBOURS, len(real_NF) - 1)
    radius_N = np.partition(among_NN, rank, axis=1)[:, rank]  # the nearest is the picture itself
    return (across_NM.min(axis=1) <= radius_N).astype(np.float64)


def density(real_NF: np.ndarray, made_MF: np.ndarray) -> np.ndarray:
    """How many real pictures have each made one nearer than their fifth real neighbour, over five; float (M,).

    Source: Naeem et al. 2020 (arXiv 2002.09797), equation 5, in Euclidean distance.
    """
    rank = min(NEIGHBOURS, len(real_NF) - 1)
    radius_N = np.partition(_distances(real_NF, real_NF), rank, axis=1)[:, rank]
    return np.asarray((_distances(real_NF, made_MF) <= radius_N[:, None]).sum(axis=0) / rank, np.float64)


def _distances(x_NF: np.ndarray, y_MF: np.ndarray) -> np.ndarray:
    squared_NM = (x_NF**2).sum(axis=1)[:, None] + (y_MF**2).sum(axis=1) - 2 * x_NF @ y_MF.T
    return np.asarray(np.sqrt(np.maximum(squared_NM, 0)))


def _unit(features_NF: np.ndarray) -> np.ndarray:
    return np.asarray(features_NF / np.linalg.norm(features_NF, axis=1, keepdims=True))
