"""Parts, the pieces an object is painted from, and Shape, an object before it has colours."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from data.world.curves import Points

__all__ = ["Part", "Shape", "bounds", "flipped", "moved", "pair", "seam"]


@dataclass(frozen=True)
class Part:
    """Outlines of one colour and material, painted over the parts before them.

    Lengths are in the units of the object. `axes` is the affine map from object to pattern coordinates, (2, 3).
    """

    outlines: tuple[Points, ...]
    colour: str = "main"  # a role of palettes.colours
    material: str = "fabric"  # a key of light.MATERIALS
    patterned: bool = False
    tone: float = 1.0  # brightness
    bevel: float = 0.5  # how round it looks; 0 is flat
    radius: float = 0.07  # of that rounding
    shadow: float = 0.3  # cast on the parts below
    opacity: float = 1.0
    holes: tuple[Points, ...] = ()
    feather: float = 0.0  # how softly it fades out at its edge
    axes: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Shape:
    """An object without colours: what is painted, what is only beside it (a hanger), and what it is like."""

    parts: tuple[Part, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    props: tuple[Part, ...] = ()


def moved(part: Part, matrix: NDArray[np.float64]) -> Part:
    """The part under an affine map, (2, 3); its pattern moves with it."""
    linear, offset = matrix[:, :2], matrix[:, 2]
    inverse = np.linalg.inv(linear)
    own = part.axes if part.axes is not None else np.eye(2, 3)
    axes = np.concatenate([own[:, :2] @ inverse, (own[:, 2] - own[:, :2] @ inverse @ offset)[:, None]], axis=1)
    return replace(
        part,
        outlines=tuple(points @ linear.T + offset for points in part.outlines),
        holes=tuple(points @ linear.T + offset for points in part.holes),
        axes=axes,
    )


def flipped(part: Part) -> Part:
    """The mirror image about x = 0."""
    return moved(part, np.array([[-1.0, 0, 0], [0, 1, 0]]))


def pair(part: Part) -> tuple[Part, Part]:
    """The part and its mirror image."""
    return part, flipped(part)


def seam(*outlines: Points, tone: float = 1.0, colour: str = "seam", opacity: float = 0.75) -> Part:
    """Thin flat lines on the cloth."""
    return Part(outlines, colour=colour, tone=tone, bevel=0, shadow=0, opacity=opacity)


def bounds(parts: Sequence[Part]) -> tuple[Points, Points]:
    """The least and the greatest x, y of all outlines."""
    points = np.concatenate([outline for part in parts for outline in part.outlines])
    return points.min(axis=0), points.max(axis=0)
