"""Outlines: closed polygons computed from few vertices, in the units of the object, y pointing down.

A vertex is `(x, y)` where the outline is smooth and `(x, y, 1)` at a corner.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Points", "Vertex", "box", "curve", "ellipse", "hull", "mirrored", "outline", "ribbon", "rounded"]

Points = NDArray[np.float64]  # (N, 2)
Vertex = Sequence[float]


def outline(vertices: Sequence[Vertex], closed: bool = True, detail: int = 7) -> Points:
    """A cubic Hermite (Catmull-Rom) curve through the vertices, straight between two corners."""
    points = np.array([vertex[:2] for vertex in vertices], dtype=np.float64)
    corner = [len(vertex) > 2 and bool(vertex[2]) for vertex in vertices]
    count = len(points)
    last = count if closed else count - 1
    time = np.linspace(0, 1, detail, endpoint=False)[:, None]
    pieces = []
    for i in range(last):
        j = (i + 1) % count
        start, end = points[i], points[j]
        if corner[i] and corner[j]:
            pieces.append(start[None])
            continue
        chord = end - start
        ends = i == 0 and not closed, j == count - 1 and not closed
        leave = chord if corner[i] or ends[0] else (end - points[i - 1]) / 2
        enter = chord if corner[j] or ends[1] else (points[(j + 1) % count] - start) / 2
        if corner[i] or ends[0]:  # a free end bends as the other end asks (a parabola)
            leave = (3 * chord - enter) / 2
        elif corner[j] or ends[1]:
            enter = (3 * chord - leave) / 2
        t2, t3 = time**2, time**3
        pieces.append(
            (2 * t3 - 3 * t2 + 1) * start + (t3 - 2 * t2 + time) * leave + (3 * t2 - 2 * t3) * end + (t3 - t2) * enter
        )
    if not closed:
        pieces.append(points[-1:])
    return np.concatenate(pieces)


def curve(vertices: Sequence[Vertex], detail: int = 7) -> Points:
    """An open curve through the vertices."""
    return outline(vertices, closed=False, detail=detail)


def mirrored(vertices: Sequence[Vertex], detail: int = 7) -> Points:
    """A closed outline from its right half, given from the top to the bottom; the axis is x = 0."""
    left = [(-vertex[0], *vertex[1:]) for vertex in reversed(vertices) if abs(vertex[0]) > 1e-9]
    return outline([*vertices, *left], detail=detail)


def ellipse(x: float, y: float, rx: float, ry: float, start: float = 0.0, stop: float = 2 * np.pi) -> Points:
    """An ellipse, or its sector's arc from `start` to `stop` radians (0 right, pi/2 down)."""
    angle = np.linspace(start, stop, 40, endpoint=abs(stop - start) < 2 * np.pi - 1e-6)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float, radius: float = 0.0) -> Points:
    """An upright rectangle, its corners rounded by `radius`."""
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)
    return rounded(corners, radius) if radius > 0 else corners


def rounded(polygon: Points, radius: float, detail: int = 5) -> Points:
    """The polygon with each corner replaced by a quadratic curve that starts at most `radius` before it."""
    before = np.roll(polygon, 1, axis=0) - polygon
    after = np.roll(polygon, -1, axis=0) - polygon
    time = np.linspace(0, 1, detail)[:, None]
    pieces = []
    for point, back, ahead in zip(polygon, before, after, strict=True):
        long_back, long_ahead = np.hypot(*back), np.hypot(*ahead)
        start = point + back * min(radius / max(long_back, 1e-9), 0.45)
        end = point + ahead * min(radius / max(long_ahead, 1e-9), 0.45)
        pieces.append((1 - time) ** 2 * start + 2 * time * (1 - time) * point + time**2 * end)
    return np.concatenate(pieces)


def ribbon(path: Points, width: float, end_width: float | None = None, cap: bool = True) -> Points:
    """The outline of a stroke along `path`, `width` units wide at its start and `end_width` at its end."""
    end_width = width if end_width is None else end_width
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half = np.linspace(width, end_width, len(path))[:, None] / 2
    left, right = path + across * half, path - across * half
    if not cap:
        return np.concatenate([left, right[::-1]])
    angle = np.linspace(np.pi / 2, -np.pi / 2, 6)[1:-1, None]
    head = path[-1] + half[-1] * (np.cos(angle) * along[-1] + np.sin(angle) * across[-1])
    tail = path[0] - half[0] * (np.cos(angle) * along[0] + np.sin(angle) * across[0])
    return np.concatenate([left, head, right[::-1], tail])


def hull(points: Points) -> Points:
    """The convex hull, counter-clockwise (Andrew's monotone chain)."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]

    def chain(rows: Points) -> list[NDArray[np.float64]]:
        kept: list[NDArray[np.float64]] = []
        for row in rows:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-1] - kept[-2], row - kept[-2]
                if ax * by - ay * bx > 0:
                    break
                kept.pop()
            kept.append(row)
        return kept[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))
