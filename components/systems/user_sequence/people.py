"""From the events to what a bundle keeps of people.

Legend: U users, E events, N items.
"""

import numpy as np

from components.systems.user_sequence.config import ColdConfig, LossConfig
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import is_positive
from components.systems.user_sequence.stored import People
from components.systems.user_sequence.tokens import NO_TIME, History

__all__ = ["people_of", "popularity"]

STORED = 500  # newest events kept of a user
DAY_S = 86_400


def people_of(known: Histories, popular_N: np.ndarray) -> People:
    """The newest `STORED` events of every user of `known` who has any."""
    stop_U, size_U = known.offset_U1[1:], np.diff(known.offset_U1)
    kept_U = np.minimum(size_U, STORED)
    place_E = np.arange(len(known.item_E))
    kept_E = place_E >= np.repeat(stop_U - kept_U, size_U)
    events = History(
        known.item_E[kept_E], known.action_E[kept_E] + 1, known.surface_E[kept_E] + 1, known.time_s_E[kept_E]
    )
    some_U = kept_U > 0
    row_of = {user_id: row for row, user_id in enumerate(known.user_ids[some_U].tolist())}
    return People(row_of, np.concatenate([[0], np.cumsum(kept_U[some_U])]), events, popular_N)


def popularity(histories: Histories, items: int, loss: LossConfig, cold: ColdConfig) -> np.ndarray:
    """float32 (N,): positive events of each item, an event counting half for every half-life of its age.

    Ages are those at the newest event. Events without a time count one.
    """
    positive_E = is_positive(histories, loss.positive)
    time_s_E = histories.time_s_E[positive_E]
    age_days_E = np.where(time_s_E == NO_TIME, 0, (histories.time_s_E.max() - time_s_E) / DAY_S)
    weight_E = 0.5 ** (age_days_E / cold.half_life_days)
    return np.bincount(histories.item_E[positive_E], weight_E, items).astype(np.float32)
