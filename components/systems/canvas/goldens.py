"""Golden requests: one of every task."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from components.golden import golden
from components.message import PICTURE, picture_part
from components.system import Golden
from components.systems.canvas.conditions import CATEGORY
from components.systems.canvas.items import items_of
from components.systems.canvas.predictor import MASK, open_bundle
from components.systems.canvas.types import Request
from data.dataset import Dataset
from data.images import decode

__all__ = ["golden_requests"]

LONG_SIDE_PX = 256


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """A picture of a category, and a validation photo filled, with another background, and extended."""
    predictor = open_bundle(bundle)
    category = predictor.sampler.conditions.values[CATEGORY][0]
    photo = Image.fromarray(decode(dataset.file(items_of(dataset, "validation")["image"].iloc[0]).read_bytes()))
    photo.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    middle = np.zeros((photo.height, photo.width), np.uint8)
    middle[photo.height // 4 : photo.height // 2, photo.width // 4 : photo.width // 2] = 255
    picture, mask = picture_part(_png(photo)), picture_part(_png(Image.fromarray(middle)))
    around = picture_part(_png(Image.fromarray(255 - middle)))
    aspect = 3.0 if photo.width < 2 * photo.height else 1.0
    requests: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("generate", {"category": category, "seed": 7, "steps": 4}, {}),
        *(
            [("student", {"category": category, "seed": 7, "student_steps": 2}, {})]
            if predictor.sampler.student is not None
            else []
        ),
        ("fill", {"task": "fill", "category": category, "steps": 4}, {PICTURE: picture, MASK: mask}),
        ("background", {"task": "background", "steps": 4, "guidance": 1.0}, {PICTURE: picture, MASK: around}),
        ("extend", {"task": "extend", "aspect": aspect, "steps": 4}, {PICTURE: picture}),
    ]
    return [golden(predictor, name, Request, fields, parts) for name, fields, parts in requests]


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
