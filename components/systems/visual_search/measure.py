"""Evaluation of an opened bundle: the pictures go through the predictor that will serve them.

Legend: Q queries, N gallery items, D dimensions, C categories.
"""

from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from components.cost import cost
from components.evaluation import Evaluation
from components.message import pictured
from components.metrics import CalibrationError, Metric, means
from components.metrics.retrieval import average_precision_at_r, hit_at
from components.system import Progress
from components.systems.visual_search.config import Config
from components.systems.visual_search.plots import draw
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.retrieval import pictures_of, retrieve
from components.systems.visual_search.types import Request
from data.dataset import Dataset

__all__ = ["evaluate"]

TIMED = 200  # requests timed for the latency
RANKS = (1, 5, 10)


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the items of `config.split`, retrieving the items of the training split.

    A bundle learned from other data is measured on the same queries and the same gallery, which it embeds itself.
    """
    predictor = VisualSearchPredictor.open(bundle)
    retrieval = retrieve(predictor, dataset, config.split, progress)
    correct_Q = (retrieval.predicted_Q == retrieval.queries.items["category"].to_numpy()).astype(np.float64)
    examples = pd.DataFrame({"category": retrieval.queries.items["category"].to_numpy()})
    examples.index = pd.Index(retrieval.queries.items["item_id"], name="example_id")
    for k in RANKS:
        examples[f"recall_at_{k}"] = hit_at(retrieval.relevant_QN, k)
    joint = {f"recall_at_1.category_and_{name}": name for name in config.evaluation.attributes}
    for metric, name in joint.items():
        examples[metric] = hit_at(retrieval.relevant_with(name), 1)
    examples["map_at_r"] = average_precision_at_r(retrieval.relevant_QN)
    examples["top_1"] = correct_Q
    examples["confidence"] = retrieval.confidence_Q
    calibration = CalibrationError(label="top_1", probability="confidence")
    pictures = islice(pictures_of(dataset, retrieval.queries), TIMED)
    return Evaluation(
        examples=examples,
        metrics=(
            *means([*(f"recall_at_{k}" for k in RANKS), *joint, "map_at_r", "top_1"]),
            Metric(name="ece", statistic=calibration, direction="lower"),
        ),
        slices=("category",),
        scalars=cost(bundle, predictor, (pictured(Request(k=10), picture) for picture in pictures)),
        pictures=draw(retrieval, dataset, out),
    )
