"""The best that can be reached in the simulated world, whose true probabilities are kept.

Legend: B users asked about, N items.
"""

from collections.abc import Iterator

import numpy as np

from components.systems.user_sequence.catalogue import Catalogue
from components.systems.user_sequence.contest import Lists, lists_of_scores
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import Examples
from data.dataset import Dataset
from data.world.behaviour.record import FOLDER
from data.world.behaviour.truth import oracle_scores

__all__ = ["lists_of_oracle"]


def lists_of_oracle(
    dataset: Dataset, catalogue: Catalogue, histories: Histories, examples: Examples, split: str, k: int
) -> Lists | None:
    """What somebody who knows the true probabilities recommends; None where there is no truth to know."""
    if not (dataset.path / FOLDER).is_dir():
        return None
    item_ids, chunks = oracle_scores(dataset.path, histories.user_ids[examples.user_B].tolist(), split)
    row_of = {item_id: row for row, item_id in enumerate(catalogue.item_ids)}
    rows = np.array([row_of[item_id] for item_id in item_ids])

    def scored() -> Iterator[np.ndarray]:
        for chunk_BN in chunks:
            score_BN = np.full((len(chunk_BN), len(catalogue.item_ids)), -np.inf, np.float32)
            score_BN[:, rows] = chunk_BN
            yield score_BN

    return lists_of_scores(scored(), histories, examples, k)
