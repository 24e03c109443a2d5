"""Golden requests: one of every kind that the predictor answers."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from components.system import Golden
from components.systems.visual_search.gallery import items_of
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

PICTURES = 4


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """Pictures spread over the validation split, one as PNG, one cropped, one filtered, and an item of the gallery."""
    predictor = VisualSearchPredictor.open(bundle)
    held_out, gallery = items_of(dataset, "validation").items, items_of(dataset, "train").items
    rows = np.linspace(0, len(held_out) - 1, PICTURES).astype(int)
    pictures = [dataset.file(held_out["image"].iloc[row]).read_bytes() for row in rows]
    with Image.open(io.BytesIO(pictures[0])) as first:
        width_px, height_px = first.size
        png = io.BytesIO()
        first.convert("RGB").resize((64, 64)).save(png, "PNG")
    asked: list[tuple[str, dict[str, Any], bytes | None]] = [
        *((f"picture-{number}", {"k": 10}, picture) for number, picture in enumerate(pictures)),
        ("png", {"k": 3}, png.getvalue()),
        ("box", {"k": 5, "box": [0, 0, min(width_px, height_px) // 2, min(width_px, height_px) // 2]}, pictures[0]),
        ("filter", {"k": 5, "filters": {"category": str(gallery["category"].iloc[0])}}, pictures[-1]),
        ("item", {"k": 5, "item_id": str(gallery["item_id"].iloc[-1])}, None),
    ]
    return [
        Golden(name, request, picture, predictor.answer(Request(**request), picture).model_dump(mode="json"))
        for name, request, picture in asked
    ]
