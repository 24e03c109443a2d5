"""Golden requests: one of every kind that the predictor answers."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from components.golden import golden
from components.message import PICTURE, picture_part
from components.system import Golden
from components.systems.scene_parsing.predictor import open_bundle
from components.systems.scene_parsing.truths import truths_of
from components.systems.scene_parsing.types import Request
from data.dataset import Dataset
from data.images import decode

__all__ = ["golden_requests"]

PICTURES = 3
LONG_SIDE_PX = 256  # few pixels lie so near to two labels that another processor's rounding decides


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:
    """Pictures spread over the validation split, one as PNG, one that is a single pixel, and a panorama."""
    predictor = open_bundle(bundle)
    truths = truths_of(dataset, "validation", predictor.parser.labels)
    rows = np.linspace(0, len(truths) - 1, PICTURES).astype(int)
    shown = [_moderate(truths[row].image.read_bytes()) for row in rows]
    requests = [
        *((f"picture-{number}", 0.0, _encoded(image, "JPEG")) for number, image in enumerate(shown)),
        ("png", 0.5, _encoded(shown[0], "PNG")),
        ("pixel", 0.0, _encoded(shown[0].resize((1, 1)), "PNG")),
        ("panorama", 0.0, _encoded(shown[0].resize((600, 20)), "JPEG")),
    ]
    return [
        golden(predictor, name, Request, {"least_score": least}, {PICTURE: picture_part(picture)})
        for name, least, picture in requests
    ]


def _moderate(picture: bytes) -> Image.Image:
    image = Image.fromarray(decode(picture, LONG_SIDE_PX))
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    return image


def _encoded(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()
