"""A row of the benchmark of ads, and what is told while it is made."""

import sys
from typing import Any

__all__ = ["row_of", "told"]


def row_of(metric: str, ours: float | None, peer: float | None, peer_name: str | None, unit: str) -> dict[str, Any]:
    """peer: None where there is none, or none that a ratio means anything of."""
    row = {"bench": "ads", "metric": metric, "ours": None if ours is None else float(ours), "peer": peer}
    return row | {"peer_name": peer_name, "ratio": ours / peer if ours is not None and peer else None, "unit": unit}


def told(what: str) -> None:
    print(f"ads: {what}", file=sys.stderr, flush=True)  # noqa: T201
