"""Pictures of a data set as the champion that searches sees them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from components.roles import Searcher
from components.system import Progress
from data.dataset import Dataset

__all__ = ["looked_at"]

BATCH = 64


def looked_at(
    dataset: Dataset, items: Sequence[Mapping[str, Any]], searcher: Searcher, progress: Progress
) -> Iterator[tuple[Mapping[str, Any], bytes, np.ndarray]]:
    """Rows of the table `items` that have an `image`, with their pictures and vectors; none that cannot be used."""
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        pictures = [dataset.file(item["image"]).read_bytes() for item in batch]
        for item, picture, vector_D in zip(batch, pictures, searcher.vectors(pictures), strict=True):
            if vector_D is not None:
                yield item, picture, vector_D
        progress("look at items", min(start + BATCH, len(items)), len(items), {})
