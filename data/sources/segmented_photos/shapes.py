"""Shapes of objects as COCO writes them: polygons and run lengths, decoded to pixels.

Legend: H, W pixels of the photo; E edges of a polygon; C crossings of edges with rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.images.runs import inside_of
from data.sources.segmented_photos.annotated import AnnotationError

__all__ = ["Patch", "of_counts", "of_polygons", "uncompressed"]

LEAST_POINTS = 3


@dataclass(frozen=True)
class Patch:
    """The pixels of an object within the part of the photo that begins at `x`, `y`."""

    x: int
    y: int
    pixels: NDArray[np.bool_]

    @property
    def area_px(self) -> int:
        return int(self.pixels.sum())


def of_polygons(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Patch:
    """The pixels whose centres lie inside one of the polygons, x, y, x, y …; what leaves the photo is cut off.

    Raises:
        AnnotationError: a polygon has fewer than three points or a coordinate that is no number.
    """
    outlines = []
    for polygon in polygons:
        if len(polygon) % 2 or len(polygon) < 2 * LEAST_POINTS:
            raise AnnotationError("shape", f"has a polygon of {len(polygon) / 2:g} points")
        points = np.array(polygon, float).reshape(-1, 2)
        if not np.isfinite(points).all():
            raise AnnotationError("shape", "has a polygon with a coordinate that is no number")
        outlines.append(points)
    every = np.concatenate(outlines)
    low = np.clip(np.floor(every.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(every.max(axis=0)), 0, size).astype(int)
    width, height = (high - low).tolist()
    pixels = np.zeros((height, width), bool)
    for points in outlines:
        pixels |= _filled(points - low, width, height)
    return _cropped(pixels, int(low[0]), int(low[1]))


def _filled(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Even-odd filling: each edge flips the pixels to the right of where it crosses the middle of a row."""
    x0_E, y0_E = points.T
    x1_E, y1_E = np.roll(points, -1, axis=0).T
    first_E = np.clip(np.ceil(np.minimum(y0_E, y1_E) - 0.5), 0, height).astype(int)
    last_E = np.clip(np.ceil(np.maximum(y0_E, y1_E) - 0.5), 0, height).astype(int)
    rows_E = last_E - first_E
    edge_C = np.repeat(np.arange(len(points)), rows_E)
    row_C = np.arange(len(edge_C)) - np.repeat(np.cumsum(rows_E) - rows_E, rows_E) + first_E[edge_C]
    slope_C = (x1_E - x0_E)[edge_C] / (y1_E - y0_E)[edge_C]
    x_C = x0_E[edge_C] + (row_C + 0.5 - y0_E[edge_C]) * slope_C
    flips = np.zeros((height, width + 1), np.int32)
    np.add.at(flips, (row_C, np.clip(np.ceil(x_C - 0.5), 0, width).astype(int)), 1)
    return np.asarray(np.cumsum(flips, axis=1)[:, :width] % 2 == 1)


def of_counts(counts: Sequence[int] | str, size: Sequence[int], photo: tuple[int, int]) -> Patch:
    """The pixels of run lengths, which go down the columns and begin with pixels outside.

    counts: the lengths, or their compressed text. size: height and width that they are for. photo: width and height.

    Raises:
        AnnotationError: the size is not the photo's, or the lengths do not add up to it.
    """
    if tuple(size) != photo[::-1]:
        raise AnnotationError("size", f"has a mask of {' x '.join(map(str, size[::-1]))}, not {photo[0]} x {photo[1]}")
    lengths = uncompressed(counts) if isinstance(counts, str) else list(counts)
    if any(length < 0 for length in lengths) or sum(lengths) != photo[0] * photo[1]:
        raise AnnotationError("shape", f"has run lengths of {sum(lengths)} pixels for {photo[0] * photo[1]}")
    return _cropped(inside_of(lengths, photo[1], photo[0]), 0, 0)


def uncompressed(text: str) -> list[int]:
    """Run lengths from COCO's text: six bits a character, lowest first, each from the third on less the last but one.

    From `rleFrString` of the COCO API's maskApi.c.

    Raises:
        AnnotationError: the text ends within a number, or has a character that none may have.
    """
    lengths: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise AnnotationError("shape", f"has the character {character!r} in its run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value = shift = 0
    if shift:
        raise AnnotationError("shape", "has run lengths that end within a number")
    return lengths


def _cropped(pixels: NDArray[np.bool_], x: int, y: int) -> Patch:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise AnnotationError("shape", "covers no pixel of its photo")
    inside = np.ascontiguousarray(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return Patch(x + int(columns[0]), y + int(rows[0]), inside)
