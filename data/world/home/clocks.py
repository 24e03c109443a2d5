"""Silhouettes of clocks."""

import numpy as np
from numpy.random import Generator

from data.world.curves import Points, box, ellipse, ribbon, rounded
from data.world.parts import Part, Shape

__all__ = ["clock"]


def clock(rng: Generator) -> Shape:
    form = str(rng.choice(["round", "round", "square", "octagon"]))
    numerals = str(rng.choice(["ticks", "dots", "bars"]))
    face = str(rng.choice(["paper", "main", "dark"]))
    thick = float(rng.uniform(0.05, 0.16))

    def plate(size: float) -> Points:
        if form == "square":
            return box(-size, -size, size, size, 0.3)
        if form == "octagon":
            return rounded(ellipse(0, 0, size * 1.05, size * 1.05)[::5], 0.05)
        return ellipse(0, 0, size, size)

    marks = []
    for hour in range(12):
        angle, main = hour * np.pi / 6, hour % 3 == 0
        direction = np.array([np.sin(angle), -np.cos(angle)])
        if numerals == "dots":
            size = 0.05 if main else 0.028
            marks.append(ellipse(direction[0] * 0.72, direction[1] * 0.72, size, size))
        else:
            length = (0.2 if main else 0.1) if numerals == "ticks" else (0.22 if main else 0.0)
            if length:
                marks.append(
                    ribbon(np.array([direction * (0.8 - length), direction * 0.8]), 0.05 if main else 0.03, cap=False)
                )
    minute, hour_angle = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    hands = [
        ribbon(np.linspace((-0.1 * np.sin(a), 0.1 * np.cos(a)), (n * np.sin(a), -n * np.cos(a)), 3), w, w * 0.5)
        for a, n, w in ((hour_angle, 0.42, 0.085), (minute, 0.64, 0.06))
    ]
    ink = "dark" if face == "paper" else "trim"
    parts = [
        Part(
            (plate(0.9 + thick),),
            colour="main" if face != "main" else str(rng.choice(["wood", "metal", "dark"])),
            material="plastic",
            patterned=face != "main",
            bevel=0.8,
            radius=0.05,
        ),
        Part(
            (plate(0.9),), colour=face, material="paper", patterned=face == "main", bevel=0.12, radius=0.08, shadow=0.2
        ),
        Part(tuple(marks), colour=ink, bevel=0, shadow=0),
        Part(tuple(hands), colour=ink, material="metal", bevel=0.2, radius=0.02, shadow=0.4),
        Part((ellipse(0, 0, 0.06, 0.06),), colour="gold", material="metal", radius=0.03),
    ]
    if rng.random() < 0.25:
        parts[:0] = [
            Part((ellipse(x, -0.92, 0.3, 0.22),), colour="metal", material="metal", bevel=0.8) for x in (-0.52, 0.52)
        ]
        parts[:0] = [
            Part(
                tuple(ribbon(np.array([(x * 0.55, 0.8), (x * 0.72, 1.14)]), 0.1) for x in (-1, 1)),
                colour="metal",
                material="metal",
                radius=0.04,
            )
        ]
        form = "alarm"
    return Shape(tuple(parts), {"form": form, "numerals": numerals})
