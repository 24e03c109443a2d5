"""Pictures decoded once at their working size, with the places of their regions, on disk for every epoch.

Legend: N pictures, H height and W width of a picture in pixels.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from components.systems.scene_parsing.sizes import scaled_picture
from components.systems.scene_parsing.truths import Truth
from data import images
from data.files import atomic, sha256_tree

__all__ = ["Photos", "decoded_photos"]

CHUNK = 64
PLACE = np.int16  # of a region in its picture


@dataclass(frozen=True)
class Photos:
    """Pictures of different sizes, one after the other in two memory maps."""

    truths: Sequence[Truth]
    size_N2: np.ndarray  # height and width
    end_N: np.ndarray  # pixels up to the end of each
    pixels: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.truths)

    def photo(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """`pixels_HW3` uint8 and `place_HW` int16 as `Truth.places` gives it."""
        height, width = self.size_N2[row].tolist()
        end = int(self.end_N[row])
        start = end - height * width
        return self.pixels[3 * start : 3 * end].reshape(height, width, 3), self.places[start:end].reshape(height, width)


def decoded_photos(
    truths: Sequence[Truth], side_px: int, cache: Path, version: str, progress: Callable[[int, int], None]
) -> Photos:
    """The pictures of `truths` at their working size, decoded unless `cache` has them.

    version: hash of the files; part of the arrays' key. progress: called with (pictures done, pictures in all).

    Raises:
        PictureError: a file does not decode.
    """
    decoder = sha256_tree(Path(images.__file__).parent, "*.py")  # other code may give other pixels
    names = "\n".join(f"{truth.image}\n{truth.mask}\n{truth.value_R.tolist()}" for truth in truths)
    key = hashlib.sha256(f"{version}\n{side_px}\n{decoder}\n{names}".encode()).hexdigest()[:24]
    folder = cache / key
    if not (folder / "sizes.npy").is_file():  # written last
        folder.mkdir(parents=True, exist_ok=True)
        _write(truths, side_px, folder, progress)
    size_N2 = np.load(folder / "sizes.npy")
    pixels, places = np.memmap(folder / "pixels.raw", np.uint8, "r"), np.memmap(folder / "places.raw", PLACE, "r")
    return Photos(truths, size_N2, size_N2.prod(axis=1).cumsum(), np.asarray(pixels), np.asarray(places))


def _write(truths: Sequence[Truth], side_px: int, folder: Path, progress: Callable[[int, int], None]) -> None:
    def scaled(truth: Truth) -> tuple[np.ndarray, np.ndarray]:
        pixels_HW3, _ = scaled_picture(truth.image.read_bytes(), side_px)
        size = pixels_HW3.shape[1::-1]
        return pixels_HW3, cv2.resize(truth.places().astype(PLACE), size, interpolation=cv2.INTER_NEAREST_EXACT)

    sizes = []
    with (
        atomic(folder / "pixels.raw") as pixels,
        atomic(folder / "places.raw") as places,
        ThreadPoolExecutor() as pool,
    ):
        for start in range(0, len(truths), CHUNK):  # bounds what waits in memory to be written
            for pixels_HW3, place_HW in pool.map(scaled, truths[start : start + CHUNK]):
                pixels.write(pixels_HW3.tobytes())
                places.write(place_HW.tobytes())
                sizes.append(place_HW.shape)
            progress(min(start + CHUNK, len(truths)), len(truths))
    with atomic(folder / "sizes.npy") as file:
        np.save(file, np.array(sizes, np.int64))
