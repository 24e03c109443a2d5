"""Training batches: pieces of histories, with what each position is to predict, which are positive events after it.

Legend: E events, U users, P positive events, W windows, B windows of a batch, L positions of the longest,
M predictions, K targets of each.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.history import NO_TIME
from components.systems.user_sequence.tables import Histories
from components.systems.user_sequence.transformer import gap_codes, gathered
from data.errors import UserError
from data.times import DAY_S

__all__ = ["Batch", "Targets", "Windows", "all_action", "next_actions"]


@dataclass(frozen=True)
class Targets:
    """The positive events of all users, in order, and which of them come after each event.

    item_P: their items. after_E: the number of the first positive after an event. stop_E: one past the
    last positive of its user within the horizon, where there is one. last_U: each user's last event that has a positive
    after it, or -1.
    """

    item_P: np.ndarray
    after_E: np.ndarray
    stop_E: np.ndarray
    last_U: np.ndarray

    @classmethod
    def of(cls, histories: Histories, loss: LossConfig) -> "Targets":
        """Find them.

        Raises:
            UserError: an action to predict that there is none of, or no event that has one after it.
        """
        positive_E = _positive(histories, loss)
        before_E1 = np.concatenate([[0], np.cumsum(positive_E)])
        after_E = before_E1[1:]
        stop_E = before_E1[histories.offset_U1[1:]][histories.owners()]
        if loss.objective == "all_action":
            stop_E = _within_horizon(histories, np.flatnonzero(positive_E), after_E, stop_E, loss.horizon_days * DAY_S)
        has_E = after_E < stop_E
        if not has_E.any():
            raise UserError("no event is followed by another of its user that could be predicted; more data is needed")
        last_U = np.full(len(histories.user_ids), -1, np.int64)
        np.maximum.at(last_U, histories.owners()[has_E], np.flatnonzero(has_E))
        return cls(histories.item_E[positive_E].astype(np.int64), after_E, stop_E, last_U)


def _positive(histories: Histories, loss: LossConfig) -> np.ndarray:
    unknown = sorted(set(loss.positive or ()) - set(histories.actions))
    if unknown:
        known = ", ".join(histories.actions)
        raise UserError(f"loss.positive: there is no {unknown[0]!r} among the actions of the data ({known})")
    return histories.is_positive(loss.positive)


def _within_horizon(
    histories: Histories, event_P: np.ndarray, after_E: np.ndarray, stop_E: np.ndarray, horizon_s: float
) -> np.ndarray:
    """`stop_E` drawn in to the horizon; an event without a time keeps the positives to its user's end."""
    time_s_P = histories.time_s_E[event_P]
    user_P = histories.owners()[event_P]
    span_s = float(histories.time_s_E.max()) + horizon_s + 2  # makes (user, time) one rising number
    key_P = np.maximum.accumulate(user_P * span_s + time_s_P)  # an unknown time among known ones counts as the last
    limit_E = histories.owners() * span_s + histories.time_s_E + horizon_s
    near_E = np.searchsorted(key_P, limit_E, side="right")
    return np.where(histories.time_s_E == NO_TIME, stop_E, np.clip(near_E, after_E, stop_E))


def next_actions(targets: Targets, event_M: np.ndarray, loss: LossConfig) -> tuple[np.ndarray, np.ndarray]:
    """The next positives (M, K) of events, by number, weighing `next_decay` of the one before.

    The weights of an event sum to 1, or to 0 where there is none; the number is 0 then.
    """
    place_MK = targets.after_E[event_M][:, None] + np.arange(loss.next_events)[None]
    there_MK = place_MK < targets.stop_E[event_M][:, None]
    weight_MK = np.where(there_MK, loss.next_decay ** np.arange(loss.next_events), 0.0)
    weight_MK /= np.maximum(weight_MK.sum(axis=1, keepdims=True), 1e-9)
    return np.where(there_MK, place_MK, 0), weight_MK.astype(np.float32)


def all_action(targets: Targets, event_M: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One positive (M, 1) drawn for each event from those within the horizon, by number, weighing 1, or 0 without any.

    Source: PinnerFormer (arXiv 2205.04507), section 3.4, with every position predicting instead of some.
    """
    first_M, stop_M = targets.after_E[event_M], targets.stop_E[event_M]
    there_M = first_M < stop_M
    drawn_M = first_M + np.floor(generator.random(len(event_M)) * (stop_M - first_M)).astype(np.int64)
    return np.where(there_M, drawn_M, 0)[:, None], there_M.astype(np.float32)[:, None]


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
