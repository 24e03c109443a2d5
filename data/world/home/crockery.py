"""Silhouettes of mugs and teapots."""

from numpy.random import Generator

from data.world.curves import curve, ellipse, mirrored, outline, ribbon
from data.world.parts import Part, Shape

__all__ = ["mug", "teapot"]


def mug(rng: Generator) -> Shape:
    top, low, tall = float(rng.uniform(0.4, 0.5)), float(rng.uniform(0.3, 0.48)), float(rng.uniform(0.72, 1.0))
    flat = float(rng.uniform(0.16, 0.26))
    form = str(rng.choice(["straight", "round", "tapered"]))
    belly = {"straight": max(top, low), "round": 0.56, "tapered": top * 0.94}[form]
    low = {"straight": top, "round": 0.34, "tapered": 0.28}[form]
    body = mirrored(
        [
            (0, 0),
            (top, 0, 1),
            (belly, tall * 0.5),
            (low, tall, 1),
            (low * 0.6, tall + low * flat * 0.8),
            (0, tall + low * flat),
        ]
    )
    size = float(rng.uniform(0.24, 0.32))
    y = tall * 0.45
    ring = ribbon(
        curve(
            [
                (top * 0.9, y - size * 0.9),
                (top + size * 0.9, y - size * 0.75),
                (top + size * 1.05, y + size * 0.4),
                (belly * 0.86, y + size),
            ]
        ),
        0.11,
        0.09,
    )
    parts = (
        Part((ring,), material="ceramic", colour="main", bevel=0.8, radius=0.045),
        Part((body,), material="ceramic", patterned=True, bevel=0.85, radius=0.14),
        Part((ellipse(0, 0, top, top * flat),), material="ceramic", tone=1.05, bevel=0.2, shadow=0),
        Part(
            (ellipse(0, 0.012, top * 0.9, top * flat * 0.86),),
            colour="trim",
            material="ceramic",
            tone=0.82,
            bevel=0.2,
            shadow=0,
        ),
        Part(
            (ellipse(0, 0.035, top * 0.84, top * flat * 0.68),),
            colour="soil" if rng.random() < 0.6 else "gold",
            bevel=0.1,
            shadow=0,
        ),
    )
    return Shape(parts, {"form": form})


def teapot(rng: Generator) -> Shape:
    wide, tall = float(rng.uniform(0.5, 0.62)), float(rng.uniform(0.7, 0.92))
    body = mirrored(
        [
            (0, -0.02),
            (wide * 0.5, 0.0),
            (wide * 0.98, tall * 0.42),
            (wide * 0.86, tall * 0.8),
            (wide * 0.5, tall, 1),
            (0, tall + 0.04),
        ]
    )
    spout = outline(
        [
            (wide * 0.75, tall * 0.72, 1),
            (wide * 1.15, tall * 0.55),
            (wide * 1.3, tall * 0.1),
            (wide * 1.62, -0.04, 1),
            (wide * 1.72, 0.03, 1),
            (wide * 1.55, tall * 0.35),
            (wide * 1.25, tall * 0.85),
            (wide * 0.7, tall * 0.92, 1),
        ]
    )
    bail = rng.random() < 0.35
    path = (
        [(-wide * 0.55, 0.1), (-wide * 0.8, -0.36), (0, -0.66), (wide * 0.8, -0.36), (wide * 0.55, 0.1)]
        if bail
        else [
            (-wide * 0.75, tall * 0.12),
            (-wide * 1.4, tall * 0.05),
            (-wide * 1.5, tall * 0.5),
            (-wide * 0.86, tall * 0.78),
        ]
    )
    handle = ribbon(curve(path), 0.085)
    lid = mirrored([(0, -0.15), (wide * 0.28, -0.11), (wide * 0.52, 0.0, 1), (0, 0.045)])
    parts = (
        Part(
            (handle,),
            colour="wood" if bail and rng.random() < 0.6 else "main",
            material="ceramic",
            bevel=0.8,
            radius=0.04,
        ),
        Part((spout,), material="ceramic", bevel=0.8, radius=0.06),
        Part((body,), material="ceramic", patterned=True, bevel=0.9, radius=0.15),
        Part((lid,), material="ceramic", tone=1.03, bevel=0.7, radius=0.06, shadow=0.4),
        Part(
            (ellipse(0, -0.19, 0.075, 0.07),),
            colour="main" if rng.random() < 0.5 else "second",
            material="ceramic",
            bevel=0.8,
            radius=0.04,
        ),
    )
    return Shape(parts, {"handle": "top" if bail else "side"})
