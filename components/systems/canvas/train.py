"""Training: decoded pictures and what is said of them in, a bundle out.

Legend: N pictures, S side in pixels, K numbers of a condition.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from components.learning.loader import batches
from components.learning.loop import train
from components.system import Progress
from components.systems.canvas.conditions import CATEGORY, DESCRIPTION, WORDS, Conditions
from components.systems.canvas.config import Config
from components.systems.canvas.items import condition_of, decoded, items_of, said
from components.systems.canvas.network import VelocityNetwork, write_velocity
from components.systems.canvas.sampler import NETWORK, Sampler
from components.systems.canvas.sheets import COLUMNS, SAMPLES, write_samples
from components.systems.canvas.students import teach_few, teach_larger
from components.systems.canvas.task import MONITOR, ConditionedPictures, FlowTask
from components.text.weights import write_text_encoder
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train and export; see `components.system.System.fit`."""
    learned, held_out = items_of(dataset, "train"), items_of(dataset, "validation")
    words = config.flow.words
    if words is not None:
        write_text_encoder(words, bundle / WORDS)
    values = {name: _values(learned, name) for name in (CATEGORY, *config.flow.attributes)}
    write_json(bundle / DESCRIPTION, {"values": values, "words": words is not None, **config.offer.model_dump()})
    conditions = Conditions.open(bundle)
    torch.manual_seed(config.training.seed)
    network = VelocityNetwork(config.network, conditions.dim)
    size_px, training = config.network.size_px, config.training
    given = [
        ConditionedPictures(decoded(dataset, items, size_px, progress), _conditions(items, conditions))
        for items in (learned, held_out)
    ]
    sampler = Sampler(_Live(network), size_px, conditions, "")
    chosen_NK = given[1].condition_NK[np.linspace(0, len(held_out) - 1, COLUMNS).astype(int)]

    def sampled(epoch: int) -> None:
        asked = config.evaluation
        made = [
            sampler.make(condition_K, seed, asked.steps, asked.guidance) for seed, condition_K in enumerate(chosen_NK)
        ]
        path = write_samples(np.stack(made), epoch, work)
        progress(f"samples in {path}", epoch, training.epochs, {"seeds": float(COLUMNS)})

    task = FlowTask(network, config, conditions.parts, sampled)
    loaders = batches(given[0], training.batch_size, training.seed), batches(given[1], training.batch_size)
    train(task, *loaders, training, MONITOR, work, progress)
    shutil.copy(work / SAMPLES, bundle / SAMPLES)
    write_velocity(network, conditions.dim, size_px, bundle / NETWORK)
    if config.few is not None:
        told = given[0].pixels_NSS3, given[0].condition_NK
        teach_few(network, Sampler.open(bundle), *told, config, work, bundle, progress)
    if config.larger is not None:
        side = config.larger.factor * size_px
        pictures = [decoded(dataset, items, side, progress) for items in (learned, held_out)]
        teach_larger(pictures, config, work, bundle, progress)


class _Live:
    """The network in training in the place of an onnxruntime session."""

    def __init__(self, network: VelocityNetwork) -> None:
        self.network = network

    @torch.inference_mode()
    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        device = next(self.network.parameters()).device
        tensors = {name: torch.from_numpy(array).to(device) for name, array in given.items()}
        velocity: torch.Tensor = self.network(**tensors)
        return [velocity.float().cpu().numpy()]


def _values(items: pd.DataFrame, name: str) -> list[str]:
    values = sorted({told[name] for told in map(said, items.to_dict("records")) if name in told})
    if not values:
        raise UserError(f"no item has the attribute {name!r}; correct flow.attributes")
    return values


def _conditions(items: pd.DataFrame, conditions: Conditions) -> np.ndarray:
    return np.stack([condition_of(item, conditions) for item in items.to_dict("records")])
