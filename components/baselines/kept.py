"""Cached figures of baselines: a slow baseline is measured once per version of the data and settings.

Legend: B examples.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.files import atomic
from data.locks import locked
from data.project import home

__all__ = ["Figures", "kept"]

COLUMN, SCALAR = "column ", "scalar "  # begin the names in the file


@dataclass(frozen=True)
class Figures:
    """Figures of a baseline: columns with one value per example, float64 (B,), and figures over all examples."""

    columns: dict[str, np.ndarray]
    scalars: dict[str, float]


def kept(question: Mapping[str, Any], measure: Callable[[], Figures]) -> Figures:
    """The figures that `measure` returns, cached under `question` for all candidates and champions.

    question: all that decides the figures, as JSON takes it: the baseline's name, the version of the data, the split,
    the settings, the hash of the code and the versions of its libraries. While one process measures, others with the
    same question wait for it.
    """
    content = json.dumps(question, sort_keys=True)
    path = home() / "cache" / "baselines" / f"{hashlib.sha256(content.encode()).hexdigest()[:24]}.npz"
    with locked(path.with_suffix(".lock"), lambda: None):
        if not path.is_file():
            figures = measure()
            named = {f"{COLUMN}{name}": column for name, column in figures.columns.items()}
            named |= {f"{SCALAR}{name}": np.array(value) for name, value in figures.scalars.items()}
            with atomic(path) as file:
                np.savez(file, **named)  # type: ignore[arg-type]
    with np.load(path) as stored:
        return Figures(
            {name.removeprefix(COLUMN): stored[name] for name in stored.files if name.startswith(COLUMN)},
            {name.removeprefix(SCALAR): float(stored[name]) for name in stored.files if name.startswith(SCALAR)},
        )
