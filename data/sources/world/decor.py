"""Silhouettes of small things of a home: lamps, vases, mugs, plants, clocks, pillows, picture frames."""

import numpy as np
from numpy.random import Generator

from data.sources.world.curves import Points, box, curve, ellipse, mirrored, outline, ribbon, rounded
from data.sources.world.parts import Part, Shape, seam

__all__ = ["clock", "frame", "lamp", "mug", "pillow", "teapot", "vase"]


def lamp(rng: Generator) -> Shape:
    style = str(rng.choice(["table", "floor", "pendant"]))
    form = str(rng.choice(["cone", "drum", "dome"]))
    top, low = {"cone": (0.22, 0.5), "drum": (0.44, 0.48), "dome": (0.12, 0.52)}[form]
    low, tall = low * float(rng.uniform(0.9, 1.1)), float(rng.uniform(0.46, 0.64))
    lit = rng.random() < 0.7
    if form == "dome":
        shade = mirrored([(0, -tall), (top, -tall * 0.98), (low * 0.8, -tall * 0.6), (low, 0, 1), (0, 0.06)])
    else:
        shade = mirrored([(0, -tall - 0.03), (top, -tall, 1), (low, 0, 1), (0, 0.07)])
    rim = ellipse(0, 0, low * 0.985, 0.065)
    shade_parts = [
        Part((shade,), patterned=True, tone=1.06 if lit else 1.0, bevel=0.65, radius=0.12),
        Part((rim,), colour="glow" if lit else "lining", bevel=0, shadow=0),
    ]
    if lit:
        shade_parts.insert(1, Part((ellipse(0, -tall * 0.3, low * 0.55, tall * 0.42),), colour="glow", bevel=0, shadow=0, opacity=0.22))
    attributes = {"style": style, "shade": form, "light": "on" if lit else "off"}
    if style == "pendant":
        cord = ribbon(np.array([(0, -tall - rng.uniform(0.6, 1.1)), (0, -tall)]), 0.025)
        cap = mirrored([(0, -tall - 0.12), (0.08, -tall - 0.1), (0.1, -tall + 0.02, 1), (0, -tall + 0.02)])
        return Shape((Part((cord,), colour="dark"), Part((cap,), colour="metal", material="metal"), *shade_parts), attributes)
    colour, material = [("metal", "metal"), ("wood", "wood"), ("second", "ceramic"), ("dark", "metal")][int(rng.integers(4))]
    length = float(rng.uniform(0.55, 0.85)) if style == "table" else float(rng.uniform(1.6, 2.1))
    if style == "table":
        profile = str(rng.choice(["pear", "pillar", "ball"]))
        widths = {"pear": (0.05, 0.08, 0.3, 0.2), "pillar": (0.05, 0.07, 0.07, 0.24), "ball": (0.04, 0.3, 0.26, 0.18)}[profile]
        foot = mirrored([(0, -0.05), (widths[0], -0.05, 1), (widths[1], length * 0.35), (widths[2], length * 0.7), (widths[3], length, 1), (0, length + 0.04)])
        base = [Part((foot,), colour=colour, material=material, bevel=0.8, radius=0.1)]
    else:
        base = _stand(length, colour, material, rng.random() < 0.4)
    return Shape((*base, *shade_parts), attributes)


def _stand(length: float, colour: str, material: str, tripod: bool) -> list[Part]:
    if tripod:
        legs = tuple(ribbon(np.linspace((0, 0), (x, length + y), 4), 0.055, 0.045) for x, y in ((-0.42, 0), (0.1, -0.08), (0.42, 0.02)))
        return [Part(legs, colour=colour, material=material, radius=0.03)]
    pole = ribbon(np.array([(0, -0.05), (0, length)]), 0.05, cap=False)
    foot = ellipse(0, length, 0.32, 0.07)
    return [Part((foot,), colour=colour, material=material, bevel=0.6, radius=0.05), Part((pole,), colour=colour, material=material, radius=0.03)]


def _turned(profile: list[tuple[float, float]]) -> Points:
    """A vessel from its right profile, top to bottom, flat at the top and slightly bowed at the foot."""
    first, last = profile[0], profile[-1]
    return mirrored([(0, first[1] + 0.01), (*first, 1), *profile[1:-1], (*last, 1), (0, last[1] + 0.05)])


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
        Part((_turned([(mouth, 0.01), *profile[1:]]),), material=material, patterned=True, bevel=0.9, radius=0.14, shadow=0.2),
    ]
    # The front of the rim hides the stems' feet: only the lower half of the mouth belongs to the body.
    return Shape(tuple(parts), {"form": form, "filling": filling})


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
        leaves.append(_leaf((x * 0.55, y * 0.42), (x * 0.55 + rng.uniform(-0.2, 0.2), y * 0.55 - 0.06), 0.08))
    return [Part(tuple(stems), colour="leaf", material="leaf", radius=0.02), Part(tuple(leaves), colour="leaf", material="leaf", tone=0.9, radius=0.04),
            Part(tuple(petals), colour=str(rng.choice(["second", "accent"])), material="leaf", bevel=0.7, radius=0.06, shadow=0.4), Part(tuple(hearts), colour="gold", bevel=0.5, radius=0.03)]


def _branches(mouth: float, rng: Generator) -> list[Part]:
    stems, leaves = [], []
    for share in np.linspace(-1, 1, int(rng.integers(3, 5))):
        x, y = share * rng.uniform(0.35, 0.6), -rng.uniform(0.6, 1.0)
        path = curve([(share * mouth * 0.5, 0.06), (x * 0.35, y * 0.5), (x, y)])
        stems.append(ribbon(path, 0.025, 0.012))
        for i in range(5, len(path), 2):
            for side in (-1, 1):
                tip = path[i] + np.array([side * rng.uniform(0.1, 0.16), -rng.uniform(0.02, 0.12)])
                leaves.append(_leaf(tuple(path[i]), tuple(tip), 0.07))
    return [Part(tuple(stems), colour="wood", material="wood", radius=0.02), Part(tuple(leaves), colour="leaf", material="leaf", bevel=0.6, radius=0.03)]


def _leaf(start: tuple[float, float], end: tuple[float, float], width: float) -> Points:
    """A pointed oval from stalk to tip."""
    a, b = np.array(start), np.array(end)
    normal = np.array([a[1] - b[1], b[0] - a[0]]) / max(float(np.hypot(*(b - a))), 1e-6) * width / 2
    middle = a + (b - a) * 0.45
    return outline([(*a, 1), tuple(middle + normal), (*b, 1), tuple(middle - normal)])


def mug(rng: Generator) -> Shape:
    top, low, tall = float(rng.uniform(0.4, 0.5)), float(rng.uniform(0.3, 0.48)), float(rng.uniform(0.72, 1.0))
    flat = float(rng.uniform(0.16, 0.26))
    form = str(rng.choice(["straight", "round", "tapered"]))
    belly = {"straight": max(top, low), "round": 0.56, "tapered": top * 0.94}[form]
    low = {"straight": top, "round": 0.34, "tapered": 0.28}[form]
    body = mirrored([(0, 0), (top, 0, 1), (belly, tall * 0.5), (low, tall, 1), (low * 0.6, tall + low * flat * 0.8), (0, tall + low * flat)])
    size = float(rng.uniform(0.24, 0.32))
    y = tall * 0.45
    ring = ribbon(curve([(top * 0.9, y - size * 0.9), (top + size * 0.9, y - size * 0.75), (top + size * 1.05, y + size * 0.4), (belly * 0.86, y + size)]), 0.11, 0.09)
    parts = (
        Part((ring,), material="ceramic", colour="main", bevel=0.8, radius=0.045),
        Part((body,), material="ceramic", patterned=True, bevel=0.85, radius=0.14),
        Part((ellipse(0, 0, top, top * flat),), material="ceramic", tone=1.05, bevel=0.2, shadow=0),
        Part((ellipse(0, 0.012, top * 0.9, top * flat * 0.86),), colour="trim", material="ceramic", tone=0.82, bevel=0.2, shadow=0),
        Part((ellipse(0, 0.035, top * 0.84, top * flat * 0.68),), colour="soil" if rng.random() < 0.6 else "gold", bevel=0.1, shadow=0),
    )
    return Shape(parts, {"form": form})


def teapot(rng: Generator) -> Shape:
    wide, tall = float(rng.uniform(0.5, 0.62)), float(rng.uniform(0.7, 0.92))
    body = mirrored([(0, -0.02), (wide * 0.5, 0.0), (wide * 0.98, tall * 0.42), (wide * 0.86, tall * 0.8), (wide * 0.5, tall, 1), (0, tall + 0.04)])
    spout = outline([(wide * 0.75, tall * 0.72, 1), (wide * 1.15, tall * 0.55), (wide * 1.3, tall * 0.1), (wide * 1.62, -0.04, 1), (wide * 1.72, 0.03, 1), (wide * 1.55, tall * 0.35), (wide * 1.25, tall * 0.85), (wide * 0.7, tall * 0.92, 1)])
    bail = rng.random() < 0.35
    path = [(-wide * 0.55, 0.1), (-wide * 0.8, -0.36), (0, -0.66), (wide * 0.8, -0.36), (wide * 0.55, 0.1)] if bail else \
        [(-wide * 0.75, tall * 0.12), (-wide * 1.4, tall * 0.05), (-wide * 1.5, tall * 0.5), (-wide * 0.86, tall * 0.78)]
    handle = ribbon(curve(path), 0.085)
    lid = mirrored([(0, -0.15), (wide * 0.28, -0.11), (wide * 0.52, 0.0, 1), (0, 0.045)])
    parts = (
        Part((handle,), colour="wood" if bail and rng.random() < 0.6 else "main", material="ceramic", bevel=0.8, radius=0.04),
        Part((spout,), material="ceramic", bevel=0.8, radius=0.06),
        Part((body,), material="ceramic", patterned=True, bevel=0.9, radius=0.15),
        Part((lid,), material="ceramic", tone=1.03, bevel=0.7, radius=0.06, shadow=0.4),
        Part((ellipse(0, -0.19, 0.075, 0.07),), colour="main" if rng.random() < 0.5 else "second", material="ceramic", bevel=0.8, radius=0.04),
    )
    return Shape(parts, {"handle": "top" if bail else "side"})


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
            marks.append(ellipse(*(direction * 0.72), 0.05 if main else 0.028, 0.05 if main else 0.028))
        else:
            length = (0.2 if main else 0.1) if numerals == "ticks" else (0.22 if main else 0.0)
            if length:
                marks.append(ribbon(np.array([direction * (0.8 - length), direction * 0.8]), 0.05 if main else 0.03, cap=False))
    minute, hour_angle = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    hands = [ribbon(np.linspace((-0.1 * np.sin(a), 0.1 * np.cos(a)), (n * np.sin(a), -n * np.cos(a)), 3), w, w * 0.5) for a, n, w in ((hour_angle, 0.42, 0.085), (minute, 0.64, 0.06))]
    ink = "dark" if face == "paper" else "trim"
    parts = [
        Part((plate(0.9 + thick),), colour="main" if face != "main" else str(rng.choice(["wood", "metal", "dark"])), material="plastic", patterned=face != "main", bevel=0.8, radius=0.05),
        Part((plate(0.9),), colour=face, material="paper", patterned=face == "main", bevel=0.12, radius=0.08, shadow=0.2),
        Part(tuple(marks), colour=ink, bevel=0, shadow=0),
        Part(tuple(hands), colour=ink, material="metal", bevel=0.2, radius=0.02, shadow=0.4),
        Part((ellipse(0, 0, 0.06, 0.06),), colour="gold", material="metal", radius=0.03),
    ]
    if rng.random() < 0.25:
        parts[:0] = [Part((ellipse(x, -0.92, 0.3, 0.22),), colour="metal", material="metal", bevel=0.8) for x in (-0.52, 0.52)]
        parts[:0] = [Part(tuple(ribbon(np.array([(x * 0.55, 0.8), (x * 0.72, 1.14)]), 0.1) for x in (-1, 1)), colour="metal", material="metal", radius=0.04)]
        form = "alarm"
    return Shape(tuple(parts), {"form": form, "numerals": numerals})


def pillow(rng: Generator) -> Shape:
    form = str(rng.choice(["square", "square", "oblong", "round"]))
    wide, tall = {"square": (0.8, 0.8), "oblong": (1.0, 0.6), "round": (0.8, 0.8)}[form]
    tall *= float(rng.uniform(0.9, 1.08))
    pinch = float(rng.uniform(0.05, 0.13))
    if form == "round":
        body = ellipse(0, 0, wide, tall)
    else:
        c = 1.02
        body = outline([(-wide * c, -tall * c, 1), (0, -tall * (1 - pinch)), (wide * c, -tall * c, 1), (wide * (1 - pinch), 0), (wide * c, tall * c, 1), (0, tall * (1 - pinch)), (-wide * c, tall * c, 1), (-wide * (1 - pinch), 0)])
    material = str(rng.choice(["fabric", "knit", "satin"]))
    finish = str(rng.choice(["plain", "piping", "button", "tassels"])) if form != "round" else str(rng.choice(["piping", "button"]))
    parts = []
    if finish == "tassels" and form != "round":
        tassels = [ellipse(x * wide * 1.06, y * tall * 1.06, 0.09, 0.09) for x in (-1, 1) for y in (-1, 1)]
        parts.append(Part(tuple(tassels), colour="second", material="knit", radius=0.05))
    elif finish == "piping":
        parts.append(Part((ribbon(np.concatenate([body, body[:1]]), 0.065, cap=False),), colour="second", bevel=0.6, radius=0.03))
    parts.append(Part((body,), material=material, patterned=True, bevel=0.95, radius=0.2))
    if finish == "button":
        creases = [ribbon(np.linspace((0, 0), (0.42 * np.cos(a), 0.42 * np.sin(a)), 3), 0.04, 0.004) for a in np.linspace(0.3, 6.2, 7)]
        parts += [seam(*creases, opacity=0.35), Part((ellipse(0, 0, 0.07, 0.07),), colour="second", bevel=0.8, radius=0.04)]
    return Shape(tuple(parts), {"form": form, "finish": finish, "cloth": material})


def frame(rng: Generator) -> Shape:
    """A framed picture; its art is a landscape, shapes, or a leaf."""
    wide, tall = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.7, 1.0))
    thick, mat = float(rng.uniform(0.07, 0.16)), float(rng.uniform(0.0, 0.22))
    art = str(rng.choice(["landscape", "shapes", "botanical"]))
    x, y = wide - thick - mat, tall - thick - mat
    parts = [
        Part((box(-wide, -tall, wide, tall),), material="wood", patterned=True, bevel=0.5, radius=0.03),
        Part((box(-wide + thick, -tall + thick, wide - thick, tall - thick),), colour="paper", material="paper", bevel=0.1, shadow=0),
        Part((box(-x, -y, x, y),), colour="glass" if art == "landscape" else "trim", material="paper", tone=0.97, bevel=0, shadow=0),
        *_ART[art](x, y, rng),
    ]
    inner = np.array([(-wide + thick, -tall + thick), (wide - thick, -tall + thick), (wide - thick, tall - thick), (-wide + thick, tall - thick), (-wide + thick, -tall + thick)])
    parts.append(seam(ribbon(inner, 0.025, cap=False), opacity=0.5, colour="dark"))
    return Shape(tuple(parts), {"art": art, "format": "portrait" if tall > wide else "landscape"})


def _landscape(x: float, y: float, rng: Generator) -> list[Part]:
    sun = ellipse(rng.uniform(-0.5, 0.5) * x, -y * rng.uniform(0.3, 0.6), x * 0.2, x * 0.2)
    parts = [Part((sun,), colour="gold", bevel=0, shadow=0)]
    for level, colour in ((0.05, "accent"), (0.3, "second"), (0.6, "leaf")):
        ridge = [(-x, y * (level + rng.uniform(-0.25, 0.15)), 1), (-x * 0.4, y * (level - rng.uniform(0, 0.4))), (x * 0.3, y * (level + rng.uniform(-0.2, 0.2))), (x, y * (level - rng.uniform(0, 0.3)), 1), (x, y, 1), (-x, y, 1)]
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
    leaves = [_leaf(tuple(path[i]), (path[i][0] + side * x * 0.62, path[i][1] - y * rng.uniform(0.12, 0.35)), min(x, y) * 0.26)
              for i in range(3, len(path), 2) for side in (-1, 1)]
    leaves = [np.clip(leaf, (-x, -y), (x, y)) for leaf in leaves]
    return [Part((ribbon(path, 0.03, 0.015), *leaves), colour=str(rng.choice(["leaf", "second", "dark"])), bevel=0.2, radius=0.03, shadow=0)]


_ART = {"landscape": _landscape, "shapes": _shapes, "botanical": _botanical}
