"""Label maps: a file for each photo with a label's number for each pixel, .mat or indexed PNG.

Legend: H, W pixels; V values of the map.
"""

import zlib
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray
from PIL import Image

from data.entries import files_with
from data.errors import UserError
from data.images import MAX_PIXELS
from data.images.parts import connected_parts
from data.sources.segmented_photos.annotated import Annotated, AnnotationError, Photo, Region
from data.sources.segmented_photos.labels import Labels

__all__ = ["find_maps", "parse_map"]

SUFFIXES = (".mat", ".png")
NUMBERS = ("L", "P", "I;16", "I", "1")  # modes of PNGs that hold numbers


def find_maps(folder: Path) -> dict[str, Path]:
    """Label maps below `folder` by their path without suffix.

    Raises:
        UserError: the folder is missing, or two maps differ by their suffix only.
    """
    if not folder.is_dir():
        raise UserError(f"the folder {folder} is missing; correct `annotations` in params.yaml")
    found: dict[str, Path] = {}
    for path in map(folder.joinpath, files_with(folder, SUFFIXES)):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise UserError(f"{path} and {found[name].name} are both label maps of the same photo; remove one")
        found[name] = path
    return found


def parse_map(path: Path, photo: Photo, labels: Labels, smallest_px: int) -> Annotated:
    """The regions of a label map: connected parts, of at least `smallest_px`, of each coarse label."""
    try:
        values_HW = _read(path)
        _check(values_HW, photo, labels)
    except AnnotationError as error:
        return Annotated(faults=(error.of(path.name),))
    found = connected_parts(labels.group_V[values_HW], smallest_px)
    fine = _fine(values_HW, found.numbers_HW, labels) if labels.grouped else [{}] * len(found.parts)
    regions = tuple(
        Region(labels.coarse[part.group], part.box, value, part.area_px, attributes)
        for value, (part, attributes) in enumerate(zip(found.parts, fine, strict=True), start=1)
    )
    return Annotated(regions, found.numbers_HW if regions else None)


def _read(path: Path) -> NDArray[np.integer]:
    return _matrix(path) if path.suffix.lower() == ".mat" else _indexed(path)


def _matrix(path: Path) -> NDArray[np.integer]:
    """The only matrix of whole numbers in a .mat file."""
    try:
        content = scipy.io.loadmat(path)
    except Exception as error:  # decoders of hostile bytes raise nearly anything, and all of it means the same
        raise AnnotationError("unreadable", f"does not open as a .mat file ({error})") from error
    arrays = [value for name, value in content.items() if not name.startswith("__")]
    whole = [
        value
        for value in arrays
        if isinstance(value, np.ndarray) and value.ndim == 2 and np.issubdtype(value.dtype, np.number)
    ]
    if len(whole) != 1:
        raise AnnotationError("unreadable", f"holds {len(whole)} matrices of numbers instead of one")
    if not np.issubdtype(whole[0].dtype, np.integer):
        rounded = whole[0].astype(np.int64)
        if not np.array_equal(rounded, whole[0]):
            raise AnnotationError("unreadable", "has fractions instead of label numbers")
        return rounded
    return np.asarray(whole[0])


def _indexed(path: Path) -> NDArray[np.integer]:
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise AnnotationError("unreadable", f"has {image.width} x {image.height} pixels")
            if image.mode not in NUMBERS:
                raise AnnotationError("unreadable", f"has colours ({image.mode}) instead of label numbers")
            values: NDArray[np.integer] = np.asarray(image).astype(np.int32)
            return values
    except (OSError, ValueError, SyntaxError, zlib.error) as error:
        raise AnnotationError("unreadable", f"does not decode ({error})") from error


def _check(values_HW: NDArray[np.integer], photo: Photo, labels: Labels) -> None:
    height, width = values_HW.shape
    if photo.size is not None and photo.size != (width, height):
        raise AnnotationError("size", f"is {width} x {height}, the photo {photo.size[0]} x {photo.size[1]}")
    odd = np.unique(values_HW[(values_HW < 0) | (values_HW >= len(labels.fine))])
    if len(odd):
        some = ", ".join(str(value) for value in odd[:5])
        raise AnnotationError("unknown", f"has the value {some}, and there are names for 0 to {len(labels.fine) - 1}")


def _fine(values_HW: NDArray[np.integer], numbers_HW: NDArray[np.uint16], labels: Labels) -> list[dict[str, str]]:
    """The fine labels in each part, that of most pixels first."""
    wide = len(labels.fine)
    seen = numbers_HW > 0
    codes = numbers_HW[seen].astype(np.int64) * wide + values_HW[seen]
    counts_PV = np.bincount(codes, minlength=(int(numbers_HW.max(initial=0)) + 1) * wide).reshape(-1, wide)[1:]
    orders = np.argsort(-counts_PV, axis=1, kind="stable")
    return [
        {"fine": "|".join(labels.fine[value] for value in order if counts[value])}
        for order, counts in zip(orders, counts_PV, strict=True)
    ]
