"""Golden requests: a point in the middle."""

from pathlib import Path

from components.systems.margin.predictor import open_bundle
from components.systems.margin.types import Request

from components.golden import golden
from components.system import Golden, Inputs
from data.dataset import Dataset

__all__ = ["golden_requests"]


def golden_requests(bundle: Path, dataset: Dataset, inputs: Inputs) -> list[Golden]:
    return [golden(open_bundle(bundle, 1, inputs), "far", Request, {"x": 9.0, "y": 0.0})]
