"""The head alone: trained on features of the encoder as it is, which are computed once.

Legend: N pictures, S side in pixels, L labels.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from components.learning.features import FeaturePictures, cached_features
from components.learning.loader import batches
from components.learning.loop import train
from components.system import Progress
from components.systems.visual_search.config import Config
from components.systems.visual_search.network import EmbeddingNetwork
from components.systems.visual_search.task import MONITOR, VisualSearchTask
from data.project import home

__all__ = ["train_head"]

Labelled = tuple[np.memmap, np.ndarray]  # pixels_NSS3, label_NL


def train_head(
    network: EmbeddingNetwork,
    values: Sequence[int],
    training: Labelled,
    validation: Labelled,
    config: Config,
    work: Path,
    progress: Progress,
) -> None:
    """Leave the best head of `config.fine_tuning.head_epochs` in `network`; see `components.learning.loop.train`."""
    tuning, seed, size = config.fine_tuning, config.training.seed, config.training.batch_size
    assert tuning is not None
    told = partial(_told, progress)
    features_NF, held_out_NF = (
        cached_features(network.encode, pixels_NSS3, home() / "cache" / "features", told)
        for pixels_NSS3, _ in (training, validation)
    )
    schedule = config.training.model_copy(
        update={
            "epochs": tuning.head_epochs,
            "learning_rate": tuning.head_learning_rate,
            "patience": tuning.head_epochs,
            "validate_every": 1,
        }
    )
    loss = config.loss.model_copy(update={"cutmix": 0.0})
    drawn, plain = FeaturePictures(features_NF, training[1]), FeaturePictures(held_out_NF, validation[1])
    task = VisualSearchTask(network.head, network.head, values, loss, schedule)
    work.mkdir(parents=True, exist_ok=True)
    train(task, batches(drawn, size, seed), batches(plain, size), schedule, MONITOR, work, partial(_head, progress))


def _told(progress: Progress, done: int, total: int) -> None:
    progress("encode", done, total, {})


def _head(progress: Progress, what: str, done: int, total: int, figures: dict[str, float]) -> None:  # noqa: ARG001
    progress("head", done, total, {f"head/{name}": value for name, value in figures.items()})
