"""Golden requests: a point in the middle."""

from collections.abc import Sequence
from pathlib import Path

from components.systems.centroid.predictor import open_bundle
from components.systems.centroid.types import Request

from components.golden import golden
from components.message import PICTURE, Part
from components.system import Golden
from data.dataset import Dataset

__all__ = ["golden_requests"]


def golden_requests(bundle: Path, dataset: Dataset) -> Sequence[Golden]:
    parts = {PICTURE: Part(b"[0.0, 0.0]", "application/json")}
    return [golden(open_bundle(bundle), "origin", Request, {"k": 2}, parts)]
