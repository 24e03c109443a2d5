"""Training: pictures and masks in, a bundle out.

Legend: N pictures, H height and W width in pixels, L labels.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from components.learning.export import write_onnx
from components.learning.loader import batches
from components.learning.loop import train
from components.system import Progress
from components.systems.scene_parsing.augment import AugmentedPhotos, PlainPhotos
from components.systems.scene_parsing.config import STRIDE, Config
from components.systems.scene_parsing.losses import label_weights
from components.systems.scene_parsing.network import ServedNetwork
from components.systems.scene_parsing.parser import DESCRIPTION, NETWORK
from components.systems.scene_parsing.photos import Photos, decoded_photos
from components.systems.scene_parsing.task import MONITOR, ParsingTask
from components.systems.scene_parsing.truths import UNKNOWN, attributes_of, labels_of, truths_of
from data.dataset import Dataset
from data.files import write_json
from data.project import home

__all__ = ["fit"]


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train and export; see `components.system.System.fit`."""
    labels = labels_of(dataset)
    training, held_out = (_photos(dataset, config, split, labels, progress) for split in ("train", "validation"))
    attributes = attributes_of(training.truths, labels, config.regions.attributes)
    torch.manual_seed(config.training.seed)
    weight_L = label_weights(_pixels_of(training, len(labels)), config.loss.most_weight)
    task = ParsingTask(config, weight_L, [len(values) for values in attributes.values.values()])
    size, seed = config.training.batch_size, config.training.seed
    augmented = AugmentedPhotos(training, attributes, config.pictures, seed)
    plain = PlainPhotos(held_out, attributes)
    train(task, batches(augmented, size, seed), batches(plain, size), config.training, MONITOR, work, progress)
    export(ServedNetwork(task.network.eval().float(), config.network.mirrored), bundle / NETWORK)
    description = {
        "side_px": config.pictures.serve_px,
        "labels": list(labels),
        "least_share": config.regions.least_share,
        "attributes": {name: list(values) for name, values in attributes.values.items()},
        "attributes_of": dict(attributes.of_label),
    }
    write_json(bundle / DESCRIPTION, description)


def export(network: ServedNetwork, target: Path) -> float:
    """Write `target`, input `pixels_NHW3` with sides of any multiple of 32; see `write_onnx`."""
    generator = torch.Generator().manual_seed(0)
    samples = [
        {"pixels_NHW3": torch.randint(0, 256, (1, height, width, 3), generator=generator).to(torch.uint8)}
        for height, width in ((3 * STRIDE, 2 * STRIDE), (STRIDE, 5 * STRIDE), (4 * STRIDE, STRIDE))
    ]
    sides = {"pixels_NHW3": {1: "height", 2: "width"}}
    return write_onnx(network, samples[0], network.outputs, sides, target, samples[1:], step=STRIDE)


def _photos(dataset: Dataset, config: Config, split: str, labels: tuple[str, ...], progress: Progress) -> Photos:
    columns = dataset.tables["items"].columns["image"] + dataset.tables["regions"].columns["mask"]
    return decoded_photos(
        truths_of(dataset, split, labels),
        config.pictures.side_px,
        home() / "cache" / "photos",
        columns,
        partial(_report, progress),
    )


def _report(progress: Progress, done: int, total: int) -> None:
    progress("decode", done, total, {})


def _pixels_of(photos: Photos, labels: int) -> np.ndarray:
    """How many of every 16th pixel have each label."""
    count_L = np.zeros(labels, np.int64)
    for row, truth in enumerate(photos.truths):
        label_HW = truth.labels(photos.photo(row)[1][::4, ::4])
        count_L += np.bincount(label_HW[label_HW != UNKNOWN], minlength=labels)
    return count_L
