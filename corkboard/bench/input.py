"""Images a second into training, after the first epoch: the decoded cache against a folder of JPEGs read by workers.

Both crop from the same range of areas and aspects, mirror, make one of TrivialAugment's 14 changes and erase a box in
a quarter of the pictures, to the same size: the peer by torchvision's transforms on its workers, ours by
`components.learning.augment` on as many threads as torch has.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corkboard.bench._row import Row

if TYPE_CHECKING:
    import pandas as pd

    from data.dataset import Dataset

__all__ = ["run"]

SIDE_PX, CACHE_PX, BATCH, WORKERS = 112, 176, 64, 2
MOST_PICTURES, ROUNDS = 2048, 3


def run() -> list[Row]:
    """One row: pictures of `clothing` if it is prepared, otherwise of `world`."""
    from data.versioned import bring, prepared

    dataset = bring("clothing" if prepared("clothing") else "world")
    items = dataset.table("items").to_pandas()
    items = items[(items["category"] != "") & (items["split"] == "train")]  # scenes have no category
    items = items.sort_values("item_id", ignore_index=True).head(MOST_PICTURES)
    with tempfile.TemporaryDirectory() as folder:
        ours, peer = _ours(dataset, items, Path(folder)), _peer(dataset, items, Path(folder))
        for epochs in (ours, peer):
            next(epochs)  # the first epoch: decoding once, starting workers
        pairs = [(next(ours), next(peer)) for _ in range(ROUNDS)]  # in turn, since the machine's speed drifts
    rates = [statistics.median(values) for values in zip(*pairs, strict=True)]
    peer_name = f"torchvision ImageFolder + DataLoader(num_workers={WORKERS})"
    return [Row(f"images into training at {SIDE_PX} px ({dataset.name})", rates[0], rates[1], "images/s", peer_name)]


def _rates(loader: Any) -> Iterator[float]:
    """Images a second of one epoch after the other."""
    while True:
        start, count = time.perf_counter(), 0
        for pixels_N3SS, _ in loader:
            count += len(pixels_N3SS)
        yield count / (time.perf_counter() - start)


def _ours(dataset: "Dataset", items: "pd.DataFrame", folder: Path) -> Iterator[float]:
    import numpy as np

    from components.learning.augment import AugmentedPictures
    from components.learning.loader import batches
    from components.learning.pictures import decoded_pictures

    paths = [dataset.file(image) for image in items["image"]]
    pixels_NSS3 = decoded_pictures(paths, CACHE_PX, folder, dataset.version, lambda *_: None)
    pictures = AugmentedPictures(pixels_NSS3, np.zeros(len(paths), np.int64), (SIDE_PX,), 1, 0.35, seed=0)
    return _rates(batches(pictures, BATCH, seed=0))


def _peer(dataset: "Dataset", items: "pd.DataFrame", folder: Path) -> Iterator[float]:
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import v2

    for number, (image, category) in enumerate(zip(items["image"], items["category"], strict=True)):
        target = folder / "classes" / category / f"{number}{Path(image).suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dataset.file(image), target)
    transform = v2.Compose(
        [
            v2.RandomResizedCrop(SIDE_PX, scale=(0.35, 1.0), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.TrivialAugmentWide(),
            v2.PILToTensor(),
            v2.RandomErasing(0.25),
        ]
    )
    loader = DataLoader(
        ImageFolder(str(folder / "classes"), transform),
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=WORKERS,
        persistent_workers=True,
    )
    return _rates(loader)
