"""Validation batches: questions of like length together.

Legend: B questions, L positions, E items of their histories.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from components.systems.user_sequence.held_out import Questions
from components.systems.user_sequence.tokens import padded

__all__ = ["Asked", "question_batches"]

BATCH = 512


class Asked(NamedTuple):
    """Tokens, the last position of each history, all pairs of (question, item in its history), and what came next."""

    item_BL: Tensor
    action_BL: Tensor
    surface_BL: Tensor
    gap_BL: Tensor
    last_B: Tensor
    seen_E: Tensor
    seen_item_E: Tensor
    target_B: Tensor


class _Questions:
    def __init__(self, questions: Questions, max_length: int) -> None:
        self.questions = questions
        self.max_length = max_length
        length_Q = np.array([len(history) for history in questions.histories])
        self.order_Q = np.argsort(length_Q, kind="stable")

    def __len__(self) -> int:
        return -(-len(self.order_Q) // BATCH)

    def __getitem__(self, number: int) -> Asked:
        rows = self.order_Q[number * BATCH : (number + 1) * BATCH]
        histories = [self.questions.histories[row] for row in rows.tolist()]
        tokens = padded(histories, self.max_length)
        seen_E = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
        columns = (
            *(tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL, tokens.length_B - 1),
            *(seen_E, np.concatenate([history.item_L for history in histories]).astype(np.int64)),
            self.questions.target_Q[rows],
        )
        return Asked(*(torch.from_numpy(column) for column in columns))


def question_batches(questions: Questions, max_length: int) -> DataLoader[Any]:
    """A loader of `Asked`, in an order of its own."""
    return DataLoader(_Questions(questions, max_length), batch_size=None, collate_fn=_as_fetched)  # type: ignore[arg-type]


def _as_fetched(batch: Asked) -> Asked:
    return batch
