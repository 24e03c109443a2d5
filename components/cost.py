"""What an answer costs where it is served: time and size."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from components.system import Predictor

__all__ = ["cost"]


def cost(bundle: Path, predictor: Predictor, asked: Iterable[tuple[Any, bytes | None]]) -> dict[str, float]:
    """`latency_p50_ms` and `latency_p99_ms` of whole answers in process, one after the other, and `size_mb` on disk.

    asked: requests of the predictor's system, each with its picture or None; at least one.
    """
    taken_ms = []
    for request, picture in asked:
        start = time.perf_counter()
        predictor.answer(request, picture)
        taken_ms.append((time.perf_counter() - start) * 1e3)
    size_bytes = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    return {
        "latency_p50_ms": float(np.quantile(taken_ms, 0.5)),
        "latency_p99_ms": float(np.quantile(taken_ms, 0.99)),
        "size_mb": size_bytes / 1e6,
    }
