"""Sheets of made pictures for people to look at.

Legend: N pictures, S side in pixels.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["SAMPLES", "copy_samples", "write_fills", "write_grid", "write_neighbours", "write_samples"]

COLUMNS = 10
SAMPLES = "samples.jpg"


def write_grid(made_NSS3: np.ndarray, category_N: np.ndarray, out: Path) -> str:
    """`made.png`: a row for each of the commonest categories."""
    names, count = np.unique(category_N, return_counts=True)
    common = [name for name in names[np.argsort(-count, kind="stable")] if (category_N == name).sum() >= 2][:COLUMNS]
    rows = [_line(made_NSS3[np.flatnonzero(category_N == name)[:COLUMNS]]) for name in common or names[:1]]
    return _written(np.concatenate(rows), out / "made.png")


def write_neighbours(made_NSS3: np.ndarray, training_MSS3: np.ndarray, neighbour_N: np.ndarray, out: Path) -> str:
    """`neighbours.png`: made pictures above the training photos nearest to them."""
    chosen = np.linspace(0, len(made_NSS3) - 1, COLUMNS).astype(int)
    lines = [_line(made_NSS3[chosen]), _line(np.asarray(training_MSS3[neighbour_N[chosen]]))]
    return _written(np.concatenate(lines), out / "neighbours.png")


def write_fills(kinds: Sequence[np.ndarray], out: Path) -> str:
    """`fills.png`: what is shown, what is made of it, the nearest training photo's part, a blur, and the truth."""
    lines = [_line(kind_NSS3[:COLUMNS].astype(np.uint8)) for kind_NSS3 in kinds]
    return _written(np.concatenate(lines), out / "fills.png")


def write_samples(made_NSS3: np.ndarray, epoch: int, work: Path) -> Path:
    """`samples.jpg` in `work`: pictures of fixed seeds after each validation so far, a row each, the first on top."""
    folder = work / "samples"
    folder.mkdir(exist_ok=True)
    _written(_line(made_NSS3), folder / f"{epoch:05}.png")
    rows = [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))]
    return work / _written(np.concatenate(rows), work / SAMPLES)


def copy_samples(bundle: Path, out: Path) -> tuple[str, ...]:
    """The time line that training left in the bundle, beside the other sheets."""
    return (Path(shutil.copy(bundle / SAMPLES, out)).name,)


def _line(pictures_NSS3: np.ndarray) -> np.ndarray:
    empty = COLUMNS - len(pictures_NSS3)
    filled = np.pad(pictures_NSS3, ((0, empty), (0, 0), (0, 0), (0, 0)), constant_values=255)
    return np.concatenate(list(filled), axis=1)


def _written(sheet_HW3: np.ndarray, path: Path) -> str:
    Image.fromarray(sheet_HW3).save(path)
    return path.name
