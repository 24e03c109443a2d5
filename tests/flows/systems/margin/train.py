"""Training: the margin below which no label is given."""

from pathlib import Path

import numpy as np
from components.systems.margin.config import Config
from components.systems.margin.predictor import best_two

from components.system import Inputs, Progress
from data.dataset import Dataset
from data.files import write_json

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress, inputs: Inputs) -> None:
    below = inputs["centroid"].open()
    margins = [best_two(below, x, y)[1] for x, y, _ in points(dataset, "train")]
    progress("fit", 1, 1, {})
    write_json(bundle / "margin.json", {"least": float(np.quantile(margins, config.quantile))})


def points(dataset: Dataset, split: str) -> list[tuple[float, float, str]]:
    rows = [row for row in dataset.table("items").to_pylist() if row["split"] == split]
    return [(*(float(dict(row["attributes"])[name]) for name in "xy"), row["category"]) for row in rows]
