"""Painting an object onto a canvas: coverage, cloth, rounding, gloss and the shadow it casts.

Legend: H, W pixels of the canvas; h, w of a patch; canvas (H, W, 3) float32 sRGB in 0..1; coverage (h, w) in 0..1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from data.world.curves import Points
from data.world.light import MATERIALS, Light
from data.world.palettes import Colours
from data.world.parts import Part, Shape
from data.world.patterns import Pattern, texture
from data.world.shadow import cast_shadow

__all__ = ["Place", "Thing", "paint"]

SUPERSAMPLE = 3
MARGIN_PX = 3

Plane = NDArray[np.floating]
Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels, half open


@dataclass(frozen=True)
class Thing:
    """An object with its colours, ready to be painted, and the truth about it."""

    category: str
    shape: Shape
    colours: Colours
    pattern: Pattern
    stance: str  # how it rests: flat, hung, wall, stand
    attributes: dict[str, str]
    index: int | None = None  # among the objects of its world; None if it is none of them


@dataclass(frozen=True)
class Place:
    """Where an object is: the homography from object units to pixels, (3, 3), and pixels a unit."""

    matrix: NDArray[np.float64]
    scale_px: float

    def project(self, points: Points) -> Points:
        homogeneous = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return homogeneous[:, :2] / homogeneous[:, 2:]

    def grid(self, box: Box) -> tuple[Plane, Plane]:
        """Object coordinates of each pixel's centre in the box."""
        inverse = np.linalg.inv(self.matrix).astype(np.float32)
        x = np.arange(box[0], box[2], dtype=np.float32)[None, :] + np.float32(0.5)
        y = np.arange(box[1], box[3], dtype=np.float32)[:, None] + np.float32(0.5)
        u, v, w = (row[0] * x + row[1] * y + row[2] for row in inverse)
        return u / w, v / w


@dataclass(frozen=True)
class _Stencil:
    """A part's coverage on the canvas."""

    part: Part
    box: Box
    coverage: Plane
    image: Image.Image  # the same, 8 bit


def _stencil(part: Part, place: Place, width: int, height: int) -> _Stencil | None:
    outlines = [place.project(points) for points in part.outlines]
    low = np.min([points.min(axis=0) for points in outlines], axis=0)
    high = np.max([points.max(axis=0) for points in outlines], axis=0)
    x0, y0 = (int(max(np.floor(value) - MARGIN_PX, 0)) for value in low)
    x1, y1 = (int(min(np.ceil(value) + MARGIN_PX, size)) for value, size in zip(high, (width, height), strict=True))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    sheet = Image.new("L", ((x1 - x0) * SUPERSAMPLE, (y1 - y0) * SUPERSAMPLE))
    draw = ImageDraw.Draw(sheet)
    for fill, polygons in ((255, outlines), (0, [place.project(points) for points in part.holes])):
        for points in polygons:
            draw.polygon(((points - (x0, y0)) * SUPERSAMPLE - 0.5).ravel().tolist(), fill=fill)
    image = sheet.reduce(SUPERSAMPLE)
    if part.feather:
        image = image.filter(ImageFilter.GaussianBlur(float(part.feather * place.scale_px)))
    return _Stencil(part, (x0, y0, x1, y1), np.asarray(image, dtype=np.float32) * np.float32(1 / 255), image)


def _bell(count: int, radius: float) -> NDArray[np.float64]:
    """The matrix (count, count) that blurs along one axis, with nothing beyond the ends."""
    steps = np.arange(count, dtype=np.float64)
    bell: NDArray[np.float64] = np.exp(-(((steps[:, None] - steps) / radius) ** 2) / 2)
    return bell / (radius * float(np.sqrt(2 * np.pi)))


def _blurred(image: Image.Image, radius: float) -> Plane:
    """A Gaussian blur, in 0..1; wide ones on a smaller copy, in floating point, as 8 bits would show as steps."""
    step = int(radius / 1.5)
    if step < 2:
        return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) * np.float32(1 / 255)
    # In double precision, so that the order of the sums, which follows the number of BLAS's threads, is rounded away.
    coarse = np.asarray(image.reduce(step), dtype=np.float64)
    blurred = _bell(coarse.shape[0], radius / step) @ coarse @ _bell(coarse.shape[1], radius / step)
    small = blurred.astype(np.float32)
    size = small.shape[1] * step, small.shape[0] * step
    large = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
    return large[: image.height, : image.width] * np.float32(1 / 255)


def _relief(stencil: _Stencil, light: Light, scale_px: float) -> tuple[Plane, Plane]:
    """Brightness factor and highlight of a part that swells from its edge inwards."""
    part = stencil.part
    radius = float(max(part.radius * scale_px, 0.8))
    height = _blurred(stencil.image, radius)
    slope = np.zeros_like(height)
    slope[:, 1:-1] -= (height[:, 2:] - height[:, :-2]) * np.float32(0.5 * light.x * radius)
    slope[1:-1] -= (height[2:] - height[:-2]) * np.float32(0.5 * light.y * radius)
    factor = 1 + np.float32(part.bevel * light.strength) * (slope * np.float32(1.5) - np.float32(0.3) * (1 - height))
    gloss = MATERIALS[part.material].gloss * light.strength
    if not gloss:
        return factor, np.zeros((1, 1), dtype=np.float32)
    shine = np.exp(-(((slope - np.float32(0.2)) / np.float32(0.075)) ** 2)) * np.float32(gloss * min(part.bevel * 2, 1))
    return factor, shine


def _noise(rng: Generator, rows: int, columns: int, width: int, height: int) -> Plane:
    field = Image.fromarray(rng.random((rows, columns), dtype=np.float32) - np.float32(0.5))
    return np.asarray(field.resize((width, height), Image.Resampling.BICUBIC))


def _frame(stencils: Sequence[_Stencil]) -> Box:
    boxes = np.array([stencil.box for stencil in stencils])
    return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


def _cloth(stencil: _Stencil, thing: Thing, place: Place, grid: tuple[Plane, Plane]) -> Plane:
    """The unshaded colours of a part, (h, w, 3) or (3,)."""
    part = stencil.part
    if not part.patterned or thing.pattern.name == "solid":
        return thing.colours[part.colour]
    u, v = grid
    px = 1 / place.scale_px
    if part.axes is not None:
        a = part.axes.astype(np.float32)
        u, v = a[0, 0] * u + a[0, 1] * v + a[0, 2], a[1, 0] * u + a[1, 1] * v + a[1, 2]
        px *= float(np.sqrt(abs(np.linalg.det(part.axes[:, :2]))))
    return texture(thing.pattern, u, v, px)


def paint(
    canvas: NDArray[np.float32], thing: Thing, place: Place, light: Light, rng: Generator, shadow: float = 1.0
) -> Plane:
    """Paint the object and its shadow onto the canvas, in place; returns the object's coverage, (H, W).

    Props are painted but are no part of the coverage.
    """
    height, width = canvas.shape[:2]
    props = [stencil for part in thing.shape.props if (stencil := _stencil(part, place, width, height))]
    own = [stencil for part in thing.shape.parts if (stencil := _stencil(part, place, width, height))]
    alpha = np.zeros((height, width), dtype=np.float32)
    if not own:
        return alpha
    for x0, y0, x1, y1, coverage in ((*stencil.box, stencil.coverage) for stencil in own):
        np.maximum(alpha[y0:y1, x0:x1], coverage, out=alpha[y0:y1, x0:x1])
    cast_shadow(canvas, alpha, thing.stance, light, shadow)
    x0, y0, x1, y1 = _frame([*props, *own])
    frame_w, frame_h = x1 - x0, y1 - y0
    wrinkles = _noise(rng, 5, 9, frame_w, frame_h) + np.float32(0.6) * _noise(rng, 9, 6, frame_w, frame_h)
    grain = rng.standard_normal((frame_h, frame_w), dtype=np.float32)
    u, v = place.grid((x0, y0, x1, y1))
    for stencil in (*props, *own):
        left, top, right, bottom = stencil.box
        inside = np.s_[top - y0 : bottom - y0, left - x0 : right - x0]
        material = MATERIALS[stencil.part.material]
        factor: Plane = np.float32(stencil.part.tone) + grain[inside] * np.float32(material.grain)
        shine = None
        if material.wrinkle and stencil.part.bevel:
            factor = factor + wrinkles[inside] * np.float32(material.wrinkle * light.strength)
        if stencil.part.bevel:
            relief, shine = _relief(stencil, light, place.scale_px)
            factor = factor * relief
        colour = _cloth(stencil, thing, place, (u[inside], v[inside])) * factor[..., None]
        if shine is not None and shine.size > 1:
            colour = colour + shine[..., None]
        _blend(canvas, stencil, np.clip(colour, 0, 1), light, place.scale_px)
    return alpha


def _blend(
    canvas: NDArray[np.float32], stencil: _Stencil, colour: NDArray[np.float32], light: Light, scale_px: float
) -> None:
    x0, y0, x1, y1 = stencil.box
    part = stencil.part
    if part.shadow:
        reach = float(max(0.022 * scale_px, 1.0))
        soft = np.asarray(stencil.image.filter(ImageFilter.BoxBlur(reach)), dtype=np.float32) * np.float32(1 / 255)
        dx, dy = round(-light.x * reach), round(-light.y * reach)
        to_x0, to_y0 = max(x0 + dx, 0), max(y0 + dy, 0)
        to_x1, to_y1 = min(x1 + dx, canvas.shape[1]), min(y1 + dy, canvas.shape[0])
        soft = soft[to_y0 - y0 - dy : to_y1 - y0 - dy, to_x0 - x0 - dx : to_x1 - x0 - dx]
        canvas[to_y0:to_y1, to_x0:to_x1] *= 1 - soft[..., None] * np.float32(
            part.shadow * light.strength * part.opacity
        )
    target = canvas[y0:y1, x0:x1]
    target += (colour - target) * (stencil.coverage * np.float32(part.opacity))[..., None]
