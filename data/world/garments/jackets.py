"""Silhouettes of blazers, bombers, truckers and coats."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from data.world.curves import Points, ellipse, mirrored, outline, ribbon
from data.world.garments.sleeves import sleeves
from data.world.garments.torso import Torso, armholes, draw_torso, hanger
from data.world.parts import Part, Shape, pair, seam

__all__ = ["jacket"]


def jacket(rng: Generator) -> Shape:
    style, length = (
        str(rng.choice(["blazer", "bomber", "trucker", "coat"])),
        {"bomber": (0.92, 1.08), "trucker": (0.92, 1.08), "blazer": (1.12, 1.28), "coat": (1.55, 1.85)},
    )
    torso = replace(
        draw_torso(rng, str(rng.choice(["regular", "loose"])), "v"),
        length=float(rng.uniform(*length[style])),
        depth=0.42,
    )
    torso = replace(torso, hem=torso.hem + (0.06 if style == "coat" else 0.0), shoulder=torso.shoulder + 0.02)
    spread = 0.0 if rng.random() < 0.45 else rng.uniform(0.05, 0.16)
    low = {"blazer": 0.5, "coat": 0.45, "bomber": 0.1, "trucker": 0.16}[style] * rng.uniform(0.9, 1.15)
    material = {"blazer": "fabric", "coat": "fabric", "bomber": "satin", "trucker": "denim"}[style]
    front = Part((_panel(torso, spread * 0.5, spread, low),), material=material, patterned=True, bevel=0.6, radius=0.09)
    inner = replace(torso, depth=0.1, neckline="crew", neck=torso.neck * 0.9)
    banded = style in ("bomber", "trucker")
    cuff_colour = "second" if style == "bomber" and rng.random() < 0.5 else "main"
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        Part(
            (mirrored([(0, -0.075), (torso.neck * 0.8, -0.085), (torso.neck * 1.02, 0.03), (0, 0.05)]),),
            tone=0.75,
            bevel=0.3,
        ),
        Part(
            (
                mirrored(
                    [
                        *inner.front_edge(),
                        (torso.neck * 1.25, 0.06),
                        (0.22, 0.4),
                        (0.24, torso.length - 0.02, 1),
                        (0, torso.length - 0.02),
                    ]
                ),
            ),
            colour="trim" if spread else "lining",
            bevel=0.3,
        ),
        *sleeves(torso, rng, "long", 0.1 if banded else 0.0, cuff_colour),
        *pair(front),
        armholes(torso),
    ]
    parts += _jacket_front(torso, style, spread, low, cuff_colour, rng)
    return Shape(
        tuple(parts),
        {"sleeve": "long", "style": style, "length": "long" if style == "coat" else "short"},
        hanger(torso.tip, rng),
    )


def _panel(torso: Torso, gap_top: float, gap_bottom: float, low: float) -> Points:
    """The right front of an open jacket; its edge runs from the neck's side down to the hem."""
    return outline([(torso.neck, 0, 1), *torso.side()[:-1], (gap_bottom, torso.length + 0.02, 1), (gap_top, low, 1)])


def _jacket_front(torso: Torso, style: str, spread: float, low: float, cuff_colour: str, rng: Generator) -> list[Part]:
    n, length, hem = torso.neck, torso.length, torso.hem
    if style in ("blazer", "coat"):
        lapel = outline(
            [
                (n * 0.7, -0.075),
                (n + 0.03, -0.02),
                (n + 0.12, 0.17, 1),
                (n + 0.05, 0.2, 1),
                (n + 0.1, 0.25, 1),
                (spread * 0.5 + 0.02, low + 0.02, 1),
                (n * 0.75, 0.15),
            ]
        )
        rows = (0.11,) if style == "coat" and rng.random() < 0.6 else (0.04,)
        buttons = [
            ellipse(side * (row + spread * 0.7), low + 0.1 + i * 0.17, 0.024, 0.024)
            for row in rows
            for side in ((1, -1) if row > 0.1 else (1,))
            for i in range(4 if style == "coat" else 2)
        ]
        flap = np.array(
            [
                (0.17, length * 0.66),
                (0.35, length * 0.66 - 0.01),
                (0.35, length * 0.66 + 0.06),
                (0.17, length * 0.66 + 0.07),
            ]
        )
        return [
            *pair(Part((flap,), patterned=True, tone=0.94, bevel=0.3, radius=0.02, shadow=0.45)),
            *pair(Part((lapel,), patterned=True, tone=1.07, bevel=0.35, radius=0.03, shadow=0.5)),
            Part(
                tuple(buttons),
                colour="dark" if rng.random() < 0.7 else "gold",
                material="plastic",
                radius=0.02,
                shadow=0.4,
            ),
        ]
    band = outline(
        [
            (spread, length - 0.11, 1),
            (hem, length - 0.12, 1),
            (hem * 0.93, length + 0.02, 1),
            (spread, length + 0.04, 1),
        ]
    )
    collar = outline(
        [
            (n * 0.8, -0.085),
            (n + 0.03, -0.03),
            (n + 0.06, 0.1),
            (spread * 0.5, low + 0.03, 1),
            (spread * 0.5, low - 0.06),
            (n * 0.6, 0.02),
        ]
    )
    parts = [
        *pair(Part((band,), colour=cuff_colour, material="knit", tone=0.92, bevel=0.4, radius=0.04, shadow=0.25)),
        *pair(Part((collar,), colour=cuff_colour, material="knit", tone=1.02, bevel=0.5, radius=0.04, shadow=0.45)),
    ]
    edge = ribbon(np.array([(spread * 0.5, low), (spread, length + 0.02)]), 0.028)
    if style == "bomber":
        slash = ribbon(np.array([(0.3, length * 0.58), (0.22, length * 0.78)]), 0.02)
        return [
            *parts,
            *pair(Part((edge,), colour="metal", material="metal", radius=0.02)),
            *pair(seam(slash, opacity=1)),
        ]
    pocket = np.add(mirrored([(0, 0.36), (0.1, 0.36, 1), (0.1, 0.42, 1), (0, 0.46, 1)]), (0.24, 0))
    lines = [
        ribbon(np.array([(0.16, 0.46), (0.1 + spread, length - 0.12)]), 0.012),
        ribbon(np.array([(0.31, 0.46), (0.3, length - 0.12)]), 0.012),
    ]
    buttons = [ellipse(spread + 0.03, y, 0.02, 0.02) for y in np.arange(low + 0.1, length, 0.17)]
    return [
        *parts,
        *pair(seam(*lines)),
        *pair(Part((pocket,), bevel=0.3, radius=0.02, shadow=0.45)),
        Part(tuple(buttons), colour="gold", material="metal", radius=0.02),
    ]
