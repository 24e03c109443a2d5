"""Silhouettes of what is worn above the waist, and dresses: a torso, sleeves, and what tells one from another."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sources.world.curves import Points, Vertex, curve, ellipse, mirrored, outline, ribbon
from data.sources.world.parts import Part, Shape, flipped, pair, seam

__all__ = ["dress", "hanger", "hoodie", "jacket", "longsleeve", "shirt", "t_shirt"]


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


def _torso(rng: Generator, fit: str, neckline: str) -> Torso:
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


def _sleeves(torso: Torso, rng: Generator, sleeve: str, cuff: float = 0.0, cuff_colour: str = "main") -> list[Part]:
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


def _neckband(torso: Torso, colour: str, width: float = 0.045) -> Part:
    front = curve(torso.front_edge()[::-1])
    path = np.concatenate([front * (1, 1), (front * (-1, 1))[::-1][1:]])
    return Part(
        (ribbon(path, width, cap=False),), colour=colour, material="knit", tone=0.97, bevel=0.5, radius=0.03, shadow=0.2
    )


def _armholes(torso: Torso) -> Part:
    inset = min(torso.shoulder, torso.chest) - 0.02
    line = ribbon(curve([torso.tip, (inset, 0.22), torso.armpit]), 0.01)
    return seam(line, line * (-1, 1))


def _hem(torso: Torso) -> Part:
    y = torso.length - 0.055
    return seam(ribbon(curve([(-torso.hem, y), (0, y + 0.015), (torso.hem, y)]), 0.01))


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


def _fit(rng: Generator) -> str:
    return str(rng.choice(["slim", "regular", "regular", "loose"]))


def _cloth(torso: Torso, material: str = "fabric") -> Part:
    return Part((torso.body(),), material=material, patterned=True, bevel=0.6, radius=0.11, shadow=0.22)


def t_shirt(rng: Generator) -> Shape:
    fit, neckline = _fit(rng), str(rng.choice(["crew", "crew", "v", "scoop"]))
    torso = _torso(rng, fit, neckline)
    trim = "second" if rng.random() < 0.25 else "main"
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        *_sleeves(torso, rng, "short", 0.05 if trim == "second" else 0, trim),
        _cloth(torso),
        _armholes(torso),
        _hem(torso),
        _neckband(torso, trim),
    ]
    if rng.random() < 0.15:
        pocket = mirrored([(0, 0.42), (0.09, 0.42, 1), (0.09, 0.55, 1), (0, 0.6, 1)]) + (0.19, 0)
        parts.append(Part((pocket,), tone=0.95, bevel=0.2, shadow=0.35))
    return Shape(tuple(parts), {"sleeve": "short", "neckline": neckline, "fit": fit}, hanger(torso.tip, rng))


def longsleeve(rng: Generator) -> Shape:
    fit, neckline = _fit(rng), str(rng.choice(["crew", "crew", "v", "boat", "turtleneck"]))
    torso = _torso(rng, fit, "crew" if neckline == "turtleneck" else neckline)
    knitted = rng.random() < 0.5
    trim = "second" if rng.random() < 0.2 else "main"
    cloth = _cloth(torso, "knit" if knitted else "fabric")
    cuff = 0.09 if knitted else 0.05
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        *_sleeves(torso, rng, "long", cuff, trim),
        cloth,
        _armholes(torso),
    ]
    if knitted:
        band = outline(
            [
                (-torso.hem * 1.0, torso.length - 0.1, 1),
                (0, torso.length - 0.085),
                (torso.hem, torso.length - 0.1, 1),
                (torso.hem * 0.95, torso.length + 0.02, 1),
                (0, torso.length + 0.035),
                (-torso.hem * 0.95, torso.length + 0.02, 1),
            ]
        )
        parts.append(Part((band,), colour=trim, material="knit", tone=0.93, bevel=0.4, radius=0.04, shadow=0.2))
    else:
        parts.append(_hem(torso))
    if neckline == "turtleneck":
        n = torso.neck * 0.95
        roll = outline([(-n, -0.1), (0, -0.13), (n, -0.1), (n * 1.12, 0.05), (0, 0.13), (-n * 1.12, 0.05)])
        parts.append(Part((roll,), colour=trim, material="knit", bevel=0.8, radius=0.06, shadow=0.4))
    else:
        parts.append(_neckband(torso, trim, 0.06 if knitted else 0.04))
    attributes = {"sleeve": "long", "neckline": neckline, "fit": fit, "cloth": "knit" if knitted else "jersey"}
    return Shape(tuple(parts), attributes, hanger(torso.tip, rng))


def shirt(rng: Generator) -> Shape:
    fit, sleeve = _fit(rng), str(rng.choice(["long", "long", "short"]))
    torso = replace(_torso(rng, fit, "v"), neck=float(rng.uniform(0.13, 0.16)), depth=float(rng.uniform(0.1, 0.24)))
    trim = "trim" if rng.random() < 0.15 else "main"
    n, d = torso.neck, torso.depth
    collar = outline(
        [
            (n * 0.95, -0.07),
            (n + 0.045, 0.02),
            (n * 0.95, d + 0.09, 1),
            (0.0 + n * 0.1, d + 0.01, 1),
            (n * 0.55, d * 0.45),
        ]
    )
    stand = mirrored([(0, -0.06), (n * 0.95, -0.07), (n, 0.03), (0, 0.05)])
    placket = np.array([(-0.035, d), (0.035, d), (0.035, torso.length + 0.01), (-0.035, torso.length + 0.01)])
    buttons = [ellipse(0, y, 0.017, 0.017) for y in np.arange(d + 0.1, torso.length - 0.05, rng.uniform(0.13, 0.18))]
    parts = [
        Part((torso.back(),), colour="lining", bevel=0.2),
        Part((stand,), colour=trim, tone=0.8, bevel=0.3, shadow=0.1),
        *_sleeves(torso, rng, sleeve, 0.08 if sleeve == "long" else 0.05, trim),
        _cloth(torso),
        _armholes(torso),
        _hem(torso),
        Part((placket,), colour=trim, patterned=trim == "main", tone=1.03, bevel=0.25, radius=0.02, shadow=0.25),
        *pair(Part((collar,), colour=trim, patterned=trim == "main", tone=1.05, bevel=0.3, radius=0.03, shadow=0.45)),
        Part(
            tuple(buttons),
            colour="trim" if rng.random() < 0.7 else "dark",
            material="plastic",
            radius=0.015,
            shadow=0.4,
        ),
    ]
    if rng.random() < 0.5:
        pocket = mirrored([(0, 0.4), (0.1, 0.4, 1), (0.1, 0.55, 1), (0, 0.59, 1)]) + (0.2, 0)
        parts.append(Part((pocket,), patterned=True, tone=0.97, bevel=0.2, radius=0.02, shadow=0.4))
    return Shape(tuple(parts), {"sleeve": sleeve, "neckline": "collar", "fit": fit}, hanger(torso.tip, rng))


def hoodie(rng: Generator) -> Shape:
    fit = str(rng.choice(["regular", "loose"]))
    torso = replace(_torso(rng, fit, "crew"), depth=float(rng.uniform(0.12, 0.18)), neck=0.17)
    n, length, hem = torso.neck, torso.length, torso.hem
    zipped = rng.random() < 0.35
    up = rng.uniform(0.2, 0.36)
    hood = mirrored(
        [(0, -up), (0.18, -up * 0.86), (0.27, -0.08), (0.2, 0.07), (0.06, torso.depth + 0.06), (0, torso.depth + 0.07)]
    )
    inside = mirrored(
        [(0, -up * 0.72), (0.14, -up * 0.58), (0.17, -0.02), (0.09, torso.depth * 0.75), (0, torso.depth + 0.02)]
    )
    pocket = mirrored(
        [
            (0, length - 0.42),
            (0.15, length - 0.42, 1),
            (0.27, length - 0.24, 1),
            (0.27, length - 0.12, 1),
            (0, length - 0.12, 1),
        ]
    )
    band = outline(
        [
            (-hem, length - 0.1, 1),
            (0, length - 0.085),
            (hem, length - 0.1, 1),
            (hem * 0.94, length + 0.02, 1),
            (0, length + 0.035),
            (-hem * 0.94, length + 0.02, 1),
        ]
    )
    cords = [
        ribbon(
            curve(
                [
                    (side * 0.07, torso.depth + 0.02),
                    (side * 0.085, 0.26),
                    (side * rng.uniform(0.06, 0.1), rng.uniform(0.36, 0.48)),
                ]
            ),
            0.02,
        )
        for side in (-1, 1)
    ]
    parts = [
        *_sleeves(torso, rng, "long", 0.1),
        _cloth(torso, "knit"),
        _armholes(torso),
        Part((pocket,), patterned=True, tone=0.98, bevel=0.35, radius=0.04, shadow=0.4),
        Part((band,), material="knit", tone=0.9, bevel=0.4, radius=0.04, shadow=0.2),
        Part((hood,), patterned=True, material="knit", bevel=0.8, radius=0.1, shadow=0.4),
        Part((inside,), colour="lining", material="knit", bevel=0.1, shadow=0),
        Part(tuple(cords), colour="trim" if rng.random() < 0.6 else "dark", radius=0.02, shadow=0.4),
    ]
    if zipped:
        line = np.array([(0, torso.depth + 0.06), (0, length + 0.02)])
        parts.insert(-1, Part((ribbon(line, 0.035),), colour="metal", material="metal", radius=0.02, shadow=0.3))
    return Shape(
        tuple(parts), {"sleeve": "long", "fit": fit, "closure": "zip" if zipped else "pullover"}, hanger(torso.tip, rng)
    )


def _panel(torso: Torso, gap_top: float, gap_bottom: float, low: float) -> Points:
    """The right front of an open jacket; its edge runs from the neck's side down to the hem."""
    return outline([(torso.neck, 0, 1), *torso.side()[:-1], (gap_bottom, torso.length + 0.02, 1), (gap_top, low, 1)])


def jacket(rng: Generator) -> Shape:
    style, length = (
        str(rng.choice(["blazer", "bomber", "trucker", "coat"])),
        {"bomber": (0.92, 1.08), "trucker": (0.92, 1.08), "blazer": (1.12, 1.28), "coat": (1.55, 1.85)},
    )
    torso = replace(
        _torso(rng, str(rng.choice(["regular", "loose"])), "v"), length=float(rng.uniform(*length[style])), depth=0.42
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
            (
                mirrored(
                    [
                        *inner.front_edge(),
                        (inner.shoulder * 0.8, 0.1),
                        (0.24, torso.length - 0.02, 1),
                        (0, torso.length - 0.02),
                    ]
                ),
            ),
            colour="trim" if spread else "lining",
            bevel=0.3,
        ),
        *_sleeves(torso, rng, "long", 0.1 if banded else 0.0, cuff_colour),
        *pair(front),
        _armholes(torso),
    ]
    parts += _jacket_front(torso, style, spread, low, cuff_colour, rng)
    return Shape(
        tuple(parts),
        {"sleeve": "long", "style": style, "length": "long" if style == "coat" else "short"},
        hanger(torso.tip, rng),
    )


def _jacket_front(torso: Torso, style: str, spread: float, low: float, cuff_colour: str, rng: Generator) -> list[Part]:
    n, length, hem = torso.neck, torso.length, torso.hem
    if style in ("blazer", "coat"):
        lapel = outline(
            [
                (n * 0.6, -0.05),
                (n + 0.04, 0.0),
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
            (n * 0.85, -0.1),
            (n + 0.05, -0.02),
            (n + 0.05, 0.1),
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
    pocket = mirrored([(0, 0.36), (0.1, 0.36, 1), (0.1, 0.42, 1), (0, 0.46, 1)]) + (0.24, 0)
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


def dress(rng: Generator) -> Shape:
    sleeve = str(rng.choice(["straps", "none", "short", "long"]))
    neckline = str(rng.choice(["v", "scoop", "crew"])) if sleeve != "straps" else "scoop"
    length = str(rng.choice(["mini", "knee", "maxi"]))
    low = {"mini": (1.25, 1.4), "knee": (1.55, 1.75), "maxi": (1.95, 2.25)}[length]
    torso = replace(
        _torso(rng, "slim", neckline), chest=float(rng.uniform(0.32, 0.36)), shoulder=float(rng.uniform(0.29, 0.34))
    )
    bottom, waist_y = float(rng.uniform(*low)), float(rng.uniform(0.62, 0.78))
    waist, flare = float(rng.uniform(0.24, 0.29)), float(rng.choice([0.36, 0.52, 0.7]) * rng.uniform(0.9, 1.15))
    inset = torso.chest - 0.04
    if sleeve == "straps":
        top = [(0, 0.3), (0.14, 0.24), (0.2, 0.2, 1), (inset, 0.3), (*torso.armpit, 1)]
    else:
        top = [*torso.front_edge(), (*torso.tip, 1), (inset, 0.22), (*torso.armpit, 1)]
    bodice = mirrored([*top, (waist, waist_y, 1), (0, waist_y + 0.015)])
    skirt = mirrored(
        [
            (0, waist_y - 0.01),
            (waist, waist_y - 0.01, 1),
            (waist + (flare - waist) * 0.55, waist_y + (bottom - waist_y) * 0.45),
            (flare, bottom - 0.02, 1),
            (flare * 0.5, bottom + 0.03),
            (0, bottom + 0.045),
        ]
    )
    folds = [
        ribbon(
            curve(
                [
                    (x * waist * 0.8, waist_y + 0.04),
                    (x * (waist + flare) * 0.42, (waist_y + bottom) / 2),
                    (x * flare * 0.86, bottom - 0.06),
                ]
            ),
            0.008,
            0.028,
        )
        for x in np.linspace(-0.8, 0.8, int(rng.integers(4, 8)))
    ]
    parts = [] if sleeve == "straps" else [Part((torso.back(),), colour="lining", bevel=0.2)]
    if sleeve == "straps":
        strap = ribbon(curve([(0.17, 0.0), (0.185, 0.1), (0.19, 0.24)]), 0.035)
        parts += pair(Part((strap,), radius=0.02))
    else:
        parts += _sleeves(torso, rng, sleeve)
    parts += [
        Part((skirt,), material="satin" if rng.random() < 0.3 else "fabric", patterned=True, bevel=0.65, radius=0.12),
        seam(*folds, opacity=0.35),
        Part((bodice,), patterned=True, bevel=0.65, radius=0.1, shadow=0.25),
    ]
    if rng.random() < 0.5:
        belt = outline(
            [
                (-waist * 1.02, waist_y - 0.035, 1),
                (0, waist_y - 0.02),
                (waist * 1.02, waist_y - 0.035, 1),
                (waist * 1.02, waist_y + 0.04, 1),
                (0, waist_y + 0.055),
                (-waist * 1.02, waist_y + 0.04, 1),
            ]
        )
        parts.append(
            Part(
                (belt,),
                colour=str(rng.choice(["second", "dark", "accent"])),
                material="leather",
                bevel=0.4,
                radius=0.03,
            )
        )
    tip = torso.tip if sleeve != "straps" else (0.26, 0.02)
    return Shape(
        tuple(parts),
        {"sleeve": sleeve, "neckline": neckline, "length": length, "flare": "flared" if flare > 0.45 else "straight"},
        hanger(tip, rng),
    )
