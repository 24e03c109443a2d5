"""User sequences: what a person did, in order, becomes what to show next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from components.system import Golden, Progress
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.types import Request, Response

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

TABLES = ("items", "users", "events")
ROUTE = "recommend"
TAKES_PICTURES = False


def fit(dataset: "Dataset", config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train both towers, export them, count the transition graph and weigh it on validation."""
    from components.systems.user_sequence.train import fit as train

    train(dataset, config, work, bundle, progress)


def evaluate(bundle: Path, dataset: "Dataset", config: Config, out: Path, progress: Progress) -> "Evaluation":
    """Ranking of what people did next among all items, beside the baselines."""
    from components.systems.user_sequence.measure import evaluate as measure

    return measure(bundle, dataset, config, out, progress)


def open_bundle(bundle: Path, threads: int = 1) -> UserSequencePredictor:
    """The predictor that serves `bundle`."""
    return UserSequencePredictor.open(bundle, threads)


def golden_requests(bundle: Path, dataset: "Dataset") -> Sequence[Golden]:
    """Requests of every kind, with what `bundle` answers to them."""
    from components.systems.user_sequence.goldens import golden_requests as ask

    return ask(bundle, dataset)
