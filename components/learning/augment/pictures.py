"""Batches of decoded pictures, augmented for training or as they are.

Legend: N pictures, S side of the decoded, T of the augmented pictures in pixels, 3 colour channels.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch
from torch import Tensor

from components.learning.augment.colour import recoloured
from components.learning.augment.draws import CHANGES, GEOMETRIC, Draws, draw
from components.learning.augment.geometry import cropped, warped

__all__ = ["AugmentedPictures", "PlainPictures", "augmented"]


class AugmentedPictures:
    """Pictures and labels for training, fetched a batch at a time, each picture augmented for itself.

    sides_px: the side grows through these over the epochs, in equal shares (progressive resizing).
    least_area: the smallest share of a picture that a crop keeps. strength: of the change that each gets, 1 for the
    wide ranges of TrivialAugment. erased: share of the pictures that lose a box. recoloured: whether colours change.
    """

    def __init__(
        self,
        pixels_NSS3: np.ndarray,
        label_N: np.ndarray,
        sides_px: Sequence[int],
        epochs: int,
        least_area: float,
        seed: int,
        strength: float = 1.0,
        erased: float = 0.25,
        recoloured: bool = True,
    ) -> None:
        self.pixels_NSS3 = np.asarray(pixels_NSS3)  # a memory map's own indexing costs as much as the augmentation
        self.label_N = torch.tensor(label_N)
        self.sides_px = sides_px
        self.epochs = epochs
        self.least_area = least_area
        self.seed = seed
        self.strength = strength
        self.erased = erased
        self.recoloured = recoloured
        self.threads = torch.get_num_threads()
        self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix="augment")
        cv2.setNumThreads(1)  # its own threads would wait for one another at every small picture

    def __len__(self) -> int:
        return len(self.label_N)

    def __getitems__(self, places: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each (epoch, row): `pixels_N3TT` uint8, channels last in memory, and `label_N`.

        The batch depends on seed and places alone, not on earlier draws, so that a resumed training sees the same
        pictures.
        """
        epoch, first = places[0]
        side_px = self.sides_px[min(epoch * len(self.sides_px) // self.epochs, len(self.sides_px) - 1)]
        rows = [row for _, row in places]
        generator = np.random.default_rng([self.seed, epoch, first])
        draws = draw(len(rows), self.least_area, self.strength, self.erased, generator, self.recoloured)
        pixels_NTT3 = np.empty((len(rows), side_px, side_px, 3), np.uint8)

        def fill(start: int) -> None:
            for place in range(start, len(rows), self.threads):
                pixels_NTT3[place] = augmented(self.pixels_NSS3[rows[place]], draws, place, side_px)

        list(self.pool.map(fill, range(self.threads)))
        return torch.from_numpy(pixels_NTT3).permute(0, 3, 1, 2), self.label_N[rows]


def augmented(picture_SS3: np.ndarray, draws: Draws, place: int, side_px: int) -> np.ndarray:
    """`picture_TT3`: the picture with what was drawn for the one at `place`."""
    crop, mirrored = draws.crop_N4[place], bool(draws.mirrored_N[place])
    change, strength = CHANGES[draws.change_N[place]], float(draws.strength_N[place])
    if change in GEOMETRIC:
        picture_TT3 = warped(picture_SS3, crop, mirrored, change, strength, side_px)
    else:
        picture_TT3 = recoloured(cropped(picture_SS3, crop, mirrored, side_px), change, strength)
    left, top, width, height = draws.erased_N4[place]
    if width:
        bottom, right = round((top + height) * side_px), round((left + width) * side_px)
        picture_TT3[round(top * side_px) : bottom, round(left * side_px) : right] = 0
    return picture_TT3


class PlainPictures:
    """Pictures and labels as they are, for validation."""

    def __init__(self, pixels_NSS3: np.ndarray, label_N: np.ndarray) -> None:
        self.pixels_NSS3 = pixels_NSS3
        self.label_N = torch.tensor(label_N)

    def __len__(self) -> int:
        return len(self.label_N)

    def __getitems__(self, rows: list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `rows`: `pixels_N3SS` uint8 and `label_N`."""
        return torch.from_numpy(self.pixels_NSS3[rows].transpose(0, 3, 1, 2)), self.label_N[rows]
