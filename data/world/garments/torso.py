"""The torso of an upper garment: its measures, its cloth, and what is seen of its inside."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data.world.curves import Points, Vertex, curve, mirrored, ribbon
from data.world.parts import Part, seam

__all__ = ["Torso", "armholes", "draw_fit", "draw_torso", "front", "hanger", "hem", "neckband"]


@dataclass(frozen=True)
class Torso:
    """Half widths and heights of an upper garment; the neck's side points lie at y = 0."""

    shoulder: float
    neck: float
    depth: float  # of the neckline
    chest: float
    waist: float
    hem: float
    length: float
    neckline: str  # crew, v, scoop, boat

    @property
    def tip(self) -> tuple[float, float]:
        return self.shoulder, 0.05 + 0.14 * (self.shoulder - self.neck)

    @property
    def armpit(self) -> tuple[float, float]:
        return self.chest, 0.37

    def side(self) -> list[Vertex]:
        """The right side from the shoulder's tip to the middle of the hem."""
        inset = min(self.shoulder, self.chest) - 0.02
        return [
            (*self.tip, 1),
            (inset, 0.22),
            (*self.armpit, 1),
            (self.waist, 0.37 + 0.5 * (self.length - 0.37)),
            (self.hem, self.length, 1),
            (0, self.length + 0.015),
        ]

    def front_edge(self) -> list[Vertex]:
        """The right half of the neckline, from the middle of the front to the neck's side."""
        if self.neckline == "v":
            return [(0, self.depth, 1), (self.neck, 0, 1)]
        return [(0, self.depth), (self.neck * 0.72, self.depth * 0.62), (self.neck, 0, 1)]

    def body(self) -> Points:
        return mirrored([*self.front_edge(), *self.side()])

    def back(self) -> Points:
        """What is seen of the inside of the back, above the front's neckline."""
        low = self.depth + 0.03
        return mirrored([(0, 0.035), (self.neck, 0, 1), (self.neck * 0.8, low * 0.7), (0, low)])


def draw_torso(rng: Generator, fit: str, neckline: str) -> Torso:
    loose = {"slim": -0.05, "regular": 0.0, "loose": 0.07}[fit]
    depth = {"crew": 0.1, "v": 0.3, "scoop": 0.2, "boat": 0.06}[neckline] * rng.uniform(0.85, 1.2)
    neck = {"crew": 0.15, "v": 0.15, "scoop": 0.19, "boat": 0.25}[neckline] * rng.uniform(0.9, 1.1)
    chest = 0.42 + loose + rng.uniform(-0.02, 0.02)
    return Torso(
        shoulder=0.4 + loose * 0.8 + rng.uniform(-0.02, 0.02),
        neck=float(neck),
        depth=float(depth),
        chest=float(chest),
        waist=float(chest - rng.uniform(-0.01, 0.05)),
        hem=float(chest + rng.uniform(-0.02, 0.04)),
        length=float(rng.uniform(1.12, 1.4)),
        neckline=neckline,
    )


def draw_fit(rng: Generator) -> str:
    return str(rng.choice(["slim", "regular", "regular", "loose"]))


def front(torso: Torso, material: str = "fabric") -> Part:
    return Part((torso.body(),), material=material, patterned=True, bevel=0.6, radius=0.11, shadow=0.22)


def armholes(torso: Torso) -> Part:
    inset = min(torso.shoulder, torso.chest) - 0.02
    line = ribbon(curve([torso.tip, (inset, 0.22), torso.armpit]), 0.01)
    return seam(line, line * (-1, 1))


def hem(torso: Torso) -> Part:
    y = torso.length - 0.055
    return seam(ribbon(curve([(-torso.hem, y), (0, y + 0.015), (torso.hem, y)]), 0.01))


def neckband(torso: Torso, colour: str, width: float = 0.045) -> Part:
    front = curve(torso.front_edge()[::-1])
    path = np.concatenate([front * (1, 1), (front * (-1, 1))[::-1][1:]])
    return Part(
        (ribbon(path, width, cap=False),), colour=colour, material="knit", tone=0.97, bevel=0.5, radius=0.03, shadow=0.2
    )


def hanger(torso_tip: tuple[float, float], rng: Generator) -> tuple[Part, ...]:
    """A hanger whose shoulders end inside the garment's; a prop."""
    x, y = torso_tip
    colour, material = ("wood", "wood") if rng.random() < 0.5 else ("metal", "metal")
    arms = ribbon(curve([(-x * 0.85, y + 0.06), (-0.1, -0.05), (0, -0.1), (0.1, -0.05), (x * 0.85, y + 0.06)]), 0.05)
    hook = ribbon(curve([(0, -0.08), (0, -0.2), (0.05, -0.26), (0.1, -0.32), (0.04, -0.4), (-0.05, -0.36)]), 0.024)
    return (
        Part((hook,), colour="metal", material="metal", radius=0.02, shadow=0.3),
        Part((arms,), colour=colour, material=material, radius=0.03),
    )
