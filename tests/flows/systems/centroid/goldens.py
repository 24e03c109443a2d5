"""Golden requests: a point in the middle."""

from collections.abc import Sequence
from pathlib import Path

from components.systems.centroid.predictor import open_bundle
from components.systems.centroid.types import Request

from components.system import Golden
from data.dataset import Dataset

__all__ = ["golden_requests"]


def golden_requests(bundle: Path, dataset: Dataset) -> Sequence[Golden]:
    picture = b"[0.0, 0.0]"
    answer = open_bundle(bundle).answer(Request(k=2), picture).model_dump(mode="json")
    return [Golden("origin", {"k": 2}, picture, answer)]
