"""Pictures that are the same to the eye: one copied at another size, quality or exposure, or with its margin cut off.

Legend: N pictures, P pixels of a thumbnail, C colour channels, F features.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["NearDuplicates", "thumbnail"]

SIDE_PX = 5
# Of product photos on white at least 99 of 100 copies of quality 30, half the size, 15 % darker, 20 % contrastier or
# cropped by 1 % are as near, 42 cropped by 3 %, and of two million pairs of 2,000 photos 114. `data/duplicates.py`
# finds the same with ten times as much to keep, see docs/LOG.md.
NEAR = 0.1  # root mean square difference of thumbnails, each brought to zero mean and unit deviation
LEAST_DEVIATION = 8.0  # of 255: below it a thumbnail is flat, and its noise is not blown up
MOST_SHIFT = 48.0  # of 255, of the mean of all channels: alone it makes two pictures different


def thumbnail(image_HWC: NDArray[np.uint8]) -> bytes:
    """What tells a picture from others: its mean colours in `SIDE_PX` times `SIDE_PX` parts."""
    size = SIDE_PX, SIDE_PX
    return Image.fromarray(image_HWC).resize(size, Image.Resampling.BOX).tobytes()


class NearDuplicates:
    """Which of some items have pictures that are near-duplicates. Not safe for several threads."""

    def __init__(self) -> None:
        self._thumbnails: dict[str, bytes] = {}

    def put(self, item_id: str, picture: bytes) -> None:
        """picture: its `thumbnail`; one of another size, of another release, is left out."""
        if len(picture) == SIDE_PX * SIDE_PX * 3:
            self._thumbnails[item_id] = picture

    def find(self, item_id: str) -> bytes | None:
        """The thumbnail of an item; None if it has none."""
        return self._thumbnails.get(item_id)

    def drop(self, item_id: str) -> None:
        self._thumbnails.pop(item_id, None)

    def among(self, item_ids: Iterable[str]) -> set[str]:
        """Those whose picture is a near-duplicate of that of one before; an item without a thumbnail is none."""
        known = [item_id for item_id in item_ids if item_id in self._thumbnails]
        features_NF = _features(b"".join(map(self._thumbnails.__getitem__, known)))
        square_N = np.einsum("nf,nf->n", features_NF, features_NF)
        distance_NN = features_NF @ features_NF.T
        distance_NN *= -2
        distance_NN += square_N
        is_near_NN = distance_NN <= (1 - square_N)[:, None]
        found: set[str] = set()
        for row in np.nonzero(is_near_NN.sum(1) > 1)[0].tolist():  # itself is one
            if known[row] not in found:
                found.update(known[other] for other in np.nonzero(is_near_NN[row, row + 1 :])[0] + row + 1)
        return found


def _features(thumbnails: bytes) -> NDArray[np.float32]:
    """(N, F), so that near-duplicates have a squared distance of at most 1."""
    pixels_NPC = np.frombuffer(thumbnails, np.uint8).reshape(-1, SIDE_PX * SIDE_PX, 3).astype(np.float32)
    mean_N1 = pixels_NPC.mean((1, 2))[:, None]
    pixels_NF = pixels_NPC.reshape(-1, SIDE_PX * SIDE_PX * 3) - mean_N1
    deviation_N1 = np.maximum(pixels_NF.std(1, keepdims=True), LEAST_DEVIATION)
    scale = NEAR * pixels_NF.shape[1] ** 0.5
    return np.concatenate([pixels_NF / (deviation_N1 * scale), mean_N1 / MOST_SHIFT], axis=1)
