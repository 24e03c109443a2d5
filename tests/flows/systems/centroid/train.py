"""Training: the mean of each label's points."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from components.systems.centroid.config import Config

from components.system import Progress
from data.dataset import Dataset
from data.files import write_json

__all__ = ["fit", "points"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    frame = points(dataset, "train")
    generator = np.random.default_rng(config.seed)
    labels = frame["category"].to_numpy(str).copy()
    spoiled = generator.random(len(labels)) < config.spoiled
    labels[spoiled] = np.where(labels[spoiled] == "a", "b", "a")
    state = work / "state.json"
    done = json.loads(state.read_text())["epoch"] if state.is_file() else 0
    for epoch in range(done + 1, config.epochs + 1):
        time.sleep(config.epoch_s)
        if trace := os.environ.get("CENTROID_TRACE"):
            with Path(trace).open("a") as file:
                file.write(f"{epoch}\n")
        write_json(state, {"epoch": epoch})
        progress("training", epoch, config.epochs, {"training/loss": 1 / epoch})
    means = {label: frame.loc[labels == label, ["x", "y"]].mean().tolist() for label in sorted(set(labels))}
    items = {row.item_id: [row.x, row.y] for row in frame.itertuples()}
    write_json(bundle / "model.json", {"means": means, "items": items, "seed": config.seed})


def points(dataset: Dataset, split: str) -> pd.DataFrame:
    rows = [row for row in dataset.table("items").to_pylist() if row["split"] == split]
    numbers = [{name: float(value) for name, value in dict(row["attributes"]).items()} for row in rows]
    return pd.DataFrame([{**row, **pair} for row, pair in zip(rows, numbers, strict=True)])
