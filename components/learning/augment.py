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
        self,
        pixels_NSS3: np.ndarray,
        label_N: np.ndarray,
        sides_px: Sequence[int],
        epochs: int,
        least_area: float,
        seed: int,
    ) -> None:
        self.pixels_NSS3 = pixels_NSS3
        self.label_N = torch.tensor(label_N)
        self.epochs = epochs
        self.seed = seed
        self.stages = [_augmentation(side_px, least_area) for side_px in sides_px]

    def __len__(self) -> int:
        return len(self.label_N)

    def __getitems__(self, places: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each (epoch, row): `pixels_N3SS` uint8 and `label_N`.

        What comes depends on seed and places alone, not on what was drawn before, so that a resumed training sees
        the same pictures.
        """
        epoch, first = places[0]
        augment = self.stages[min(epoch * len(self.stages) // self.epochs, len(self.stages) - 1)]
        rows = [row for _, row in places]
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(hash((self.seed, epoch, first)))
            pixels_N3SS = torch.stack([augment(torch.tensor(self.pixels_NSS3[row]).permute(2, 0, 1)) for row in rows])
        return pixels_N3SS, self.label_N[rows]


def _augmentation(side_px: int, least_area: float) -> v2.Compose:
    return v2.Compose(
        [
            v2.RandomResizedCrop(side_px, scale=(least_area, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.TrivialAugmentWide(),
            v2.RandomErasing(0.25),
        ]
    )


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
