"""Evaluation: the share of points whose nearest label is their own."""

import json
import os
from pathlib import Path

import pandas as pd
from components.systems.centroid.config import Config
from components.systems.centroid.predictor import open_bundle
from components.systems.centroid.train import points
from components.systems.centroid.types import Request

from components.evaluation import Evaluation
from components.system import Progress
from data.dataset import Dataset

__all__ = ["evaluate"]


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    progress("ask", 0, 1, {})
    predictor = open_bundle(bundle)
    frame = points(dataset, config.split)
    found = [predictor.answer(Request(), json.dumps([row.x, row.y]).encode()).labels[0] for row in frame.itertuples()]
    examples = pd.DataFrame(
        {"accuracy": (frame["category"] == found).astype(float).to_numpy(), "category": frame["category"].to_numpy()},
        index=pd.Index(frame["item_id"], name="example_id"),
    )
    (out / "picture.txt").write_text("what a person would look at")
    scalars = {"latency_p99_ms": float(os.environ.get("CENTROID_LATENCY_MS", "1")), "size_mb": 0.1}
    return Evaluation(examples, ("accuracy",), ("category",), scalars, ("picture.txt",))
