"""Features of pictures by an encoder that stays as it is, computed once and kept on disk.

Legend: N pictures, S side in pixels, F features, L labels.
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

BATCH = 16


def cached_features(
    encode: nn.Module, pixels_NSS3: np.memmap, cache: Path, progress: Callable[[int, int], None]
) -> np.ndarray:
    """`features_NF` float32 of the pictures by `encode`, which takes `pixels_N3SS` in 0 to 255.

    pixels_NSS3: of `decoded_pictures`, whose file is named by its content. cache: folder of the arrays.
    """
    given = f"{Path(str(pixels_NSS3.filename)).stem}\n{hash_of_tensors(encode.state_dict())}\n{timm.__version__}"
    target = cache / f"{hashlib.sha256(given.encode()).hexdigest()[:24]}.npy"
    if not target.is_file():
        features_NF = _features(encode, pixels_NSS3, progress)
        with atomic(target) as file:
            np.save(file, features_NF)
    return np.load(target)


@torch.inference_mode()
def _features(encode: nn.Module, pixels_NSS3: np.ndarray, progress: Callable[[int, int], None]) -> np.ndarray:
    training = encode.training
    encode.eval()
    parts = []
    for start in range(0, len(pixels_NSS3), BATCH):
        pixels_N3SS = torch.tensor(pixels_NSS3[start : start + BATCH]).permute(0, 3, 1, 2)
        parts.append(encode(pixels_N3SS).numpy())
        progress(min(start + BATCH, len(pixels_NSS3)), len(pixels_NSS3))
    encode.train(training)
    return np.concatenate(parts)


class FeaturePictures:
    """Features and labels in place of pictures and labels, for training and for validation."""

    def __init__(self, features_NF: np.ndarray, label_NL: np.ndarray) -> None:
        self.features_NF = torch.tensor(features_NF)
        self.label_NL = torch.tensor(label_NL)

    def __len__(self) -> int:
        return len(self.label_NL)

    def __getitems__(self, places: list[tuple[int, int]] | list[int]) -> tuple[Tensor, Tensor]:
        """The batch of `places`, each a row, or (epoch, row) as training asks."""
        rows = torch.tensor([place if isinstance(place, int) else place[1] for place in places])
        return self.features_NF[rows], self.label_NL[rows]
