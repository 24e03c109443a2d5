"""What an event is to predict: the positive events after it.

Legend: E events, U users, P positive events, M predictions, K targets of each.
"""

from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import is_positive
from components.systems.user_sequence.tokens import NO_TIME
from data.errors import UserError

__all__ = ["Targets", "all_action", "next_actions"]

DAY_S = 86_400


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
    return is_positive(histories, loss.positive)


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
