"""Silhouettes of framed pictures."""

import numpy as np
from numpy.random import Generator

from data.world.curves import box, curve, ellipse, outline, ribbon
from data.world.home.leaves import leaf
from data.world.parts import Part, Shape, seam

__all__ = ["frame"]


def frame(rng: Generator) -> Shape:
    """A framed picture; its art is a landscape, shapes, or a leaf."""
    wide, tall = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.7, 1.0))
    thick, mat = float(rng.uniform(0.07, 0.16)), float(rng.uniform(0.0, 0.22))
    art = str(rng.choice(["landscape", "shapes", "botanical"]))
    x, y = wide - thick - mat, tall - thick - mat
    parts = [
        Part((box(-wide, -tall, wide, tall),), material="wood", patterned=True, bevel=0.5, radius=0.03),
        Part(
            (box(-wide + thick, -tall + thick, wide - thick, tall - thick),),
            colour="paper",
            material="paper",
            bevel=0.1,
            shadow=0,
        ),
        Part(
            (box(-x, -y, x, y),),
            colour="glass" if art == "landscape" else "trim",
            material="paper",
            tone=0.97,
            bevel=0,
            shadow=0,
        ),
        *_ART[art](x, y, rng),
    ]
    inner = np.array(
        [
            (-wide + thick, -tall + thick),
            (wide - thick, -tall + thick),
            (wide - thick, tall - thick),
            (-wide + thick, tall - thick),
            (-wide + thick, -tall + thick),
        ]
    )
    parts.append(seam(ribbon(inner, 0.025, cap=False), opacity=0.5, colour="dark"))
    return Shape(tuple(parts), {"art": art, "format": "portrait" if tall > wide else "landscape"})


def _landscape(x: float, y: float, rng: Generator) -> list[Part]:
    sun = ellipse(rng.uniform(-0.5, 0.5) * x, -y * rng.uniform(0.3, 0.6), x * 0.2, x * 0.2)
    parts = [Part((sun,), colour="gold", bevel=0, shadow=0)]
    for level, colour in ((0.05, "accent"), (0.3, "second"), (0.6, "leaf")):
        ridge = [
            (-x, y * (level + rng.uniform(-0.25, 0.15)), 1),
            (-x * 0.4, y * (level - rng.uniform(0, 0.4))),
            (x * 0.3, y * (level + rng.uniform(-0.2, 0.2))),
            (x, y * (level - rng.uniform(0, 0.3)), 1),
            (x, y, 1),
            (-x, y, 1),
        ]
        parts.append(Part((np.clip(outline(ridge), (-x, -y), (x, y)),), colour=colour, bevel=0, shadow=0.1))
    return parts


def _shapes(x: float, y: float, rng: Generator) -> list[Part]:
    parts = []
    for colour in ("second", "accent", "main", "dark"):
        cx, cy, size = rng.uniform(-0.5, 0.5) * x, rng.uniform(-0.5, 0.5) * y, rng.uniform(0.2, 0.45) * min(x, y)
        shape = ellipse(cx, cy, size, size) if rng.random() < 0.6 else ellipse(cx, cy, size * 1.2, size * 1.2, 0, np.pi)
        parts.append(Part((shape,), colour=colour, bevel=0, shadow=0, opacity=0.9))
    return parts


def _botanical(x: float, y: float, rng: Generator) -> list[Part]:
    path = curve([(0, y * 0.85), (rng.uniform(-0.15, 0.15) * x, 0), (rng.uniform(-0.2, 0.2) * x, -y * 0.75)])
    leaves = [
        leaf(tuple(path[i]), (path[i][0] + side * x * 0.62, path[i][1] - y * rng.uniform(0.12, 0.35)), min(x, y) * 0.26)
        for i in range(3, len(path), 2)
        for side in (-1, 1)
    ]
    leaves = [np.clip(leaf, (-x, -y), (x, y)) for leaf in leaves]
    return [
        Part(
            (ribbon(path, 0.03, 0.015), *leaves),
            colour=str(rng.choice(["leaf", "second", "dark"])),
            bevel=0.2,
            radius=0.03,
            shadow=0,
        )
    ]


_ART = {"landscape": _landscape, "shapes": _shapes, "botanical": _botanical}
