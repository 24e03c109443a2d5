"""The questions that a training is validated by: what each user did next.

Legend: Q questions.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.targets import positive_events
from components.systems.user_sequence.tokens import History
from data.errors import UserError
from data.tables import SPLITS

__all__ = ["Questions", "questions"]


@dataclass(frozen=True)
class Questions:
    """Histories, none empty, with the item that came next."""

    histories: tuple[History, ...]
    target_Q: np.ndarray


def questions(histories: Histories, split: str, loss: LossConfig) -> Questions:
    """For every user the first positive event of `split` on an item not in the history, with all events before it.

    Raises:
        UserError: there is none.
    """
    asked_E = (histories.split_E == SPLITS.index(split)) & positive_events(histories, loss)
    parts, targets = [], []
    for first, stop in zip(histories.offset_U1[:-1].tolist(), histories.offset_U1[1:].tolist(), strict=True):
        for place in (first + np.flatnonzero(asked_E[first:stop])).tolist():
            if place > first and histories.item_E[place] not in histories.item_E[first:place]:
                parts.append(histories.between(first, place))
                targets.append(histories.item_E[place])
                break
    if not parts:
        raise UserError(f"the split {split!r} has no event that follows another of its user; give it some")
    return Questions(tuple(parts), np.array(targets, np.int64))
