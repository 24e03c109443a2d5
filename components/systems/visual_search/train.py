"""Training: decoded pictures in, a bundle out.

Legend: N pictures, S side in pixels, D dimensions, C categories, L labels.
"""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from components.index import VectorIndex
from components.learning.augment import AugmentedPictures, PlainPictures
from components.learning.calibration import fit_temperature
from components.learning.finetuning import freeze, learning_rates
from components.learning.loader import batches
from components.learning.loop import train
from components.learning.pictures import decoded_pictures
from components.system import Progress
from components.systems.visual_search.config import Config
from components.systems.visual_search.embedder import DESCRIPTION, NETWORK, Embedder
from components.systems.visual_search.export import export_onnx
from components.systems.visual_search.gallery import Gallery, items_of
from components.systems.visual_search.head import train_head
from components.systems.visual_search.network import EmbeddingNetwork, ServedNetwork
from components.systems.visual_search.predictor import INDEX
from components.systems.visual_search.task import MONITOR, VisualSearchTask
from data.dataset import Dataset
from data.files import write_json
from data.images import Framing
from data.project import home

__all__ = ["fit"]

BATCH = 64  # pictures embedded at once for the gallery


def fit(dataset: Dataset, config: Config, work: Path, bundle: Path, progress: Progress) -> None:
    """Train, export, calibrate on validation and index the gallery; see `components.system.System.fit`."""
    gallery = items_of(dataset, "train", config.loss.attributes)
    held_out = items_of(dataset, "validation", config.loss.attributes)
    pictures, mirrored = config.pictures, config.network.mirrored
    validation_NSS3 = _decoded(dataset, held_out, pictures.serve_px, pictures.framing, progress)
    network = _trained(dataset, config, gallery, held_out, validation_NSS3, work, progress)
    served = ServedNetwork(network, len(gallery.categories), 1.0, mirrored)
    served.temperature = fit_temperature(_logits(served, validation_NSS3), held_out.label_NL[:, 0])
    export_onnx(served, pictures.serve_px, bundle / NETWORK)
    description = {
        "size_px": pictures.serve_px,
        "framing": pictures.framing,
        "dim": config.network.dim,
        "categories": list(gallery.categories),
        "temperature": served.temperature,
    }
    write_json(bundle / DESCRIPTION, description)
    index_gallery(dataset, gallery, bundle, progress)


def _trained(
    dataset: Dataset,
    config: Config,
    gallery: Gallery,
    held_out: Gallery,
    validation_NSS3: np.memmap,
    work: Path,
    progress: Progress,
) -> EmbeddingNetwork:
    """The network after all epochs; where it is tuned, first the head on its own."""
    pictures, training, tuning = config.pictures, config.training, config.fine_tuning
    pixels_NSS3 = _decoded(dataset, gallery, pictures.cache_px, pictures.framing, progress)
    torch.manual_seed(training.seed)
    values = [len(one) for one in gallery.values]
    network, rates = EmbeddingNetwork(config.network, values, config.loss.proxy_weight > 0), None
    if tuning:
        at_serving_NSS3 = _decoded(dataset, gallery, pictures.serve_px, pictures.framing, progress)
        given = (at_serving_NSS3, gallery.label_NL), (validation_NSS3, held_out.label_NL)
        train_head(network, values, *given, config, work / "head", progress)
        freeze(network.encode.model, tuning)
        rates = learning_rates(network.encode.model, tuning, "encode.model.")
    augmented = AugmentedPictures(
        pixels_NSS3,
        gallery.label_NL,
        pictures.train_px,
        training.epochs,
        pictures.least_area,
        training.seed,
        pictures.strength,
        pictures.erased,
        pictures.recoloured,
    )
    plain = PlainPictures(validation_NSS3, held_out.label_NL)
    size = training.batch_size
    task = VisualSearchTask(
        network, network.head, values, config.loss, training, rates, network.encode if tuning else None
    )
    train(task, batches(augmented, size, training.seed), batches(plain, size), training, MONITOR, work, progress)
    return network.eval().float()


def index_gallery(dataset: Dataset, gallery: Gallery, bundle: Path, progress: Progress) -> None:
    """Embed the gallery with the exported network, as queries will be, and save its index."""
    embedder = Embedder.open(bundle, threads=torch.get_num_threads())
    pixels_NSS3 = _decoded(dataset, gallery, embedder.size_px, embedder.framing, progress)
    parts = []
    for start in range(0, len(pixels_NSS3), BATCH):
        parts.append(embedder.embed(pixels_NSS3[start : start + BATCH])[0])
        progress("index", min(start + BATCH, len(pixels_NSS3)), len(pixels_NSS3), {})
    items = gallery.items
    index = VectorIndex.build(
        np.concatenate(parts), items["item_id"].tolist(), gallery.metadata(), {"title": items["title"].tolist()}
    )
    index.save(bundle / INDEX)


def _decoded(dataset: Dataset, gallery: Gallery, size_px: int, framing: Framing, progress: Progress) -> np.memmap:
    paths = [dataset.file(image) for image in gallery.items["image"]]
    return decoded_pictures(
        paths,
        size_px,
        home() / "cache" / "pictures",
        dataset.tables["items"].columns["image"],
        partial(_report, progress),
        framing,
    )


def _report(progress: Progress, done: int, total: int) -> None:
    progress("decode", done, total, {})


@torch.inference_mode()
def _logits(served: ServedNetwork, pixels_NSS3: np.ndarray) -> np.ndarray:
    starts = range(0, len(pixels_NSS3), BATCH)
    return torch.cat([served(torch.tensor(pixels_NSS3[start : start + BATCH]))[1] for start in starts]).numpy()
