"""A system small enough to watch: the nearest class mean of two numbers. The lifecycle's tests run it for real."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from components.evaluation import Evaluation
from components.system import Golden, Progress
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json
from data.params import Strict

TABLES = ("items",)
ROUTE = "answer"
TAKES_PICTURES = True


class Config(Strict):
    seed: int = 0
    epochs: int = Field(3, gt=0)
    epoch_s: float = Field(0.0, description="seconds that an epoch takes")
    split: str = "test"
    spoiled: float = Field(0.0, ge=0, le=1, description="share of the training labels that are wrong")


class Request(Strict):
    item_id: str | None = None
    k: int = Field(1, gt=0)
    filters: dict[str, str] = Field(default_factory=dict)


class Response(Strict):
    labels: tuple[str, ...]
    scores: tuple[float, ...]


class Predictor:
    def __init__(self, content: dict[str, Any]) -> None:
        self.means = {label: np.array(mean) for label, mean in content["means"].items()}
        self.items = content["items"]

    def answer(self, request: Request, picture: bytes | None = None) -> Response:
        if picture is None and request.item_id not in self.items:
            raise UserError(f"unknown item {request.item_id!r}; give an item of the gallery or a picture")
        point = np.array(json.loads(picture) if picture is not None else self.items[request.item_id])
        allowed = [label for label in self.means if request.filters.get("label", label) == label]
        ranked = sorted((float(np.linalg.norm(self.means[label] - point)), label) for label in allowed)[: request.k]
        return Response(labels=tuple(label for _, label in ranked), scores=tuple(-far for far, _ in ranked))


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


def open_bundle(bundle: Path, threads: int = 1) -> Predictor:
    return Predictor(json.loads((bundle / "model.json").read_text()))


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


def golden_requests(bundle: Path, dataset: Dataset) -> Sequence[Golden]:
    predictor = open_bundle(bundle)
    picture = b"[0.0, 0.0]"
    answer = predictor.answer(Request(k=2), picture).model_dump(mode="json")
    return [Golden("origin", {"k": 2}, picture, answer)]
