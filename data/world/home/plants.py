"""Silhouettes of plants in pots; the soil lies at y = 0."""

import numpy as np
from numpy.random import Generator

from data.world.curves import curve, ellipse, mirrored, outline, ribbon
from data.world.home.leaves import blade
from data.world.parts import Part, Shape, seam

__all__ = ["plant"]


def plant(rng: Generator) -> Shape:
    kind = str(rng.choice(["monstera", "snake", "palm", "cactus", "bush"]))
    top, low, tall = float(rng.uniform(0.3, 0.4)), float(rng.uniform(0.2, 0.34)), float(rng.uniform(0.42, 0.62))
    pot = mirrored([(0, 0.03), (top, 0, 1), ((top + low) / 2 + 0.02, tall * 0.5), (low, tall, 1), (0, tall + 0.05)])
    rim = mirrored([(0, 0.02), (top * 1.06, -0.02, 1), (top * 1.05, 0.09, 1), (0, 0.15)])
    foliage = {"monstera": _monstera, "snake": _snake, "palm": _palm, "cactus": _cactus, "bush": _bush}[kind](top, rng)
    material = str(rng.choice(["ceramic", "ceramic", "rubber"]))
    parts = [
        Part((ellipse(0, 0, top, 0.06),), colour="soil", bevel=0.1),
        *foliage,
        Part((pot,), material=material, patterned=True, bevel=0.85, radius=0.12),
    ]
    if rng.random() < 0.5:
        parts.append(Part((rim,), material=material, tone=1.05, bevel=0.6, radius=0.05, shadow=0.4))
    return Shape(tuple(parts), {"plant": kind})


def _monstera(_top: float, rng: Generator) -> list[Part]:
    stems, parts = [], []
    angles = np.linspace(-1.15, 1.15, int(rng.integers(5, 8)))
    for i, angle in enumerate(rng.permutation(angles)):
        reach = rng.uniform(0.65, 1.05)
        x, y = reach * np.sin(angle) * 0.8, -reach * np.cos(angle) * 0.95 - 0.1
        stems.append(ribbon(curve([(0, 0.02), (x * 0.3, y * 0.6), (x, y)]), 0.03))
        size, turn = rng.uniform(0.26, 0.38), angle * 0.8 + rng.normal(0, 0.2)
        heart = np.concatenate(
            [
                outline(
                    [
                        (0, 0.12, 1),
                        (0.5, 0.22),
                        (0.8, -0.2),
                        (0.5, -0.75),
                        (0, -1.15, 1),
                        (-0.5, -0.75),
                        (-0.8, -0.2),
                        (-0.5, 0.22),
                    ]
                )
            ]
        )
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        leaf = heart * size @ rotation.T + (x, y)
        cuts = [
            blade(
                tuple(np.array([s * 0.85, h]) * size @ rotation.T + (x, y)),
                tuple(np.array([s * 0.3, h + 0.12]) * size @ rotation.T + (x, y)),
                0.05,
                0,
            )
            for s in (-1, 1)
            for h in (-0.5, -0.1)
        ]
        vein = ribbon(
            np.linspace(
                np.array([0, 0.1]) * size @ rotation.T + (x, y), np.array([0, -0.95]) * size @ rotation.T + (x, y), 3
            ),
            0.014,
            0.006,
        )
        parts.append(
            Part(
                (leaf,),
                colour="leaf",
                material="leaf",
                tone=0.88 + 0.06 * (i % 4),
                bevel=0.6,
                radius=0.08,
                shadow=0.4,
                holes=tuple(cuts) if rng.random() < 0.7 else (),
            )
        )
        parts.append(seam(vein, colour="trim", opacity=0.3))
    return [Part(tuple(stems), colour="leaf", material="leaf", tone=0.85, radius=0.02), *parts]


def _snake(top: float, rng: Generator) -> list[Part]:
    parts = []
    for share in rng.permutation(np.linspace(-1, 1, int(rng.integers(5, 8)))):
        end = (share * top * rng.uniform(0.9, 1.5), -rng.uniform(0.75, 1.35))
        start, bow, width = (share * top * 0.55, 0.03), float(rng.normal(0, 0.05)), rng.uniform(0.15, 0.22)
        parts.append(
            Part(
                (blade(start, end, width, bow),),
                colour="gold",
                material="leaf",
                tone=1.0,
                bevel=0.3,
                radius=0.04,
                shadow=0.4,
            )
        )
        parts.append(
            Part(
                (blade(start, end, width * 0.68, bow),),
                colour="leaf",
                material="leaf",
                bevel=0.5,
                radius=0.05,
                shadow=0,
            )
        )
    return parts


def _palm(_top: float, rng: Generator) -> list[Part]:
    parts = []
    trunk = rng.uniform(0.0, 0.5)
    for angle in rng.permutation(np.linspace(-1.45, 1.45, int(rng.integers(7, 11)))):
        reach = rng.uniform(0.75, 1.05)
        tip = np.array([reach * np.sin(angle) * 0.95, -trunk - reach * np.cos(angle) * 0.85 - 0.12])
        path = curve(
            [(0, -trunk), tuple(np.array([tip[0] * 0.45, tip[1] * 0.75 - trunk * 0.25 - 0.18])), tuple(tip)], detail=9
        )
        fronds = [ribbon(path, 0.022, 0.01)]
        along = np.gradient(path, axis=0)
        for i in range(4, len(path)):
            direction = along[i] / max(float(np.hypot(*along[i])), 1e-9)
            for side in (-1, 1):
                out = direction * 0.6 + side * np.array([-direction[1], direction[0]]) * 0.8
                fronds.append(blade(tuple(path[i]), tuple(path[i] + out * 0.24 + (0, 0.05)), 0.05, 0.04 * side))
        parts.append(
            Part(
                tuple(fronds),
                colour="leaf",
                material="leaf",
                tone=rng.uniform(0.85, 1.1),
                bevel=0.5,
                radius=0.03,
                shadow=0.3,
            )
        )
    if trunk > 0.1:
        parts.insert(
            0,
            Part(
                (ribbon(np.array([(0, 0.03), (0, -trunk)]), 0.12, 0.09),), colour="wood", material="wood", radius=0.04
            ),
        )
    return parts


def _cactus(_top: float, rng: Generator) -> list[Part]:
    tall, thick = rng.uniform(0.75, 1.2), rng.uniform(0.3, 0.42)
    arms = [ribbon(np.linspace((0, 0.04), (0, -tall), 8), thick)]
    for side in (-1, 1):
        if rng.random() < 0.7:
            y, out, up = -tall * rng.uniform(0.3, 0.55), side * (thick * 0.5 + 0.24), rng.uniform(0.25, 0.45)
            arms.insert(
                0,
                ribbon(curve([(0, y), (out * 0.75, y - 0.02), (out, y - 0.14), (out, y - up)], detail=9), thick * 0.52),
            )
    ribs = [ribbon(np.array([(x * thick, 0.0), (x * thick, -tall * 0.97)]), 0.014) for x in (-0.3, -0.1, 0.1, 0.3)]
    spikes = [
        ellipse(x * thick, y, 0.012, 0.02) for x in (-0.3, -0.1, 0.1, 0.3) for y in np.arange(-tall * 0.92, 0, 0.13)
    ]
    parts = [Part((arm,), colour="leaf", material="leaf", bevel=0.9, radius=0.09, shadow=0.25) for arm in arms]
    parts += [seam(*ribs, colour="dark", opacity=0.25), Part(tuple(spikes), colour="trim", bevel=0, shadow=0)]
    if rng.random() < 0.4:
        parts.append(
            Part(
                (ellipse(0, -tall - thick * 0.45, 0.09, 0.08),),
                colour="accent",
                material="leaf",
                bevel=0.8,
                radius=0.04,
            )
        )
    return parts


def _bush(_top: float, rng: Generator) -> list[Part]:
    parts = []
    for ring, count in ((0.62, 13), (0.42, 10), (0.2, 7)):
        leaves = []
        for angle in np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 1):
            x, y = ring * np.cos(angle) * 0.95, -0.52 + ring * np.sin(angle) * 0.75
            out = np.array([np.cos(angle), np.sin(angle) - 0.3]) * rng.uniform(0.22, 0.34)
            leaves.append(
                blade((x - out[0] * 0.4, y - out[1] * 0.4), (x + out[0], y + out[1]), rng.uniform(0.15, 0.2), 0.05)
            )
        parts.append(
            Part(
                tuple(leaves),
                colour="leaf",
                material="leaf",
                tone=1.12 - 0.4 * ring,
                bevel=0.6,
                radius=0.05,
                shadow=0.35,
            )
        )
    return parts
