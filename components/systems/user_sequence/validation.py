"""Validation batches: questions of like length together.

Legend: B questions, L positions, E items of their histories, T targets.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from components.systems.user_sequence.held_out import Questions, blocks_of
from components.systems.user_sequence.tokens import padded

__all__ = ["Asked", "question_batches"]

BATCH = 256


class Asked(NamedTuple):
    """Tokens, the last position of each history, its items, what came next, and when it was asked.

    seen_E and seen_item_E are all pairs of a question and an item in its history; now_s_B is -1 where unknown.
    """

    item_BL: Tensor
    action_BL: Tensor
    surface_BL: Tensor
    gap_BL: Tensor
    last_B: Tensor
    seen_E: Tensor
    seen_item_E: Tensor
    owner_T: Tensor
    target_T: Tensor
    now_s_B: Tensor


class _Questions:
    def __init__(self, questions: Questions, max_length: int) -> None:
        self.questions = questions
        self.max_length = max_length
        self.blocks = blocks_of(questions, BATCH)

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, number: int) -> Asked:
        block = self.blocks[number]
        histories = block.histories
        tokens = padded(histories, self.max_length)
        seen_E = np.repeat(np.arange(len(histories)), [len(whole) for whole in block.whole])
        seen_item_E = np.concatenate([whole.item_L for whole in block.whole]).astype(np.int64)
        read = (tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL, tokens.length_B - 1)
        columns = (*read, seen_E, seen_item_E, block.owner_T, block.target_T, block.now_s_Q)
        return Asked(*(torch.from_numpy(column) for column in columns))


def question_batches(questions: Questions, max_length: int) -> DataLoader[Any]:
    """A loader of `Asked`, in an order of its own."""
    return DataLoader(_Questions(questions, max_length), batch_size=None, collate_fn=_as_fetched)  # type: ignore[arg-type]


def _as_fetched(batch: Asked) -> Asked:
    return batch
