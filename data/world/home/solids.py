"""Blocks and bars seen from an angle: the parts of furniture.

x points to the right, y up, z towards the viewer; the origin lies on the floor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.curves import Points, hull, ribbon, rounded
from data.world.parts import Part

__all__ = ["Block", "Corner", "View", "blocks", "draw_view", "rod", "two_legs"]

Corner = tuple[float, float, float]


@dataclass(frozen=True)
class View:
    """Orthographic: the object turned by `yaw`, seen from `pitch` above (radians)."""

    yaw: float
    pitch: float

    def project(self, points: NDArray[np.float64]) -> Points:
        """(N, 3) to (N, 2), y down."""
        x, y, z = points.T
        turned_x = x * np.cos(self.yaw) + z * np.sin(self.yaw)
        turned_z = z * np.cos(self.yaw) - x * np.sin(self.yaw)
        return np.stack([turned_x, turned_z * np.sin(self.pitch) - y * np.cos(self.pitch)], axis=1)

    def depth(self, point: Sequence[float]) -> float:
        """How near the viewer."""
        x, y, z = point
        return float((z * np.cos(self.yaw) - x * np.sin(self.yaw)) * np.cos(self.pitch) + y * np.sin(self.pitch))


def draw_view(rng: Generator, widest: float = 0.75) -> View:
    """From the front left or right, and a little above."""
    yaw = rng.uniform(0.18, widest) * rng.choice([-1, 1])
    return View(float(yaw), float(rng.uniform(0.22, 0.42)))


@dataclass(frozen=True)
class Block:
    """A box from `low` to `high`, its edges rounded by `soft`."""

    low: Corner
    high: Corner
    colour: str = "main"
    material: str = "wood"
    patterned: bool = False
    soft: float = 0.0
    tone: float = 1.0

    @property
    def centre(self) -> Corner:
        return tuple((a + b) / 2 for a, b in zip(self.low, self.high, strict=True))  # type: ignore[return-value]


def blocks(view: View, rows: Sequence[Block]) -> list[Part]:
    """The parts of the blocks, in the order given (from the back to the front)."""
    return [part for block in rows for part in _block(view, block)]


def _faces(view: View, block: Block) -> list[tuple[NDArray[np.float64], float]]:
    """Corners (4, 3) of the faces seen, and how light each is: top, front, side."""
    (x0, y0, z0), (x1, y1, z1) = block.low, block.high
    side = x1 if view.yaw < 0 else x0
    near, far = (z1, z0) if view.yaw < 0 else (z0, z1)
    side_tone = 0.78
    return [
        (np.array([(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)]), 1.1),
        (np.array([(side, y0, near), (side, y0, far), (side, y1, far), (side, y1, near)]), side_tone),
        (np.array([(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)]), 0.95),
    ]


def _axes(corners: NDArray[np.float64], screen: Points) -> NDArray[np.float64]:
    """The map from the projected face to lengths along its edges."""
    lengths = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    edges = np.stack([(screen[1] - screen[0]) / lengths[0], (screen[3] - screen[0]) / lengths[1]], axis=1)
    inverse = np.linalg.inv(edges)
    return np.concatenate([inverse, (-inverse @ screen[0])[:, None]], axis=1)


def _block(view: View, block: Block) -> list[Part]:
    low, high = np.array(block.low), np.array(block.high)
    corners = np.array([[(low, high)[bit >> axis & 1][axis] for axis in range(3)] for bit in range(8)])
    around = hull(view.project(corners))
    # Below the faces lies the outline of the whole, so that rounded edges leave no gaps.
    thin = bool((high - low).min() < 0.1)
    body = Part(
        (around if thin else rounded(around, block.soft),),
        colour=block.colour,
        material=block.material,
        tone=block.tone * (0.9 if thin else 0.88),
        bevel=0.4 if thin else 0.3,
        radius=0.025 if thin else 0.05,
        shadow=0.2,
    )
    parts = [body]
    for face, tone in _faces(view, block):
        screen = view.project(face)
        (ax, ay), (bx, by) = screen[1] - screen[0], screen[3] - screen[0]
        if abs(ax * by - ay * bx) < 0.004:
            continue
        parts.append(
            Part(
                (rounded(screen, block.soft) if block.soft else screen,),
                colour=block.colour,
                material=block.material,
                patterned=block.patterned,
                tone=block.tone * tone,
                bevel=0.45 if block.soft else 0.12,
                radius=0.05 + block.soft * 0.4,
                shadow=0,
                axes=_axes(face, screen),
            )
        )
    return parts


def rod(view: View, start: Corner, end: Corner, width: float, end_width: float | None = None) -> Points:
    """The outline of a round bar between two points."""
    path = view.project(np.array([start, end], dtype=np.float64))
    return ribbon(np.linspace(path[0], path[1], 4), width, end_width)


def two_legs(
    view: View, half: float, deep: float, top: float, splay: float, width: float, colour: str, front: bool
) -> Part:
    """The two back or the two front legs."""
    z = deep if front else -deep
    legs = tuple(
        rod(view, (x, top, z), (x * (1 + splay), 0, z * (1 + splay)), width, width * 0.7) for x in (-half, half)
    )
    return Part(
        legs,
        colour=colour,
        material="metal" if colour in ("metal", "dark") else "wood",
        bevel=0.6,
        radius=0.02,
        shadow=0.15,
    )
