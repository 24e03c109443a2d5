"""Scores of histories by the trained network.

Legend: B histories, N items.
"""

from collections.abc import Sequence

import numpy as np
import torch

from components.baselines.sasrec.network import SasRec
from components.baselines.sasrec.sequences import padded

__all__ = ["score"]


@torch.inference_mode()
def score(network: SasRec, histories: Sequence[np.ndarray], max_length: int) -> np.ndarray:
    """float32 (B, N), by the last `max_length` items of each history; zeros for an empty one."""
    items = network.item.num_embeddings
    score_BN = np.zeros((len(histories), items), np.float32)
    some = [place for place, history in enumerate(histories) if len(history)]
    if some:
        item_BL, length_B = padded([histories[place][-max_length:] for place in some])
        device = network.item.weight.device
        some_BN = network.scores(torch.from_numpy(item_BL).to(device), torch.from_numpy(length_B).to(device))
        score_BN[some] = some_BN.float().cpu().numpy()
    return score_BN
