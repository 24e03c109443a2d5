"""Evaluation of an opened bundle: the pictures go through the predictor that will serve them.

Legend: Q queries, N gallery items, D dimensions, C categories.
"""

from collections.abc import Iterator
from dataclasses import dataclass
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
from components.systems.visual_search.embedder import Embedder
from components.systems.visual_search.gallery import Gallery, items_of
from components.systems.visual_search.plots import draw
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.dataset import Dataset

__all__ = ["Retrieval", "evaluate"]

TOLD = 64  # pictures from one word about progress to the next
TIMED = 200  # requests timed for the latency
RANKS = (1, 5, 10)


@dataclass(frozen=True)
class Retrieval:
    """What was asked, and the gallery in the order each query ranks it."""

    queries: Gallery
    gallery: Gallery
    query_QD: np.ndarray
    ranking_QN: np.ndarray  # gallery rows, best first
    predicted_Q: np.ndarray  # the bundle's own categories
    confidence_Q: np.ndarray
    relevant_QN: np.ndarray  # in the order of the ranking


def evaluate(bundle: Path, dataset: Dataset, config: Config, out: Path, progress: Progress) -> Evaluation:
    """Measure `bundle` on the items of `config.split`, retrieving the items of the training split.

    A bundle learned from other data is measured on the same queries and the same gallery, which it embeds itself.
    """
    predictor = VisualSearchPredictor.open(bundle)
    retrieval = _retrieve(predictor, dataset, config.split, progress)
    correct_Q = (retrieval.predicted_Q == retrieval.queries.items["category"].to_numpy()).astype(np.float64)
    examples = pd.DataFrame({"category": retrieval.queries.items["category"].to_numpy()})
    examples.index = pd.Index(retrieval.queries.items["item_id"], name="example_id")
    for k in RANKS:
        examples[f"recall_at_{k}"] = hit_at(retrieval.relevant_QN, k)
    examples["map_at_r"] = average_precision_at_r(retrieval.relevant_QN)
    examples["top_1"] = correct_Q
    examples["confidence"] = retrieval.confidence_Q
    calibration = CalibrationError(label="top_1", probability="confidence")
    pictures = islice(_pictures(dataset, retrieval.queries), TIMED)
    return Evaluation(
        examples=examples,
        metrics=(
            *means([*(f"recall_at_{k}" for k in RANKS), "map_at_r", "top_1"]),
            Metric(name="ece", statistic=calibration, direction="lower"),
        ),
        slices=("category",),
        scalars=cost(bundle, predictor, (pictured(Request(k=10), picture) for picture in pictures)),
        pictures=draw(retrieval, dataset, out),
    )


def _retrieve(predictor: VisualSearchPredictor, dataset: Dataset, split: str, progress: Progress) -> Retrieval:
    queries, gallery = items_of(dataset, split), items_of(dataset, "train")
    query_QD, logits_QC = _embed(predictor.embedder, dataset, queries, progress)
    gallery_ND = _gallery_vectors(predictor, dataset, gallery, progress)
    ranking_QN = np.argsort(-(query_QD @ gallery_ND.T), axis=1, kind="stable")
    categories = np.array(predictor.embedder.categories)
    probability_QC = np.exp(logits_QC - logits_QC.max(axis=1, keepdims=True))
    probability_QC /= probability_QC.sum(axis=1, keepdims=True)
    gallery_categories = gallery.items["category"].to_numpy()
    return Retrieval(
        queries=queries,
        gallery=gallery,
        query_QD=query_QD,
        ranking_QN=ranking_QN,
        predicted_Q=categories[probability_QC.argmax(axis=1)],
        confidence_Q=probability_QC.max(axis=1),
        relevant_QN=gallery_categories[ranking_QN] == queries.items["category"].to_numpy()[:, None],
    )


def _gallery_vectors(
    predictor: VisualSearchPredictor, dataset: Dataset, gallery: Gallery, progress: Progress
) -> np.ndarray:
    """The index's own vectors where it holds just this gallery, otherwise the gallery embedded now."""
    if predictor.index.item_ids.tolist() == gallery.items["item_id"].tolist():
        return predictor.index.vectors()
    return _embed(predictor.embedder, dataset, gallery, progress)[0]


def _embed(embedder: Embedder, dataset: Dataset, items: Gallery, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    parts = []
    for number, picture in enumerate(_pictures(dataset, items)):
        if number % TOLD == 0:
            progress("embed", number, len(items.items), {})
        parts.append(embedder.embed_picture(picture))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _pictures(dataset: Dataset, items: Gallery) -> Iterator[bytes]:
    return (dataset.file(image).read_bytes() for image in items.items["image"])
