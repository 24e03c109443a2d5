"""Training: decoded pictures in, a bundle out.

Legend: N pictures, S side in pixels, D dimensions, C categories.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from components.index import VectorIndex
from components.learning.augment import AugmentedPictures, PlainPictures
from components.learning.calibration import fit_temperature
from components.learning.loader import batches
from components.learning.loop import train
from components.learning.pictures import decoded_pictures
from components.system import Progress
from components.systems.visual_search.config import Config
from components.systems.visual_search.embedder import DESCRIPTION, NETWORK, Embedder
from components.systems.visual_search.export import export_onnx
from components.systems.visual_search.gallery import Gallery, items_of
from components.systems.visual_search.network import ServedNetwork
from components.systems.visual_search.predictor import INDEX
from components.systems.visual_search.task import MONITOR, VisualSearchTask
from data.dataset import Dataset
from data.files import write_json
from data.project import home

__all__ = ["fit"]

BATCH = 64  # pictures embedded at once for the gallery


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train, export, calibrate on validation and index the gallery; see `components.system.System.fit`."""
    gallery, held_out = items_of(dataset, "train"), items_of(dataset, "validation")
    pictures = config.pictures
    pixels_NSS3 = _decoded(dataset, gallery, pictures.cache_px, progress)
    validation_NSS3 = _decoded(dataset, held_out, pictures.serve_px, progress)
    torch.manual_seed(config.training.seed)
    task = VisualSearchTask(config, len(gallery.categories))
    augmented = AugmentedPictures(
        pixels_NSS3,
        gallery.label_N,
        pictures.train_px,
        config.training.epochs,
        pictures.least_area,
        config.training.seed,
        pictures.strength,
        pictures.erased,
    )
    plain = PlainPictures(validation_NSS3, held_out.label_N)
    size, seed = config.training.batch_size, config.training.seed
    train(task, batches(augmented, size, seed), batches(plain, size), config.training, MONITOR, work, progress)
    network = task.network.eval().float()
    temperature = fit_temperature(_logits(network, plain, config.network.mirrored), held_out.label_N)
    served = ServedNetwork(network, temperature, config.network.mirrored)
    export_onnx(served, pictures.serve_px, bundle / NETWORK)
    description = {
        "size_px": pictures.serve_px,
        "dim": config.network.dim,
        "categories": list(gallery.categories),
        "temperature": temperature,
    }
    write_json(bundle / DESCRIPTION, description)
    index_gallery(dataset, gallery, bundle, progress)


def index_gallery(dataset: Dataset, gallery: Gallery, bundle: Path, progress: Progress) -> None:
    """Embed the gallery with the exported network, as queries will be, and save its index."""
    embedder = Embedder.open(bundle, threads=torch.get_num_threads())
    pixels_NSS3 = _decoded(dataset, gallery, embedder.size_px, progress)
    parts = []
    for start in range(0, len(pixels_NSS3), BATCH):
        parts.append(embedder.embed(pixels_NSS3[start : start + BATCH])[0])
        progress("index", min(start + BATCH, len(pixels_NSS3)), len(pixels_NSS3), {})
    items = gallery.items
    index = VectorIndex.build(
        np.concatenate(parts), items["item_id"].tolist(), gallery.metadata(), {"title": items["title"].tolist()}
    )
    index.save(bundle / INDEX)


def _decoded(dataset: Dataset, gallery: Gallery, size_px: int, progress: Progress) -> np.ndarray:
    paths = [dataset.file(image) for image in gallery.items["image"]]
    return decoded_pictures(
        paths,
        size_px,
        home() / "cache" / "pictures",
        dataset.tables["items"].columns["image"],
        partial(_report, progress),
    )


def _report(progress: Progress, done: int, total: int) -> None:
    progress("decode", done, total, {})


@torch.inference_mode()
def _logits(network: torch.nn.Module, plain: PlainPictures, mirrored: bool) -> np.ndarray:
    served = ServedNetwork(network, 1.0, mirrored)  # type: ignore[arg-type]
    parts = [served(torch.tensor(plain.pixels_NSS3[start : start + BATCH]))[1] for start in range(0, len(plain), BATCH)]
    return torch.cat(parts).numpy()
