"""Surfaces behind and below the objects, each drawn so that a subject of a given colour stands out.

Legend: H, W pixels; a canvas is (H, W, 3) float32 sRGB in 0..1.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from data.world.palettes import Colour, distance, oklch

__all__ = [
    "Canvas",
    "boards",
    "calm",
    "clutter",
    "floor_in_perspective",
    "grid",
    "linen",
    "marble",
    "studio",
    "tiles",
    "wall",
    "woven",
]

Canvas = NDArray[np.float32]

Plane = NDArray[np.float32]


def grid(size: int) -> tuple[Plane, Plane]:
    """x (1, W) and y (H, 1) in 0..1."""
    line = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    return line[None, :], line[:, None]


def _noise(rng: Generator, size: int, rows: int, columns: int) -> Plane:
    """Smooth noise around 0, about one wide."""
    field = Image.fromarray(rng.random((rows, columns), dtype=np.float32) - np.float32(0.5))
    return np.asarray(field.resize((size, size), Image.Resampling.BICUBIC))


def calm(rng: Generator, away_from: Colour, light: tuple[float, float] = (0.55, 0.95)) -> Colour:
    """A muted colour that the object stands out from."""
    best, best_distance = oklch(0.9, 0.01, 90), 0.0
    for _ in range(6):
        colour = oklch(rng.uniform(*light), rng.choice([0.012, 0.035, 0.06]), rng.uniform(0, 360))
        apart = distance(colour, away_from)
        if apart > 0.22:
            return colour
        if apart > best_distance:
            best, best_distance = colour, apart
    return best


def _wood_tone(rng: Generator, away_from: Colour) -> Colour:
    tones = [oklch(lightness, rng.uniform(0.03, 0.08), rng.uniform(50, 78)) for lightness in (0.4, 0.58, 0.72, 0.84)]
    rng.shuffle(tones)
    return next((tone for tone in tones if distance(tone, away_from) > 0.18), tones[0])


def _planks(size: int, rng: Generator, base: Colour, x: Plane, y: Plane, count: float) -> Canvas:
    """Boards along y (broadcast over x), with grain and joints."""
    board = np.floor(x * count)
    edge = np.abs(x * count - np.round(x * count))
    shade = rng.uniform(0.88, 1.1, 97).astype(np.float32)[board.astype(np.int32) % 97]
    offset = rng.random(97, dtype=np.float32)[board.astype(np.int32) % 97]
    grain = np.sin(x * count * 17 + offset * 40 + 4 * np.sin(y * 4 + offset * 20)) * np.float32(0.018)
    joint = np.abs((y * 1.4 + offset) % 1 - 0.5) < 0.006
    tone = shade * (1 + grain) * np.where((edge < 0.035) | joint, np.float32(0.72), np.float32(1))
    tone = tone + _noise(rng, size, 30, 5) * np.float32(0.06)
    return base * tone[..., None]


def boards(size: int, rng: Generator, subject: Colour) -> Canvas:
    x, y = grid(size)
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    base = calm(rng, subject, (0.8, 0.95)) if rng.random() < 0.3 else _wood_tone(rng, subject)
    return _planks(size, rng, base, (u + 3).astype(np.float32), (v + 3).astype(np.float32), rng.uniform(4, 8))


def linen(size: int, rng: Generator, subject: Colour) -> Canvas:
    base = calm(rng, subject)
    threads = rng.standard_normal((size, 1), dtype=np.float32) + rng.standard_normal((1, size), dtype=np.float32)
    speck = rng.standard_normal((size, size), dtype=np.float32)
    folds = _noise(rng, size, 4, 5) * np.float32(0.22) + _noise(rng, size, 12, 3) * np.float32(0.06)
    return base * (1 + threads * np.float32(0.018) + speck * np.float32(0.02) + folds)[..., None]


def studio(size: int, rng: Generator, subject: Colour) -> Canvas:
    x, y = grid(size)
    base, other = calm(rng, subject), calm(rng, subject)
    if rng.random() < 0.5:
        amount = np.clip(np.hypot(x - rng.uniform(0.3, 0.7), y - rng.uniform(0.2, 0.6)) * 1.1, 0, 1)
    else:
        angle = rng.uniform(0, np.pi)
        amount = np.clip(0.5 + (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle), 0, 1)
    return base + (other - base) * (amount * np.float32(rng.uniform(0.3, 1)))[..., None].astype(np.float32)


def marble(size: int, rng: Generator, subject: Colour) -> Canvas:
    light = distance(subject, oklch(0.93, 0.01, 90)) > 0.15
    base, vein = (
        (oklch(0.93, 0.008, rng.uniform(0, 360)), oklch(0.66, 0.015, 240))
        if light
        else (oklch(0.36, 0.02, 200), oklch(0.8, 0.02, 80))
    )
    x, y = grid(size)
    warp = (
        x * np.float32(rng.uniform(-3, 3))
        + y * np.float32(rng.uniform(1, 3))
        + _noise(rng, size, 5, 5) * 2.2
        + _noise(rng, size, 14, 14) * 0.6
    )
    amount = np.exp(-np.abs(np.sin(warp * 2)) * 9) * (0.4 + 0.8 * (_noise(rng, size, 6, 6) + 0.5))
    cloud = _noise(rng, size, 4, 4) * np.float32(0.05)
    return base * (1 + cloud)[..., None] + (vein - base) * np.clip(amount, 0, 0.8)[..., None].astype(np.float32)


def woven(size: int, rng: Generator, subject: Colour) -> Canvas:
    """A woven mat: two close tones in a basket weave."""
    x, y = grid(size)
    base = calm(rng, subject)
    count, angle = rng.uniform(14, 34), rng.choice([0.0, np.pi / 4])
    u, v = (x * np.cos(angle) + y * np.sin(angle)) * count, (y * np.cos(angle) - x * np.sin(angle)) * count
    weave = np.where((np.floor(u) + np.floor(v)) % 2 == 0, np.sin(u * 12.6), np.sin(v * 12.6)).astype(np.float32)
    return base * (1 + weave * np.float32(0.05) + _noise(rng, size, 6, 6) * np.float32(0.12))[..., None]


def tiles(size: int, rng: Generator, subject: Colour) -> Canvas:
    x, y = grid(size)
    base = calm(rng, subject)
    count = rng.uniform(3, 7)
    ratio, shift = (2.0, 0.5) if rng.random() < 0.5 else (1.0, 0.0)
    row = np.floor(y * count * ratio + rng.random())
    u = x * count + row * shift
    v = y * count * ratio + rng.random()
    row, column = np.floor(v), np.floor(u)
    tone = (0.95 + 0.09 * rng.random(101, dtype=np.float32))[(row * 17 + column * 5).astype(np.int32) % 101]
    grout = (np.abs(u - np.round(u)) < 0.025) | (np.abs(v - np.round(v)) < 0.025 * ratio)
    return base * np.where(grout, np.float32(rng.choice([0.82, 1.1])), tone)[..., None]


def wall(size: int, rng: Generator, subject: Colour) -> Canvas:
    """Plaster, wallpaper, panelling or brick."""
    style = str(rng.choice(["plaster", "stripes", "panels", "tiles"]))
    if style == "tiles":
        return tiles(size, rng, subject)
    x, _ = grid(size)
    base = calm(rng, subject)
    tone = (
        1
        + _noise(rng, size, 5, 5) * np.float32(0.1)
        + rng.standard_normal((size, size), dtype=np.float32) * np.float32(0.008)
    )
    if style == "stripes":
        tone = tone * (1 + np.float32(0.07) * np.sign(np.sin(x * np.float32(rng.uniform(20, 70)))))
    elif style == "panels":
        u = np.abs((x * np.float32(rng.uniform(1.2, 3)) + np.float32(rng.random())) % 1 - 0.5)
        tone = tone * (
            1
            + np.where(np.abs(u - 0.4) < 0.012, np.float32(-0.14), 0)
            + np.where(np.abs(u - 0.425) < 0.012, np.float32(0.1), 0)
        )
    return base * tone[..., None].astype(np.float32)


def clutter(size: int, rng: Generator, subject: Colour) -> Canvas:
    """A room far out of focus: blurred boxes and lights."""
    small = 56
    base = calm(rng, subject, (0.45, 0.9))
    sheet = Image.new("RGB", (small, small), tuple(int(value * 255) for value in base))
    draw = ImageDraw.Draw(sheet)
    for _ in range(int(rng.integers(8, 18))):
        x, y, w, h = rng.uniform(-6, small), rng.uniform(-6, small), rng.uniform(4, 22), rng.uniform(4, 22)
        tint = 0.6 * calm(rng, subject, (0.35, 0.95)) + 0.4 * base
        shape = draw.ellipse if rng.random() < 0.4 else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(int(value * 255) for value in tint))
    blurred = sheet.filter(ImageFilter.GaussianBlur(rng.uniform(1.5, 3.5))).resize(
        (size, size), Image.Resampling.BICUBIC
    )
    return np.asarray(blurred, dtype=np.float32) * np.float32(1 / 255)


def floor_in_perspective(size: int, rng: Generator, subject: Colour, horizon: float) -> Canvas:
    """The floor in perspective, (H, W, 3); only rows below the horizon are used."""
    x, y = grid(size)
    depth = np.maximum((y - np.float32(horizon)) / np.float32(1 - horizon), 0) + np.float32(0.45)
    u, v = (x - 0.5) / depth + 3, 2 / depth + 3 + 0 * x
    style = str(rng.choice(["wood", "wood", "carpet", "tiles"]))
    if style == "wood":
        return _planks(
            size, rng, _wood_tone(rng, subject), u.astype(np.float32), v.astype(np.float32), rng.uniform(5, 9)
        )
    base = calm(rng, subject, (0.45, 0.88))
    if style == "tiles":
        count = rng.uniform(3, 6)
        checker = (np.floor(u * count) + np.floor(v * count)) % 2
        return base * (1 - np.float32(rng.uniform(0.03, 0.22)) * checker)[..., None].astype(np.float32)
    speck = rng.standard_normal((size, size), dtype=np.float32) * np.float32(0.025)
    return base * (1 + speck + _noise(rng, size, 5, 5) * np.float32(0.1))[..., None]
