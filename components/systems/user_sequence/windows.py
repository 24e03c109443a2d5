"""Training batches: pieces of histories, with what each position is to predict.

Legend: E events, W windows, B windows of a batch, L positions of the longest, M predictions, K targets of each.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.targets import Targets, all_action, next_actions
from components.systems.user_sequence.tokens import gap_codes, gathered

__all__ = ["Batch", "Windows"]


class Batch(NamedTuple):
    """Tokens, and for some positions (counted along the flattened batch) the items to predict, with their weights."""

    item_BL: Tensor
    action_BL: Tensor
    surface_BL: Tensor
    gap_BL: Tensor
    position_M: Tensor
    target_MK: Tensor
    weight_MK: Tensor


class Windows:
    """Histories cut, from their end, into windows of at most `max_length` positions that predict something.

    What the `next_action` objective predicts is the same in every epoch; what `all_action` does is drawn from the
    seed and the epoch.
    """

    def __init__(self, histories: Histories, loss: LossConfig, max_length: int, seed: int) -> None:
        self.seed = seed
        first_E = np.zeros(len(histories.item_E), bool)
        first_E[histories.offset_U1[:-1][np.diff(histories.offset_U1) > 0]] = True
        gap_E = gap_codes(histories.time_s_E, first_E)
        self.columns = (histories.item_E, histories.action_E + 1, histories.surface_E + 1, gap_E)
        self.loss = loss
        self.targets = Targets.of(histories, loss)
        self.start_W, self.length_W = _cut(self.targets.last_U, histories.offset_U1, max_length)

    def __len__(self) -> int:
        return len(self.start_W)

    def __getitem__(self, drawn: tuple[int, np.ndarray]) -> Batch:
        epoch, rows = drawn
        start_B, length_B = self.start_W[rows], self.length_W[rows]
        tokens = gathered(self.columns, start_B, length_B)
        inside_BL = np.arange(tokens.item_BL.shape[1])[None] < length_B[:, None]
        position_M = np.flatnonzero(inside_BL)
        event_M = (start_B[:, None] + np.arange(tokens.item_BL.shape[1])[None])[inside_BL]
        if self.loss.objective == "next_action":
            place_MK, weight_MK = next_actions(self.targets, event_M, self.loss)
        else:
            generator = np.random.default_rng((self.seed, epoch, int(rows[0])))
            place_MK, weight_MK = all_action(self.targets, event_M, generator)
        some_M = weight_MK.any(axis=1)
        place_MK = place_MK[some_M]
        predicted = (position_M[some_M], self.targets.item_P[place_MK], weight_MK[some_M])
        read = (tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL)
        return Batch(*(torch.from_numpy(array) for array in (*read, *predicted)))


def _cut(last_U: np.ndarray, offset_U1: np.ndarray, max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths of windows that end at `last_U` (an event, -1: none) and at steps of `max_length` before."""
    starts, lengths = [], []
    for last, first in zip(last_U.tolist(), offset_U1[:-1].tolist(), strict=True):
        stop = last + 1
        while stop > first and last >= 0:
            start = max(first, stop - max_length)
            starts.append(start)
            lengths.append(stop - start)
            stop = start
    return np.array(starts, np.int64), np.array(lengths, np.int64)
