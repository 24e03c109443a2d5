"""Training batches: histories with the next item at each position, and an item that the user never met.

Legend: U users, E events, S sequences, B sequences of a batch, L positions of the longest.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from components.baselines.interactions import Interactions

__all__ = ["Batch", "Sequences", "padded"]


class Batch(NamedTuple):
    """One history per row, padded by zeros: its items, and for each the item to predict and a negative."""

    item_BL: Tensor
    length_B: Tensor
    target_BL: Tensor
    negative_BL: Tensor


class Sequences:
    """The last `max_length` + 1 events of every user with two: all but the last are input, all but the first targets.

    A negative is drawn uniformly from the items that are not in the user's events, anew in every epoch.

    Raises:
        ValueError: a user met every item, so that there is no negative.
    """

    def __init__(self, log: Interactions, max_length: int, seed: int) -> None:
        self.seed = seed
        self.items = log.items
        self.user_S = np.flatnonzero(np.diff(log.offset_U1) >= 2)
        histories = log.histories()
        self.events = [histories[user][-max_length - 1 :] for user in self.user_S.tolist()]
        self.length_S = np.array([len(events) - 1 for events in self.events])
        user_E = np.repeat(np.arange(len(log.offset_U1) - 1), np.diff(log.offset_U1))
        self.met = np.unique(user_E * np.int64(log.items) + log.item_E)  # (user, item) as one rising number
        if (np.bincount(self.met // log.items, minlength=1)[self.user_S] == log.items).any():
            raise ValueError(f"a user met all {log.items} items, so that none is left as a negative")

    def __len__(self) -> int:
        return len(self.events)

    def __getitem__(self, drawn: tuple[int, np.ndarray]) -> Batch:
        epoch, rows = drawn
        generator = np.random.default_rng((self.seed, epoch, int(rows[0])))
        item_BL, length_B = padded([self.events[row][:-1] for row in rows])
        target_BL, _ = padded([self.events[row][1:] for row in rows])
        negative_BL = self._negatives(self.user_S[rows], target_BL.shape, generator)
        return Batch(*(torch.from_numpy(array) for array in (item_BL, length_B, target_BL, negative_BL)))

    def _negatives(self, user_B: np.ndarray, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
        negative_BL = generator.integers(0, self.items, shape)
        base_BL = np.broadcast_to(user_B[:, None] * np.int64(self.items), shape)
        met_BL = self._has_met(base_BL + negative_BL)
        while met_BL.any():  # nobody met everything, as is checked above; a few in a thousand are drawn twice
            negative_BL[met_BL] = generator.integers(0, self.items, int(met_BL.sum()))
            met_BL[met_BL] = self._has_met((base_BL + negative_BL)[met_BL])
        return negative_BL

    def _has_met(self, key: np.ndarray) -> np.ndarray:
        place = np.minimum(np.searchsorted(self.met, key), len(self.met) - 1)
        return np.asarray(self.met[place] == key)


def padded(histories: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """int64 (B, L) with zeros behind each history's end, and the lengths (B,)."""
    length_B = np.array([len(history) for history in histories], np.int64)
    item_BL = np.zeros((len(histories), int(length_B.max())), np.int64)
    item_BL[np.arange(item_BL.shape[1])[None] < length_B[:, None]] = np.concatenate(histories)
    return item_BL, length_B
