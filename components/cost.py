"""The cost of an answer where it is served: time and size."""

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from components.message import Message, answer_one
from components.metrics import Scalar
from components.system import Predictor

__all__ = ["cost"]


def cost(bundle: Path, predictor: Predictor, requests: Iterable[Message]) -> dict[str, Scalar]:
    """`latency_p50_ms` and `latency_p99_ms` of whole answers in process, one after the other, and `size_mb` on disk.

    requests: of the predictor's system; at least one.
    """
    taken_ms = []
    for request in requests:
        start = time.perf_counter()
        answer_one(predictor.answers, request)
        taken_ms.append((time.perf_counter() - start) * 1e3)
    size_bytes = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
    return {
        "latency_p50_ms": Scalar(value=float(np.quantile(taken_ms, 0.5)), unit="ms", direction="lower"),
        "latency_p99_ms": Scalar(value=float(np.quantile(taken_ms, 0.99)), unit="ms", direction="lower"),
        "size_mb": Scalar(value=size_bytes / 1e6, unit="MB", direction="lower"),
    }
