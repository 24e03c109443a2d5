"""The best that can be reached in the simulated world, whose true probabilities are kept.

Legend: B users asked about, N items.
"""

import numpy as np

from components.ranking import best, masked, target_ranks
from components.systems.user_sequence.catalogue import Catalogue
from components.systems.user_sequence.contest import Lists
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import Examples
from data.dataset import Dataset
from data.sources.world.behaviour.record import FOLDER
from data.sources.world.behaviour.truth import oracle_scores

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
    items, scores, start = [], [], 0
    for chunk_BN in chunks:
        score_BN = np.full((len(chunk_BN), len(catalogue.item_ids)), -np.inf, np.float32)
        score_BN[:, rows] = chunk_BN
        stop = start + len(chunk_BN)
        bounds = zip(examples.first_B[start:stop], examples.stop_B[start:stop], strict=True)
        inputs = [histories.item_E[first:last] for first, last in bounds]
        item_BK, score_BK = best(masked(score_BN, inputs), k)
        items.append(item_BK)
        scores.append(score_BK)
        start = stop
    item_BK, score_BK = np.concatenate(items), np.concatenate(scores)
    return Lists(item_BK, score_BK, target_ranks(item_BK, score_BK, examples.owner_T, examples.target_T))
