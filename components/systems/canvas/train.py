"""Training: decoded pictures and their labels in, a bundle out.

Legend: N pictures, S side in pixels, K numbers of a condition.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from components.learning.loader import batches
from components.learning.loop import train
from components.learning.precision import resolve_precision
from components.session import open_session
from components.system import Progress
from components.systems.canvas.conditions import CATEGORY, DESCRIPTION, WORDS, Conditions
from components.systems.canvas.config import Config
from components.systems.canvas.items import condition_of, decoded, items_of, labels_of
from components.systems.canvas.network import VelocityNetwork, write_velocity
from components.systems.canvas.sampler import NETWORK, STUDENT, UPSAMPLER, Sampler
from components.systems.canvas.sheets import COLUMNS, SAMPLES, write_samples
from components.systems.canvas.student import distill
from components.systems.canvas.task import MONITOR, ConditionedPictures, FlowLoss, LossTask
from components.systems.canvas.upsampler import train_upsampler
from components.text.weights import write_text_encoder
from data.dataset import Dataset
from data.errors import UserError
from data.files import write_json

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train and export; see `components.system.System.fit`."""
    splits = [items_of(dataset, split) for split in ("train", "validation")]
    words = config.flow.words
    if words is not None:
        write_text_encoder(words, bundle / WORDS)
    values = {name: _values(splits[0], name) for name in (CATEGORY, *config.flow.attributes)}
    optional = {STUDENT: config.student, UPSAMPLER: config.upsampler}
    networks = [NETWORK, *(name for name, section in optional.items() if section is not None)]
    described = {"values": values, "words": words is not None, "networks": networks, **config.offer.model_dump()}
    write_json(bundle / DESCRIPTION, described)
    conditions = Conditions.open(bundle)
    torch.manual_seed(config.training.seed)
    network = VelocityNetwork(config.network, conditions.dim)
    size_px, training = config.network.size_px, config.training
    pictures, held_out = (
        ConditionedPictures(decoded(dataset, items, size_px, progress), _conditions(items, conditions))
        for items in splits
    )
    sampler = Sampler(_Live(network), size_px, conditions, "")
    sample_NK = held_out.condition_NK[np.linspace(0, len(held_out) - 1, COLUMNS).astype(int)]

    def validated(epoch: int) -> None:
        steps, guidance = config.evaluation.steps, config.evaluation.guidance
        made = [sampler.make(condition_K, seed, steps, guidance) for seed, condition_K in enumerate(sample_NK)]
        path = write_samples(np.stack(made), epoch, work)
        progress(f"samples in {path}", epoch, training.epochs, {"seeds": float(COLUMNS)})

    exact = resolve_precision(training.precision, training.accelerator) == "32-true"
    layout = torch.channels_last if exact else torch.contiguous_format  # each is the quicker one on a CPU
    network.to(memory_format=layout)  # type: ignore[call-overload]
    loaders = batches(pictures, training.batch_size, training.seed), batches(held_out, training.batch_size)
    task = LossTask(network, FlowLoss(network, config.flow, conditions.parts), training, validated)
    train(task, *loaders, training, MONITOR, work, progress)
    shutil.copy(work / SAMPLES, bundle / SAMPLES)
    write_velocity(network, conditions.dim, size_px, bundle / NETWORK)
    if config.student is not None:
        exported = Sampler(open_session(bundle / NETWORK, 1), size_px, conditions, "")
        distill(network, exported, pictures, config, work, bundle, progress)
    if config.upsampler is not None:
        side = config.upsampler.factor * size_px
        large = [decoded(dataset, items, side, progress) for items in splits]
        train_upsampler(large, config, work, bundle, progress)


class _Live:
    """The network in training, with the interface of an onnxruntime session."""

    def __init__(self, network: VelocityNetwork) -> None:
        self.network = network

    @torch.inference_mode()
    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        device = next(self.network.parameters()).device
        tensors = {name: torch.from_numpy(array).to(device) for name, array in given.items()}
        velocity: torch.Tensor = self.network(**tensors)
        return [velocity.float().cpu().numpy()]


def _values(items: pd.DataFrame, name: str) -> list[str]:
    values = sorted({labels[name] for labels in map(labels_of, items.to_dict("records")) if name in labels})
    if not values:
        raise UserError(f"no item has the attribute {name!r}; correct flow.attributes")
    return values


def _conditions(items: pd.DataFrame, conditions: Conditions) -> np.ndarray:
    return np.stack([condition_of(item, conditions) for item in items.to_dict("records")])
