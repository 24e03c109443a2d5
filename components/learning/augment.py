"""Augmented batches of decoded pictures.

Legend: N pictures, S side in pixels, 3 colour channels, C classes.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

__all__ = ["AugmentedPictures", "PlainPictures"]


class AugmentedPictures:
    """Pictures and labels for training, fetched a batch at a time, each picture augmented for itself.

    sides_px: the side grows through these over the epochs, in equal shares (progressive resizing).
    least_area: the smallest share of a picture that a crop keeps.
    """

    def __init__(
        self, pixels_NSS3: np.ndarray, label_N: np.ndarray, sides_px: Sequence[int], epochs: int, least_area: float
    ) -> None:
        self.pixels_NSS3 = pixels_NSS3
        self.label_N = torch.tensor(label_N)
        self.sides_px = sides_px
        self.epochs = epochs
        self.least_area = least_area
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the side of the pictures for `epoch`, counted from 0."""
        stage = min(epoch * len(self.sides_px) // self.epochs, len(self.sides_px) - 1)
        self.augment = v2.Compose(
            [
                v2.RandomResizedCrop(self.sides_px[stage], scale=(self.least_area, 1.0), antialias=True),
                v2.RandomHorizontalFlip(),
                v2.TrivialAugmentWide(),
                v2.RandomErasing(0.25),
            ]
        )

    def __len__(self) -> int:
        return len(self.label_N)

    def __getitems__(self, rows: list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `rows`: `pixels_N3SS` uint8 and `label_N`."""
        pixels_N3SS = torch.stack([self.augment(torch.tensor(self.pixels_NSS3[row]).permute(2, 0, 1)) for row in rows])
        return pixels_N3SS, self.label_N[rows]


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
