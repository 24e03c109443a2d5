"""How the processor time of tables, of a fit and of an index grows: from 10⁵ to 10⁷ events, from 10⁴ to 10⁶ items.

The exponent is that of the last tenfold growth, which is the larger one where fixed costs flatten the first.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

EVENTS, ITEMS = (100_000, 1_000_000, 10_000_000), (10_000, 100_000, 1_000_000)
BAR, DIM, HISTORY, CATALOGUE, WINDOW = 1.15, 64, 100, 20_000, 5


def run() -> list[Row]:
    """Seconds at growing sizes, and how they grow."""
    from corkboard.bench._events import write_log
    from corkboard.bench._index_gallery import make

    def tables(folder: Path, events: int) -> float:
        write_log(folder / "log.parquet", events)
        return _seconds("corkboard.bench._events", str(folder / "log.parquet"), str(folder), "ours")

    def index(folder: Path, items: int) -> float:
        make(folder, items, DIM)
        return _seconds("corkboard.bench._index_ours", str(folder), "prepare")

    return [
        *_rows("events into tables", EVENTS, tables),
        *_rows("counting transitions", EVENTS, _transitions),
        *_rows(f"an index of {DIM} dimensions", ITEMS, index),
    ]


def _transitions(_: Path, events: int) -> float:
    """The fit of the item-transition graph: histories of 100 events over items by a power law."""
    from components.transitions import TransitionConfig, TransitionGraph

    item_E = (CATALOGUE * np.random.default_rng(0).random(events) ** 3).astype(np.int32)
    offset_U1 = np.arange(0, events + 1, HISTORY)
    before = resource.getrusage(resource.RUSAGE_SELF)
    config = TransitionConfig.model_validate({"window": WINDOW})
    TransitionGraph.count(item_E, offset_U1, CATALOGUE, config)
    return _between(before, resource.getrusage(resource.RUSAGE_SELF))


def _seconds(module: str, *arguments: str) -> float:
    """Processor time of a command and of what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    return _between(before, resource.getrusage(resource.RUSAGE_CHILDREN))


def _between(before: Any, after: Any) -> float:
    return float(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def _rows(name: str, sizes: tuple[int, ...], measure: Callable[[Path, int], float]) -> list[Row]:
    seconds = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            seconds.append(measure(Path(folder), size))
    made = [Row(f"{name}: {size:g}", took, None, "s") for size, took in zip(sizes, seconds, strict=True)]
    exponents = np.log10(np.array(seconds[1:]) / np.array(seconds[:-1])) / np.log10(np.array(sizes[1:]) / sizes[:-1])
    return [*made, Row(f"{name}: growth, exponent", float(exponents[-1]), BAR, "1")]
