"""Features of pictures by an encoder that stays as it is, computed once and kept on disk.

Legend: N pictures, S side in pixels, F features, 2 = as it is, and mirrored.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import timm
import torch
from torch import Tensor, nn

from components.learning.packaged import hash_of_tensors
from data.files import atomic

__all__ = ["FeaturePictures", "cached_features"]

BATCH = 32


def cached_features(
    encode: nn.Module, pixels_NSS3: np.memmap, cache: Path, progress: Callable[[int, int], None]
) -> np.ndarray:
    """`features_N2F` float32 of the pictures by `encode`, which takes `pixels_N3SS` in 0 to 255.

    pixels_NSS3: of `decoded_pictures`, whose file is named by its content. cache: folder of the arrays.
    """
    given = f"{Path(str(pixels_NSS3.filename)).stem}\n{hash_of_tensors(encode.state_dict())}\n{timm.__version__}"
    target = cache / f"{hashlib.sha256(given.encode()).hexdigest()[:24]}.npy"
    if not target.is_file():
        features_N2F = _features(encode, pixels_NSS3, progress)
        with atomic(target) as file:
            np.save(file, features_N2F)
    return np.load(target)  # type: ignore[no-any-return]


@torch.inference_mode()
def _features(encode: nn.Module, pixels_NSS3: np.ndarray, progress: Callable[[int, int], None]) -> np.ndarray:
    training = encode.training
    encode.eval()
    parts = []
    for start in range(0, len(pixels_NSS3), BATCH):
        pixels_N3SS = torch.tensor(pixels_NSS3[start : start + BATCH]).permute(0, 3, 1, 2)
        parts.append(torch.stack([encode(pixels_N3SS), encode(pixels_N3SS.flip(3))], dim=1).numpy())
        progress(min(start + BATCH, len(pixels_NSS3)), len(pixels_NSS3))
    encode.train(training)
    return np.concatenate(parts)


class FeaturePictures:
    """Features in place of pictures, for training on one of both views drawn by chance, or as they are.

    seed: of the views; None takes the pictures as they are.
    """

    def __init__(self, features_N2F: np.ndarray, label_NL: np.ndarray, seed: int | None = None) -> None:
        self.features_N2F = torch.tensor(features_N2F)
        self.label_NL = torch.tensor(label_NL)
        self.seed = seed

    def __len__(self) -> int:
        return len(self.label_NL)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each (epoch, row) where there is a seed, otherwise a row."""
        if self.seed is None:
            rows = torch.tensor(places)
            return self.features_N2F[rows, 0], self.label_NL[rows]
        rows = torch.tensor([row for _, row in places])  # type: ignore[misc]
        generator = torch.Generator().manual_seed(hash_of_place(self.seed, *places[0]))  # type: ignore[misc]
        view_N = torch.randint(2, (len(rows),), generator=generator)
        return self.features_N2F[rows, view_N], self.label_NL[rows]


def hash_of_place(seed: int, epoch: int, first: int) -> int:
    """A seed for the batch of an epoch that begins with the row `first`, whatever was drawn before."""
    return int(np.random.SeedSequence([seed, epoch, first]).generate_state(1)[0])
