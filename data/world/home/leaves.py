"""Leaves."""

import numpy as np

from data.world.curves import Points, curve, outline

__all__ = ["blade", "leaf"]


def leaf(start: tuple[float, float], end: tuple[float, float], width: float) -> Points:
    """A pointed oval from stalk to tip."""
    a, b = np.array(start), np.array(end)
    normal = np.array([a[1] - b[1], b[0] - a[0]]) / max(float(np.hypot(*(b - a))), 1e-6) * width / 2
    middle = a + (b - a) * 0.45
    return outline([(*a, 1), tuple(middle + normal), (*b, 1), tuple(middle - normal)])


def blade(start: tuple[float, float], end: tuple[float, float], width: float, bow: float) -> Points:
    """A long leaf that bows sideways and ends in a point."""
    a, b = np.array(start), np.array(end)
    normal = np.array([a[1] - b[1], b[0] - a[0]])
    path = curve([tuple(a), tuple((a + b) / 2 + normal * bow), tuple(b)], detail=9)
    swell = np.sin(np.linspace(0.12, 1, len(path)) * np.pi) ** 0.7
    along = np.gradient(path, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    edge = across * (swell * width / 2)[:, None]
    return np.concatenate([path + edge, (path - edge)[::-1]])
