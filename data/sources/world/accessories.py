"""Silhouettes of hats, bags and sunglasses."""

import numpy as np
from numpy.random import Generator

from data.sources.world.curves import box, curve, ellipse, mirrored, outline, ribbon
from data.sources.world.parts import Part, Shape, pair, seam

__all__ = ["backpack", "bag", "hat", "sunglasses"]


def hat(rng: Generator) -> Shape:
    style = str(rng.choice(["brim", "cap", "beanie"]))
    return {"brim": _brimmed, "cap": _cap, "beanie": _beanie}[style](rng)


def _brimmed(rng: Generator) -> Shape:
    wide, thick = float(rng.uniform(0.8, 1.05)), float(rng.uniform(0.16, 0.3))
    crown, height, dip = float(rng.uniform(0.42, 0.52)), float(rng.uniform(0.5, 0.68)), float(rng.uniform(0, 0.1))
    brim = outline(
        [
            (-wide, -0.02),
            (-crown, -thick * 0.75),
            (0, -thick),
            (crown, -thick * 0.75),
            (wide, -0.02),
            (crown * 1.1, thick * 0.8),
            (0, thick),
            (-crown * 1.1, thick * 0.8),
        ]
    )
    top = mirrored(
        [
            (0, -height + dip),
            (crown * 0.5, -height - 0.02),
            (crown * 0.86, -height * 0.8),
            (crown, -0.04, 1),
            (crown * 0.5, 0.09),
            (0, 0.12),
        ]
    )
    band = mirrored(
        [
            (0, -0.05),
            (crown * 0.5, -0.075),
            (crown * 0.985, -0.19, 1),
            (crown, -0.04, 1),
            (crown * 0.5, 0.09),
            (0, 0.12),
        ]
    )
    material = str(rng.choice(["fabric", "knit"]))
    parts = (
        Part((brim,), material=material, patterned=True, bevel=0.5, radius=0.06),
        Part((top,), material=material, patterned=True, bevel=0.8, radius=0.14, shadow=0.4),
        Part((band,), colour=str(rng.choice(["second", "dark", "accent"])), material="satin", bevel=0.5, radius=0.06),
    )
    return Shape(parts, {"style": "brim"})


def _cap(rng: Generator) -> Shape:
    height, long = float(rng.uniform(0.62, 0.74)), float(rng.uniform(0.5, 0.68))
    dome = outline(
        [
            (-0.62, 0, 1),
            (-0.6, -height * 0.6),
            (-0.32, -height * 0.97),
            (0.05, -height),
            (0.42, -height * 0.72),
            (0.58, -height * 0.2),
            (0.56, 0.02, 1),
            (0, 0.1),
        ]
    )
    visor = outline(
        [
            (0.3, -0.06),
            (0.55, -0.13, 1),
            (0.8, -0.06),
            (0.55 + long, 0.16),
            (0.5 + long * 0.8, 0.22),
            (0.5, 0.14),
            (0.2, 0.1),
        ]
    )
    lines = [ribbon(curve([(0.02, -height), (x, -height * 0.55), (x * 1.25, 0.04)]), 0.012) for x in (-0.3, 0.22)]
    button = ellipse(0.02, -height - 0.005, 0.05, 0.032)
    parts = (
        Part((visor,), colour="second" if rng.random() < 0.4 else "main", tone=0.92, bevel=0.6, radius=0.06),
        Part((dome,), patterned=True, bevel=0.85, radius=0.16, shadow=0.35),
        seam(*lines, opacity=0.8),
        Part((button,), radius=0.03),
        Part((ellipse(0.34, -height * 0.45, 0.1, 0.11),), colour="accent", bevel=0.3, radius=0.03)
        if rng.random() < 0.5
        else seam(lines[0], opacity=0.1),
    )
    return Shape(parts, {"style": "cap"})


def _beanie(rng: Generator) -> Shape:
    height = float(rng.uniform(0.8, 1.05))
    dome = mirrored([(0, -height), (0.3, -height * 0.93), (0.52, -height * 0.5), (0.56, 0.05, 1), (0, 0.09)])
    cuff = mirrored([(0, -0.14), (0.58, -0.2, 1), (0.6, 0.1), (0.56, 0.16, 1), (0, 0.22)])
    ribs = [
        ribbon(curve([(x * 0.55, -0.15 - 0.02 * (1 - x * x)), (x * 0.57, 0.17)]), 0.014)
        for x in np.linspace(-0.92, 0.92, 15)
    ]
    rows = [
        ribbon(curve([(0, -height), (x * 0.42, -height * 0.6), (x * 0.53, -0.12)]), 0.012)
        for x in np.linspace(-0.85, 0.85, 8)
    ]
    parts = [Part((dome,), material="knit", patterned=True, bevel=0.85, radius=0.16), seam(*rows, opacity=0.4)]
    pompom = rng.random() < 0.5
    if pompom:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        fluff = 0.19 + 0.025 * rng.standard_normal(48)
        ball = np.stack([fluff * np.cos(angle), -height - 0.1 + fluff * np.sin(angle)], axis=1)
        parts.append(Part((ball,), colour=str(rng.choice(["second", "trim"])), material="knit", bevel=0.9, radius=0.1))
    parts += [
        Part(
            (cuff,),
            colour="second" if rng.random() < 0.3 else "main",
            material="knit",
            tone=1.04,
            bevel=0.6,
            radius=0.06,
            shadow=0.4,
        ),
        seam(*ribs, opacity=0.45),
    ]
    return Shape(tuple(parts), {"style": "beanie", "pompom": "yes" if pompom else "no"})


def bag(rng: Generator) -> Shape:
    style = str(rng.choice(["tote", "handbag", "crossbody"]))
    top, bottom = float(rng.uniform(0.5, 0.72)), float(rng.uniform(0.55, 0.8))
    tall = {"tote": 1.15, "handbag": 0.85, "crossbody": 0.75}[style] * float(rng.uniform(0.88, 1.12))
    if style == "tote":
        top, bottom = max(top, bottom), min(top, bottom)
    elif style == "crossbody":
        top = bottom * float(rng.uniform(0.9, 1.0))
    body = mirrored(
        [
            (0, 0.0),
            (top, -0.01, 1),
            ((top + bottom) / 2 + 0.02, tall * 0.5),
            (bottom, tall - 0.06),
            (bottom - 0.08, tall),
            (0, tall + 0.02),
        ]
    )
    material = "fabric" if style == "tote" else str(rng.choice(["leather", "leather", "satin"]))
    rise, hold = (
        {"tote": 0.62, "handbag": 0.5, "crossbody": 0.95}[style] * float(rng.uniform(0.85, 1.15)),
        top * {"tote": 0.5, "handbag": 0.55, "crossbody": 0.93}[style],
    )
    thick = {"tote": 0.07, "handbag": 0.075, "crossbody": 0.035}[style]
    strap_colour = "main" if rng.random() < 0.5 else str(rng.choice(["wood", "second", "dark"]))

    def handle(lift: float, shift: float) -> Part:
        path = curve(
            [
                (-hold + shift, 0.1),
                (-hold * 0.92 + shift, -rise * lift * 0.55),
                (shift, -rise * lift),
                (hold * 0.92 + shift, -rise * lift * 0.55),
                (hold + shift, 0.1),
            ]
        )
        return Part(
            (ribbon(path, thick),),
            colour=strap_colour,
            material="leather",
            tone=0.95,
            bevel=0.6,
            radius=0.03,
            shadow=0.35,
        )

    parts = [handle(1.06, 0.04)] if style != "crossbody" else []
    parts += [
        Part((mirrored([(0, -0.03), (top, -0.01, 1), (top * 0.97, 0.05, 1), (0, 0.05)]),), colour="lining", bevel=0),
        Part((body,), material=material, patterned=True, bevel=0.65, radius=0.11),
    ]
    if style != "tote":
        low = tall * float(rng.uniform(0.42, 0.62))
        flap = mirrored([(0, -0.04), (top * 0.98, -0.03, 1), (top * 1.0, low * 0.7), (top * 0.6, low), (0, low * 1.06)])
        parts.append(
            Part(
                (flap,),
                material=material,
                tone=1.05,
                patterned=style == "crossbody",
                bevel=0.5,
                radius=0.06,
                shadow=0.45,
            )
        )
        parts.append(
            Part(
                (box(-0.07, low - 0.06, 0.07, low + 0.07, 0.03),),
                colour="gold",
                material="metal",
                bevel=0.7,
                radius=0.04,
            )
        )
    else:
        parts.append(seam(ribbon(np.array([(-top * 0.97, 0.08), (top * 0.97, 0.08)]), 0.012)))
        if rng.random() < 0.5:
            parts.append(
                Part(
                    (mirrored([(0, tall * 0.35), (0.26, tall * 0.35, 1), (0.24, tall * 0.75, 1), (0, tall * 0.76)]),),
                    tone=0.96,
                    bevel=0.3,
                    radius=0.03,
                    shadow=0.35,
                )
            )
    parts.append(handle(1.0, 0.0))
    return Shape(tuple(parts), {"style": style, "handle": "long" if style == "crossbody" else "short"})


def backpack(rng: Generator) -> Shape:
    wide, tall = float(rng.uniform(0.56, 0.68)), float(rng.uniform(0.75, 0.95))
    body = mirrored(
        [
            (0, -tall),
            (wide * 0.6, -tall * 0.97),
            (wide * 0.95, -tall * 0.6),
            (wide, 0.2),
            (wide * 0.96, 0.68),
            (wide * 0.7, 0.78),
            (0, 0.8),
        ]
    )
    pocket = mirrored(
        [(0, 0.08), (wide * 0.62, 0.1), (wide * 0.72, 0.2), (wide * 0.7, 0.6), (wide * 0.5, 0.68), (0, 0.7)]
    )
    strap = ribbon(
        curve([(wide * 0.5, -tall * 0.7), (wide * 1.1, -tall * 0.35), (wide * 1.13, 0.3), (wide * 0.9, 0.66)]), 0.12
    )
    loop = ribbon(curve([(-0.14, -tall + 0.03), (-0.1, -tall - 0.16), (0.1, -tall - 0.16), (0.14, -tall + 0.03)]), 0.06)
    zipper = ribbon(
        curve(
            [
                (-wide * 0.86, -tall * 0.1),
                (-wide * 0.72, -tall * 0.6),
                (0, -tall * 0.78),
                (wide * 0.72, -tall * 0.6),
                (wide * 0.86, -tall * 0.1),
            ]
        ),
        0.03,
    )
    flapped = rng.random() < 0.45
    colour = "second" if rng.random() < 0.4 else "main"
    parts = [
        *pair(Part((strap,), tone=0.8, bevel=0.5, radius=0.05)),
        Part((loop,), colour="dark", radius=0.03),
        Part((body,), patterned=True, bevel=0.8, radius=0.14),
    ]
    if flapped:
        flap = mirrored(
            [
                (0, -tall - 0.02),
                (wide * 0.62, -tall * 0.98),
                (wide * 0.99, -tall * 0.55),
                (wide * 0.98, -0.12),
                (wide * 0.7, 0.02),
                (0, 0.04),
            ]
        )
        belts = [ribbon(np.array([(x, -0.3), (x, 0.2)]), 0.07, cap=False) for x in (-wide * 0.45, wide * 0.45)]
        parts += [Part((flap,), patterned=True, tone=1.04, bevel=0.6, radius=0.08, shadow=0.45)]
    parts.append(
        Part((pocket,), colour=colour, patterned=colour == "main", tone=1.02, bevel=0.6, radius=0.08, shadow=0.45)
    )
    if flapped:
        parts += [
            Part(tuple(belts), colour="wood", material="leather", bevel=0.5, radius=0.03),
            Part(
                tuple(box(x - 0.06, 0.02, x + 0.06, 0.12, 0.02) for x in (-wide * 0.45, wide * 0.45)),
                colour="gold",
                material="metal",
                radius=0.03,
            ),
        ]
    else:
        parts += [
            Part((zipper,), colour="dark", bevel=0.3, radius=0.02, shadow=0.2),
            Part(
                (ribbon(np.array([(-wide * 0.55, 0.2), (wide * 0.55, 0.2)]), 0.028),),
                colour="dark",
                bevel=0.2,
                shadow=0.1,
            ),
            Part((box(wide * 0.5, 0.2, wide * 0.57, 0.32, 0.02),), colour="metal", material="metal", radius=0.02),
        ]
    return Shape(tuple(parts), {"style": "flap" if flapped else "zip"})


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
