"""Evaluation: the share of points whose nearest label is their own, and on demand how well `a` is told by its score."""

import json
import os
from pathlib import Path

import pandas as pd
from components.systems.centroid.config import Config
from components.systems.centroid.predictor import open_bundle
from components.systems.centroid.train import points
from components.systems.centroid.types import Request

from components.evaluation import Evaluation
from components.metrics import Auc, Metric, Scalar, means
from components.system import Progress
from data.dataset import Dataset

__all__ = ["evaluate"]


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    progress("ask", 0, 1, {})
    predictor = open_bundle(bundle)
    frame = points(dataset, config.split)
    answers = [predictor.answer(Request(k=2), json.dumps([row.x, row.y]).encode()) for row in frame.itertuples()]
    examples = pd.DataFrame(
        {
            "accuracy": (frame["category"] == [answer.labels[0] for answer in answers]).astype(float).to_numpy(),
            "is_a": (frame["category"] == "a").astype(float).to_numpy(),
            "score_a": [answer.scores[answer.labels.index("a")] for answer in answers],
            "category": frame["category"].to_numpy(),
        },
        index=pd.Index(frame["item_id"], name="example_id"),
    )
    (out / "picture.txt").write_text("what a person would look at")
    latency_ms = float(os.environ.get("CENTROID_LATENCY_MS", "1"))
    scalars = {
        "latency_p99_ms": Scalar(value=latency_ms, unit="ms", direction="lower"),
        "size_mb": Scalar(value=0.1, unit="MB", direction="lower"),
    }
    if config.evaluation == "auc":
        auc = Metric(name="auc", statistic=Auc(label="is_a", score="score_a"), direction="higher")
        return Evaluation(examples, (*means(["accuracy"]), auc), (), scalars, ("picture.txt",))
    return Evaluation(examples, means(["accuracy"]), ("category",), scalars, ("picture.txt",))
