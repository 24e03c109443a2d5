"""Visual search: a picture, or part of one, becomes the most similar items of the gallery."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from components.system import Golden, Progress
from components.systems.visual_search.config import Config
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request, Response

if TYPE_CHECKING:  # tables and frames are not in the served image
    from components.evaluation import Evaluation
    from data.dataset import Dataset

__all__ = [
    "ROUTE",
    "TABLES",
    "TAKES_PICTURES",
    "Config",
    "Request",
    "Response",
    "evaluate",
    "fit",
    "golden_requests",
    "open_bundle",
]

TABLES = ("items",)
ROUTE = "search"
TAKES_PICTURES = True


def fit(dataset: "Dataset", config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train the embedding network, export it, and index the gallery (the items of the training split)."""
    from components.systems.visual_search.train import fit as train

    train(dataset, config, work, bundle, progress)


def evaluate(bundle: Path, dataset: "Dataset", config: Config, out: Path, progress: Progress) -> "Evaluation":
    """Retrieval of the gallery by the items of the evaluated split, and their classification."""
    from components.systems.visual_search.measure import evaluate as measure

    return measure(bundle, dataset, config, out, progress)


def open_bundle(bundle: Path, threads: int = 1) -> VisualSearchPredictor:
    """The predictor that serves `bundle`."""
    return VisualSearchPredictor.open(bundle, threads)


def golden_requests(bundle: Path, dataset: "Dataset") -> Sequence[Golden]:
    """Requests of every kind, with what `bundle` answers to them."""
    from components.systems.visual_search.goldens import golden_requests as ask

    return ask(bundle, dataset)
