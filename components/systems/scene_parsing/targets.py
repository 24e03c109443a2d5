"""What the network should say of the pixels of a picture or a part of it.

Legend: N pictures, A attributes, R regions, H height and W width in pixels, h and w a quarter of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from components.systems.scene_parsing.sizes import CELL_PX, WAY_PX
from components.systems.scene_parsing.truths import UNKNOWN, Attributes, Truth, looked_up

__all__ = ["SPREAD", "Batch", "Target", "centres", "make_batch", "make_target"]

SPREAD = 2.0  # standard deviation of a centre's peak in cells; Panoptic-DeepLab has 8 px


class Target(NamedTuple):
    """Of one picture: labels of pixels; peaks and ways (down, right) to the regions' centres; values of attributes."""

    label_HW: np.ndarray
    centre_3hw: np.ndarray
    value_Ahw: np.ndarray


class Batch(NamedTuple):
    """Pictures, uint8 and channels last in memory, and their targets."""

    pixels_N3HW: Tensor
    label_NHW: Tensor
    centre_N3hw: Tensor
    value_NAhw: Tensor


def make_target(place_HW: np.ndarray, truth: Truth, attributes: Attributes) -> Target:
    """The target of the pixels whose regions are `place_HW`."""
    cell_hw = place_HW[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX]
    values = [looked_up(code_R, UNKNOWN, cell_hw) for code_R in attributes.codes(truth)]
    return Target(
        truth.labels(place_HW),
        centres(cell_hw),
        np.stack(values) if values else np.empty((0, *cell_hw.shape), np.int64),
    )


def centres(place_hw: np.ndarray) -> np.ndarray:
    """`centre_3hw` float32: peaks of 1 at the middle of each region's cells, then the way there in `WAY_PX`.

    Source: Panoptic-DeepLab (Cheng et al. 2020, arXiv 1911.10194), section 3.2. A region's middle is that of what of
    it can be seen.
    """
    height, width = place_hw.shape
    y_hw, x_hw = np.mgrid[:height, :width].astype(np.float32)
    centre_3hw = np.zeros((3, height, width), np.float32)
    seen_R, place_P, count_R = np.unique(place_hw[place_hw > 0], return_inverse=True, return_counts=True)
    if not len(seen_R):
        return centre_3hw
    inside_hw = place_hw > 0
    middle_R2 = [np.bincount(place_P, of_hw[inside_hw]) / count_R for of_hw in (y_hw, x_hw)]
    for y, x in zip(*middle_R2, strict=True):
        peak_hw = np.exp(-((y_hw - y) ** 2 + (x_hw - x) ** 2) / (2 * SPREAD**2))
        np.maximum(centre_3hw[0], peak_hw, out=centre_3hw[0])
    for channel, (middle_R, of_hw) in enumerate(zip(middle_R2, (y_hw, x_hw), strict=True), start=1):
        centre_3hw[channel][inside_hw] = (middle_R[place_P] - of_hw[inside_hw]) * (CELL_PX / WAY_PX)
    return centre_3hw


def make_batch(pixels: Sequence[np.ndarray], targets: Sequence[Target]) -> Batch:
    """Pictures of one size with their targets."""
    pixels_N3HW = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
    return Batch(pixels_N3HW, *(torch.from_numpy(np.stack(maps)) for maps in zip(*targets, strict=True)))
