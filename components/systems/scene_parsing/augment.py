"""Batches for training and validation.

Legend: N pictures, H height and W width in pixels, 3 colour channels.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch

from components.learning.augment.colour import recoloured
from components.learning.augment.draws import CHANGES, GEOMETRIC
from components.systems.scene_parsing.config import STRIDE, PictureConfig
from components.systems.scene_parsing.photos import Photos
from components.systems.scene_parsing.sizes import padded
from components.systems.scene_parsing.targets import Batch, Target, make_batch, make_target
from components.systems.scene_parsing.truths import UNKNOWN, Attributes

__all__ = ["GREY", "AugmentedPhotos", "PlainPhotos", "moved"]

GREY = 127  # beyond the edge of a picture
ASPECT = 1.15  # most by which a training picture is stretched
COLOURS = tuple(change for change in CHANGES if change not in GEOMETRIC)


class AugmentedPhotos:
    """Parts of the pictures for training, fetched a batch at a time, each scaled, turned and recoloured for itself."""

    def __init__(self, photos: Photos, attributes: Attributes, config: PictureConfig, seed: int) -> None:
        self.photos = photos
        self.attributes = attributes
        self.config = config
        self.seed = seed
        self.pool = ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="augment")
        cv2.setNumThreads(1)  # its own threads would wait for one another at every small picture

    def __len__(self) -> int:
        return len(self.photos)

    def __getitems__(self, places: list[tuple[int, int]]) -> Batch:
        """The batch of `places`, each (epoch, row).

        It depends on seed and places alone, not on earlier draws, so that a resumed training sees the same pictures.
        """
        return make_batch(*zip(*self.pool.map(self._drawn, places), strict=True))

    def _drawn(self, place: tuple[int, int]) -> tuple[np.ndarray, Target]:
        epoch, row = place
        generator = np.random.default_rng([self.seed, epoch, row])
        pixels_HW3, place_HW = self.photos.photo(row)
        matrix = drawn_move(place_HW.shape, self.config, generator)
        pixels_HW3, place_HW = moved(pixels_HW3, place_HW, matrix, self.config.crop_px)
        change, strength = COLOURS[generator.integers(len(COLOURS))], generator.uniform(-1, 1) * self.config.strength
        target = make_target(place_HW, self.photos.truths[row], self.attributes)
        return recoloured(pixels_HW3, change, float(strength)), target


def drawn_move(size: tuple[int, ...], config: PictureConfig, generator: np.random.Generator) -> np.ndarray:
    """A random map (2, 3) from the pixels of a crop to those of a picture of `size`, its height and width.

    Scale and aspect are uniform in their logarithm. The crop lies within the picture where it is smaller than it.
    """
    scale = math.exp(generator.uniform(*np.log(config.scales)))
    stretch = math.exp(generator.uniform(-1, 1) * math.log(ASPECT) / 2)
    turn = math.radians(generator.uniform(-1, 1) * config.turn_degrees)
    mirror = -1 if generator.random() < 0.5 else 1
    centre_2 = np.array(
        [_centre(side, crop / scale, generator) for side, crop in zip(size, config.crop_px, strict=True)]
    )
    cosine, sine = math.cos(turn), math.sin(turn)
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([mirror / (scale * stretch), stretch / scale])
    middle = (np.array(config.crop_px[::-1]) - 1) / 2
    return np.column_stack([linear, centre_2[::-1] - 0.5 - linear @ middle])


def _centre(side: float, crop: float, generator: np.random.Generator) -> float:
    """Where the middle of a crop lies, so that it covers the side or lies within it."""
    room = abs(side - crop) / 2
    return side / 2 + generator.uniform(-room, room)


def moved(
    pixels_HW3: np.ndarray, place_HW: np.ndarray, matrix: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The crop of `size` (height, width) whose pixels come from where `matrix` says; what lies outside is unknown."""
    flags = cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(
        pixels_HW3, matrix, size[::-1], flags=flags | cv2.INTER_LINEAR, borderValue=(GREY, GREY, GREY)
    )
    return pixels, cv2.warpAffine(place_HW, matrix, size[::-1], flags=flags | cv2.INTER_NEAREST, borderValue=UNKNOWN)


class PlainPhotos:
    """Whole pictures as they are, for validation."""

    def __init__(self, photos: Photos, attributes: Attributes) -> None:
        self.photos = photos
        self.attributes = attributes

    def __len__(self) -> int:
        return len(self.photos)

    def __getitems__(self, rows: list[int]) -> Batch:
        """The batch of `rows`, padded to the largest."""
        height, width = (-(-side // STRIDE) * STRIDE for side in self.photos.size_N2[rows].max(axis=0).tolist())
        pixels, targets = [], []
        for row in rows:
            pixels_HW3, place_HW = self.photos.photo(row)
            pixels.append(padded(pixels_HW3, height, width, GREY))
            place_HW = padded(place_HW, height, width, UNKNOWN)
            targets.append(make_target(place_HW, self.photos.truths[row], self.attributes))
        return make_batch(pixels, targets)
