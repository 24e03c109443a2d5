"""What is known of one photo: its regions, their numbers in a mask, and what is wrong with its annotation.

Legend: H, W pixels of the photo after EXIF rotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.images import PictureError, picture_size

__all__ = ["Annotated", "AnnotationError", "Photo", "Region", "read_photo", "write_mask"]

LARGEST_8_BIT = 255

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels, half open


class AnnotationError(Exception):
    """An annotation that cannot be used. `kind` is a key of `data.checks.annotations.KINDS`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def of(self, annotation: str) -> dict[str, str]:
        """The fault as the report has it, with the annotation that it is of."""
        return {"kind": self.kind, "annotation": annotation, "found": str(self)}


@dataclass(frozen=True)
class Photo:
    """name: its path below the folder of photos. size: width and height in pixels; None where it does not decode."""

    name: str
    size: tuple[int, int] | None


@dataclass(frozen=True)
class Region:
    """A region; `value` is its number in the mask, None where only its box is known."""

    label: str
    box: Box
    value: int | None = None
    area_px: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Annotated:
    """The regions of a photo and their numbers, (H, W), 0 where there is nothing; no numbers without a region's mask.

    faults: `kind`, `annotation` and what was `found`, of each annotation that could not be used.
    """

    regions: tuple[Region, ...] = ()
    numbers_HW: NDArray[np.uint16] | None = None
    faults: tuple[dict[str, str], ...] = ()


def read_photo(folder: Path, name: str) -> Photo:
    """The size of a photo by its header."""
    try:
        return Photo(name, picture_size((folder / name).read_bytes()))
    except PictureError:
        return Photo(name, None)  # validation reports it


def write_mask(numbers_HW: NDArray[np.uint16], path: Path) -> None:
    """Write region numbers as a PNG of 8 bits, or of 16 where there are more than 255 regions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wide = int(numbers_HW.max(initial=0)) > LARGEST_8_BIT
    Image.fromarray(numbers_HW if wide else numbers_HW.astype(np.uint8)).save(path, compress_level=4)
