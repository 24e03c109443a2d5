"""The questions that a training is validated by: what each user did next, as the evaluation asks it.

Legend: Q questions, T targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import examples_of
from components.systems.user_sequence.tokens import History, read_codes
from data.errors import UserError

__all__ = ["Questions", "blocks_of", "questions"]

SPLIT = "validation"


@dataclass(frozen=True)
class Questions:
    """Histories, none empty, with the new items that came next; `owner_T` is the number of a target's history.

    whole: all that a user had done, be it in the history or not read.
    now_s_Q: when each question is asked, which is when the user came back; -1 where unknown.
    """

    histories: tuple[History, ...]
    whole: tuple[History, ...]
    now_s_Q: np.ndarray
    owner_T: np.ndarray
    target_T: np.ndarray

    def __len__(self) -> int:
        return len(self.histories)


def questions(histories: Histories, loss: LossConfig, reads: Sequence[str] | None, most: int) -> Questions:
    """What at most `most` users did in the validation split; those who did nothing to be read before are left out.

    Raises:
        UserError: there is nobody.
    """
    examples = examples_of(histories, SPLIT, loss.positive).drawn(most)
    whole = [
        histories.between(first, stop)
        for first, stop in zip(examples.first_B.tolist(), examples.stop_B.tolist(), strict=True)
    ]
    codes = read_codes(histories.actions, reads)
    read = [history.doing(codes) for history in whole]
    some_Q = np.array([len(history) > 0 for history in read], bool)
    if not some_Q.any():
        raise UserError(f"nobody did anything new in the split {SPLIT!r} after something before it; give it events")
    kept_T = some_Q[examples.owner_T]
    number_Q = np.cumsum(some_Q) - 1
    return Questions(
        tuple(history for history in read if len(history)),
        tuple(history for history, some in zip(whole, some_Q.tolist(), strict=True) if some),
        histories.time_s_E[examples.stop_B[some_Q]],
        number_Q[examples.owner_T[kept_T]],
        examples.target_T[kept_T],
    )


def blocks_of(asked: Questions, size: int) -> list[Questions]:
    """The questions in blocks of `size` histories of like length."""
    order_Q = np.argsort([len(history) for history in asked.histories], kind="stable")
    place_Q = np.empty(len(asked), np.int64)
    place_Q[order_Q] = np.arange(len(asked))
    place_T = place_Q[asked.owner_T]
    order_T = np.argsort(place_T, kind="stable")
    place_T, target_T = place_T[order_T], asked.target_T[order_T]
    found = []
    for start in range(0, len(asked), size):
        low, high = np.searchsorted(place_T, [start, start + size])
        chosen_B = order_Q[start : start + size]
        histories = tuple(asked.histories[number] for number in chosen_B.tolist())
        whole = tuple(asked.whole[number] for number in chosen_B.tolist())
        found.append(
            Questions(histories, whole, asked.now_s_Q[chosen_B], place_T[low:high] - start, target_T[low:high])
        )
    return found
