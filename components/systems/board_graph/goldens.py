"""Golden requests: one of every kind that the predictor answers."""

from pathlib import Path
from typing import Any

import numpy as np

from components.golden import golden
from components.system import Golden, Inputs
from components.systems.board_graph.predictor import open_bundle
from components.systems.board_graph.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]


def golden_requests(bundle: Path, dataset: Dataset, inputs: Inputs) -> list[Golden]:  # noqa: ARG001 - the bundle is whole
    """A board by its id, some of its items, one item alone, items that nobody knows, new ones, and boards alike."""
    predictor = open_bundle(bundle)
    graph = predictor.graph
    board = int(np.argmax(graph.items_of.degrees() >= 3))
    items = [graph.items.names[row] for row in graph.items_of[board][:3].tolist()]
    requests: dict[str, dict[str, Any]] = {
        "board": {"board_id": graph.boards.names[board], "k": 5},
        "items": {"items": items, "k": 5, "boards": 3},
        "one-item": {"items": items[:1], "k": 10, "explain": False},
        "unknown": {"items": ["no such item"], "k": 3},
        "new": {"items": items, "among": "new", "k": 3},
        "without": {"items": items[1:], "without": items[:1], "k": 3},
    }
    return [golden(predictor, name, Request, fields) for name, fields in requests.items()]
