"""Silhouettes of sunglasses."""

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, ellipse, outline, ribbon
from data.world.parts import Part, Shape, pair

__all__ = ["sunglasses"]


def sunglasses(rng: Generator) -> Shape:
    style = str(rng.choice(["round", "square", "cat-eye", "aviator"]))
    wide, gap = float(rng.uniform(0.37, 0.43)), float(rng.uniform(0.08, 0.13))
    x, h = gap + wide, float(rng.uniform(0.9, 1.1))
    lens = {
        "round": ellipse(x, 0, wide, wide * 0.95),
        "square": outline(
            [
                (x - wide, -0.26 * h),
                (x, -0.31 * h),
                (x + wide, -0.28 * h),
                (x + wide * 0.97, 0.1),
                (x + wide * 0.6, 0.3 * h),
                (x - wide * 0.6, 0.31 * h),
                (x - wide * 0.97, 0.08),
            ]
        ),
        "cat-eye": outline(
            [
                (x - wide * 0.95, -0.2 * h),
                (x, -0.29 * h),
                (x + wide * 1.15, -0.42 * h, 1),
                (x + wide * 0.98, 0.0),
                (x + wide * 0.4, 0.27 * h),
                (x - wide * 0.5, 0.27 * h),
                (x - wide, 0.02),
            ]
        ),
        "aviator": outline(
            [
                (x - wide, -0.24 * h),
                (x, -0.27 * h),
                (x + wide, -0.24 * h),
                (x + wide * 1.02, 0.05),
                (x + wide * 0.45, 0.42 * h),
                (x - wide * 0.4, 0.4 * h),
                (x - wide * 0.95, 0.06),
            ]
        ),
    }[style]
    centre = lens.mean(axis=0)
    thick = 0.05 if style == "aviator" else float(rng.uniform(0.07, 0.13))
    rim = centre + (lens - centre) * (1 + thick / wide)
    frame_material = "metal" if style == "aviator" else "plastic"
    bridge = ribbon(
        curve([(-gap - 0.05, -0.09), (0, -0.16), (gap + 0.05, -0.09)]), 0.05 if style == "aviator" else 0.08
    )
    bars = [bridge]
    if style == "aviator":
        bars.append(ribbon(curve([(-gap - 0.2, -0.27), (0, -0.29), (gap + 0.2, -0.27)]), 0.04))
    edge = rim[:, 0].max()
    temple = ribbon(
        curve([(edge - 0.05, -0.2 * h), (edge + 0.1, -0.3), (edge * 0.72, -0.62), (edge * 0.5, -0.66)]), 0.065, 0.05
    )
    colour = "main" if style != "aviator" or rng.random() < 0.5 else "gold"
    tint = str(rng.choice(["dark", "dark", "second", "accent"]))
    glint = ribbon(np.array([(x - wide * 0.1, -0.16), (x - wide * 0.45, 0.14)]), 0.07, cap=False)
    shimmer = ribbon(np.array([(x + wide * 0.12, -0.15), (x - wide * 0.15, 0.1)]), 0.03, cap=False)
    parts = (
        *pair(Part((temple,), colour=colour, material=frame_material, patterned=True, bevel=0.6, radius=0.03)),
        Part(tuple(bars), colour=colour, material=frame_material, bevel=0.7, radius=0.03),
        *pair(Part((rim,), colour=colour, material=frame_material, patterned=True, bevel=0.75, radius=0.04)),
        *pair(Part((lens,), colour=tint, material="plastic", bevel=0.35, radius=0.12, shadow=0, opacity=0.93)),
        Part(
            (glint, shimmer, glint - (2 * x, 0), shimmer - (2 * x, 0)), colour="trim", bevel=0, shadow=0, opacity=0.25
        ),
    )
    return Shape(parts, {"style": style, "lens": "mirrored" if tint != "dark" else "dark"})
