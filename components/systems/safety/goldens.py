"""Golden requests: one of every kind that the predictor answers, none of them from the data."""

from pathlib import Path
from typing import Any

import numpy as np

from components.golden import golden
from components.message import picture_part
from components.system import Golden
from components.systems.safety.predictor import SafetyPredictor
from components.systems.safety.types import Request
from data.dataset import Dataset

__all__ = ["golden_requests"]

TEXTS = {
    "kind": "What a lovely dress",
    "cross": "you are a stupid liar",
    "spelt": "you are a st\u200bup1d l i a r",
    "unread": "привет",
}
SIDE_PX = 64


def golden_requests(bundle: Path, dataset: Dataset) -> list[Golden]:  # noqa: ARG001
    """Texts, one of them misspelt, and a plain picture where pictures are checked."""
    predictor = SafetyPredictor.open(bundle)
    requests: dict[str, dict[str, Any]] = {name: {"text": text} for name, text in TEXTS.items()}
    made = [golden(predictor, name, Request, fields) for name, fields in requests.items()]
    if predictor.pictures is not None:
        part = {"picture": picture_part(_plain_picture())}
        made += [golden(predictor, "picture", Request, fields, part) for fields in ({"text": TEXTS["kind"]},)]
    return made


def _plain_picture() -> bytes:
    import simplejpeg

    shade = np.linspace(0, 255, SIDE_PX, dtype=np.uint8)
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(np.stack(np.meshgrid(shade, shade) * 2, -1)[..., :3]))
    return encoded
