"""Sleeves, short and long, that leave a torso at its shoulders."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.world.curves import outline, ribbon
from data.world.garments.torso import Torso
from data.world.parts import Part, flipped, pair, seam

__all__ = ["sleeves"]


def _sleeve(
    torso: Torso,
    angle: float,
    length: float,
    width: float,
    cuff: float = 0.0,
    cuff_colour: str = "main",
    bend: float = 0.0,
) -> list[Part]:
    """The right sleeve, `angle` radians below the horizontal, and its cuff."""
    tip_x, tip_y = torso.tip
    pit_x, pit_y = torso.armpit
    along = np.array([np.cos(angle), np.sin(angle)])
    bent = np.array([np.cos(angle + bend), np.sin(angle + bend)])
    across, bent_across = np.array([along[1], -along[0]]), np.array([bent[1], -bent[0]])
    start = np.array([tip_x - 0.03, tip_y + 0.14])
    elbow, end = start + along * length * 0.5, start + along * length * 0.5 + bent * length * 0.5
    middle_width = (width + 0.28) / 2
    points = outline(
        [
            (tip_x - 0.06, tip_y - 0.012, 1),
            tuple(start + along * 0.02 + across * 0.16),
            tuple(elbow + across * middle_width * 0.52),
            (*(end + bent_across * width / 2), 1),
            (*(end - bent_across * width / 2), 1),
            tuple(elbow - across * middle_width * 0.46),
            (pit_x - 0.01, pit_y, 1),
            (tip_x - 0.16, pit_y - 0.03, 1),
        ]
    )
    turn = np.pi / 2 - angle - bend / 2
    axes: NDArray[np.float64] = np.array([[np.cos(turn), -np.sin(turn), 0.1], [np.sin(turn), np.cos(turn), 0]])
    parts = [Part((points,), patterned=True, axes=axes, bevel=0.62, radius=0.08)]
    if cuff:
        low = end - bent * cuff
        band = np.array(
            [
                end + bent_across * width * 0.49,
                end - bent_across * width * 0.49,
                low - bent_across * width * 0.5,
                low + bent_across * width * 0.5,
            ]
        )
        parts.append(Part((band,), colour=cuff_colour, material="knit", tone=0.94, bevel=0.5, radius=0.05, shadow=0.15))
    else:
        line = np.array([end + bent_across * width * 0.48, end - bent_across * width * 0.48]) - bent * 0.045
        parts.append(seam(ribbon(line, 0.01)))
    return parts


def sleeves(torso: Torso, rng: Generator, sleeve: str, cuff: float = 0.0, cuff_colour: str = "main") -> list[Part]:
    if sleeve == "none":
        return []
    if sleeve == "short":
        right = _sleeve(
            torso, rng.uniform(0.55, 1.05), rng.uniform(0.3, 0.44), rng.uniform(0.24, 0.34), cuff, cuff_colour
        )
        return [piece for part in right for piece in pair(part)]
    angle, length, width = rng.uniform(1.02, 1.32), torso.length * rng.uniform(0.78, 0.9), rng.uniform(0.15, 0.21)
    sides = []
    for mirror in (False, True):  # arms lie a little unlike each other
        bend = float(rng.normal(0, 0.1))
        side = _sleeve(torso, angle + float(rng.normal(0, 0.04)), length, width, cuff, cuff_colour, bend)
        sides += [flipped(part) for part in side] if mirror else side
    return sides
