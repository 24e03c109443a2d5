"""Pictures that are the same: byte for byte, or to the eye.

Legend: N pictures, P pairs, T bytes of a thumbnail.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.probe import Probe

__all__ = ["MAX_HAMMING", "MAX_THUMB_RMS", "Duplicates", "find_duplicates"]

# Calibrated on photos of clothes: finds re-encoded (quality 30), halved, 15 % darker, 20 % contrastier and 1 % cropped
# copies, and none of 7 million pairs of different photos. Larger crops are missed.
MAX_HAMMING = 8  # differing bits of 64
MAX_THUMB_RMS = 0.15  # of thumbnails brought to zero mean and unit deviation, so that exposure does not count
MAX_COLOUR_SHIFT = 48.0  # of 255, of a channel's mean: what is left to tell flat pictures apart
LEAST_DEVIATION = 8.0  # of 255: below it a thumbnail is flat and its noise is not blown up
BLOCK = 1024


@dataclass(frozen=True)
class Duplicates:
    """Groups of the same picture.

    groups: the group of each picture; one that has no duplicate is a group of its own.
    exact, near: pairs of row numbers (P, 2), the smaller first, by hash of the file and to the eye. They hold the
        groups together, and are not all pairs of a group: a file's first copy stands for all of them.
    """

    groups: np.ndarray
    exact: np.ndarray
    near: np.ndarray


def find_duplicates(probes: Sequence[Probe]) -> Duplicates:
    """Exact duplicates by SHA-256; near ones by perceptual hash, confirmed on small colour thumbnails.

    The confirmation keeps pictures apart that only share a silhouette, such as one shirt in two colours. Hashes of all
    pairs are compared: 100,000 pictures take some ten seconds. Thumbnails are compared only where hashes are near and
    the pictures are not in one group yet, so that thousands of copies cost no more than as many others.
    """
    exact = _exact(probes)
    near = _near(probes, set(exact[:, 1].tolist()))
    return Duplicates(_groups(np.concatenate([exact, near]), len(probes)), exact, near)


def _groups(pairs_P2: np.ndarray, count: int) -> np.ndarray:
    graph = coo_array((np.ones(len(pairs_P2), bool), (pairs_P2[:, 0], pairs_P2[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1])


def _exact(probes: Sequence[Probe]) -> np.ndarray:
    first: dict[str, int] = {}
    pairs = [
        (first[probe.sha256], row)
        for row, probe in enumerate(probes)
        if probe.sha256 and first.setdefault(probe.sha256, row) != row
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _near(probes: Sequence[Probe], copies: set[int]) -> np.ndarray:
    """Pairs that hold each group of near duplicates together. `copies`: rows whose exact original is compared."""
    known = (row for row, probe in enumerate(probes) if probe.phash and probe.thumb and row not in copies)
    rows = np.fromiter(known, np.int64)
    hashes = np.array([int(probes[row].phash or "", 16) for row in rows], np.uint64)
    thumbs_NT = np.array([np.frombuffer(probes[row].thumb or b"", np.uint8) for row in rows])
    pairs_P2 = np.empty((0, 2), np.int64)
    for start in range(0, len(rows), BLOCK):
        distances = np.bitwise_count(hashes[start : start + BLOCK, None] ^ hashes[None, start:])
        left, right = np.nonzero(distances <= MAX_HAMMING)
        candidates_P2 = np.stack([left, right], axis=1)[left < right] + start
        if len(candidates_P2):
            pairs_P2 = _joined(pairs_P2, candidates_P2, thumbs_NT)
    return rows[pairs_P2]


def _joined(pairs_P2: np.ndarray, candidates_P2: np.ndarray, thumbs_NT: np.ndarray) -> np.ndarray:
    """`pairs_P2` and those candidates that look alike, without pairs that others have put into one group already."""
    used_N = np.zeros(len(thumbs_NT), bool)
    used_N[candidates_P2] = True
    looks = _Looks(thumbs_NT[used_N])
    places_P2 = (np.cumsum(used_N) - 1)[candidates_P2]
    most = 1  # candidates compared at once for a picture
    while len(candidates_P2):
        groups_N = _groups(pairs_P2, len(thumbs_NT))
        apart = groups_N[candidates_P2[:, 0]] != groups_N[candidates_P2[:, 1]]
        candidates_P2, places_P2 = candidates_P2[apart], places_P2[apart]
        now = _turn(candidates_P2[:, 1]) < most
        pairs_P2 = np.concatenate([pairs_P2, candidates_P2[now][looks.alike(places_P2[now])]])
        candidates_P2, places_P2 = candidates_P2[~now], places_P2[~now]
        most *= 2
    return pairs_P2


def _turn(values_P: np.ndarray) -> np.ndarray:
    """How many equal values come before each."""
    order = np.argsort(values_P, kind="stable")
    _, first, counts = np.unique(values_P[order], return_index=True, return_counts=True)
    turn_P = np.empty(len(values_P), np.int64)
    turn_P[order] = np.arange(len(values_P)) - np.repeat(first, counts)
    return turn_P


class _Looks:
    """Thumbnails, brought to zero mean and unit deviation, and the means of their colours."""

    def __init__(self, thumbs_NT: np.ndarray) -> None:
        thumbs_NT = thumbs_NT.astype(np.float32)
        centred_NT = thumbs_NT - thumbs_NT.mean(axis=1, keepdims=True)
        self.normal_NT = centred_NT / np.maximum(thumbs_NT.std(axis=1, keepdims=True), LEAST_DEVIATION)
        self.colour_N3 = thumbs_NT.reshape(len(thumbs_NT), -1, 3).mean(axis=1)

    def alike(self, pairs_P2: np.ndarray) -> np.ndarray:
        """Which pairs look the same, bool (P,)."""
        found = np.empty(len(pairs_P2), bool)
        for start in range(0, len(pairs_P2), BLOCK):
            a, b = pairs_P2[start : start + BLOCK].T
            rms = np.sqrt(np.square(self.normal_NT[a] - self.normal_NT[b]).mean(axis=1))
            shift = np.abs(self.colour_N3[a] - self.colour_N3[b]).max(axis=1)
            found[start : start + BLOCK] = (rms <= MAX_THUMB_RMS) & (shift <= MAX_COLOUR_SHIFT)
        return found
