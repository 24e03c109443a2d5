"""Golden requests: one of every kind that the predictor answers."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from components.golden import golden
from components.message import PICTURE, picture_part
from components.system import Golden
from components.systems.visual_search.gallery import items_of
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.dataset import Dataset
from data.images import decode

__all__ = ["golden_requests"]

PICTURES = 4
LONG_SIDE_PX, SHORT_SIDE_PX = 512, 16  # within every limit of the service, whatever the data set's own files are


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """Pictures spread over the validation split, one as PNG, one cropped, one filtered, and an item of the gallery."""
    predictor = VisualSearchPredictor.open(bundle)
    held_out, gallery = items_of(dataset, "validation").items, items_of(dataset, "train").items
    rows = np.linspace(0, len(held_out) - 1, PICTURES).astype(int)
    shown = [_moderate(dataset.file(held_out["image"].iloc[row]).read_bytes()) for row in rows]
    pictures = [_encoded(image, "JPEG") for image in shown]
    width_px, height_px = shown[0].size
    requests: list[tuple[str, dict[str, Any], bytes | None]] = [
        *((f"picture-{number}", {"k": 10}, picture) for number, picture in enumerate(pictures)),
        ("png", {"k": 3}, _encoded(shown[0], "PNG")),
        ("box", {"k": 5, "box": [0, 0, width_px // 2, height_px // 2]}, pictures[0]),
        ("filter", {"k": 5, "filters": {"category": str(gallery["category"].iloc[0])}}, pictures[-1]),
        ("item", {"k": 5, "item_id": str(gallery["item_id"].iloc[-1])}, None),
    ]
    return [
        golden(predictor, name, Request, fields, {} if picture is None else {PICTURE: picture_part(picture)})
        for name, fields, picture in requests
    ]


def _moderate(picture: bytes) -> Image.Image:
    """The picture at a size that an upload may have."""
    image = Image.fromarray(decode(picture, LONG_SIDE_PX))
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    return image.resize((max(image.width, SHORT_SIDE_PX), max(image.height, SHORT_SIDE_PX)))


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()
