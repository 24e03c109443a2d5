"""Silhouettes of vases, empty or filled."""

import numpy as np
from numpy.random import Generator

from data.world.curves import Points, curve, ellipse, mirrored, ribbon
from data.world.home.leaves import leaf
from data.world.parts import Part, Shape

__all__ = ["vase"]


def vase(rng: Generator) -> Shape:
    form = str(rng.choice(["bottle", "urn", "cylinder", "round", "flared"]))
    w, h = float(rng.uniform(0.9, 1.12)), float(rng.uniform(0.95, 1.15))
    profile = {
        "bottle": [(0.13, 0.0), (0.1, 0.3), (0.14, 0.5), (0.38, 0.85), (0.36, 1.15), (0.22, 1.35)],
        "urn": [(0.28, 0.0), (0.22, 0.1), (0.44, 0.4), (0.42, 0.7), (0.2, 1.2)],
        "cylinder": [(0.26, 0.0), (0.27, 0.5), (0.26, 1.2)],
        "round": [(0.17, 0.0), (0.15, 0.1), (0.46, 0.42), (0.44, 0.7), (0.2, 0.96)],
        "flared": [(0.4, 0.0), (0.25, 0.3), (0.2, 0.65), (0.27, 1.05), (0.22, 1.25)],
    }[form]
    profile = [(x * w, y * h) for x, y in profile]
    mouth = profile[0][0]
    filling = str(rng.choice(["empty", "flowers", "branches"]))
    material = "ceramic" if rng.random() < 0.8 else "glass"
    stems = _flowers(mouth, rng) if filling == "flowers" else _branches(mouth, rng) if filling == "branches" else []
    parts = [
        Part((ellipse(0, 0.005, mouth, mouth * 0.24),), colour="main", material=material, tone=0.85, bevel=0.2),
        Part((ellipse(0, 0.005, mouth * 0.85, mouth * 0.18),), colour="lining", bevel=0, shadow=0),
        *stems,
        Part(
            (_turned([(mouth, 0.01), *profile[1:]]),),
            material=material,
            patterned=True,
            bevel=0.9,
            radius=0.14,
            shadow=0.2,
        ),
    ]
    # The front of the rim hides the stems' feet: only the lower half of the mouth belongs to the body.
    return Shape(tuple(parts), {"form": form, "filling": filling})


def _turned(profile: list[tuple[float, float]]) -> Points:
    """A vessel from its right profile, top to bottom, flat at the top and slightly bowed at the foot."""
    first, last = profile[0], profile[-1]
    return mirrored([(0, first[1] + 0.01), (*first, 1), *profile[1:-1], (*last, 1), (0, last[1] + 0.05)])


def _flowers(mouth: float, rng: Generator) -> list[Part]:
    stems, petals, hearts, leaves = [], [], [], []
    for share in np.linspace(-1, 1, int(rng.integers(3, 7))):
        x, y = share * rng.uniform(0.32, 0.5), -rng.uniform(0.42, 0.78)
        stems.append(ribbon(curve([(share * mouth * 0.5, 0.06), (x * 0.6, y * 0.5), (x, y)]), 0.022))
        size, turn = rng.uniform(0.11, 0.17), rng.uniform(0, 6)
        angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        radius = size * (0.72 + 0.28 * np.abs(np.cos(2.5 * angle + turn)))
        petals.append(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle) * 0.9], axis=1))
        hearts.append(ellipse(x, y, size * 0.3, size * 0.27))
        leaves.append(leaf((x * 0.55, y * 0.42), (x * 0.55 + rng.uniform(-0.2, 0.2), y * 0.55 - 0.06), 0.08))
    return [
        Part(tuple(stems), colour="leaf", material="leaf", radius=0.02),
        Part(tuple(leaves), colour="leaf", material="leaf", tone=0.9, radius=0.04),
        Part(
            tuple(petals),
            colour=str(rng.choice(["second", "accent"])),
            material="leaf",
            bevel=0.7,
            radius=0.06,
            shadow=0.4,
        ),
        Part(tuple(hearts), colour="gold", bevel=0.5, radius=0.03),
    ]


def _branches(mouth: float, rng: Generator) -> list[Part]:
    stems, leaves = [], []
    for share in np.linspace(-1, 1, int(rng.integers(3, 5))):
        x, y = share * rng.uniform(0.35, 0.6), -rng.uniform(0.6, 1.0)
        path = curve([(share * mouth * 0.5, 0.06), (x * 0.35, y * 0.5), (x, y)])
        stems.append(ribbon(path, 0.025, 0.012))
        for i in range(5, len(path), 2):
            for side in (-1, 1):
                tip = path[i] + np.array([side * rng.uniform(0.1, 0.16), -rng.uniform(0.02, 0.12)])
                leaves.append(leaf(tuple(path[i]), tuple(tip), 0.07))
    return [
        Part(tuple(stems), colour="wood", material="wood", radius=0.02),
        Part(tuple(leaves), colour="leaf", material="leaf", bevel=0.6, radius=0.03),
    ]
