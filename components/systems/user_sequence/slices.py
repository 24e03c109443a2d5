"""The parts of the examples that are looked at apart.

Legend: U users, E events, B users asked about, T targets, N items.
"""

import numpy as np
import pandas as pd

from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.protocol import Examples
from components.systems.user_sequence.tokens import NO_TIME
from data.tables import SPLITS

__all__ = ["slices_of"]

DAY_S = 86_400
LENGTHS = (1, 5, 10, 20, 50)
ACTIVE_DAYS = 28
ACTIVITIES = (1, 5, 20)
AGES_DAYS = (1, 7, 28, 180)
TIMES_SEEN = (1, 5, 20, 100)


def slices_of(histories: Histories, examples: Examples, items: int) -> pd.DataFrame:
    """A column a slice, a row a user asked about, in order.

    history: events of the input. user: cold without any training event. target: cold if the first item asked for has no
    training event, otherwise by how many it has. Where times are known also item_age, days since the first event on
    that item, and activity, the user's events in the 28 days before the split.
    """
    train_E = histories.split_E == SPLITS.index("train")
    trained_U = np.bincount(histories.owners()[train_E], minlength=len(histories.user_ids))
    count_N = np.bincount(histories.item_E[train_E], minlength=items)
    first_T = np.unique(examples.owner_T, return_index=True)[1]
    target_B, event_B = examples.target_T[first_T], examples.event_T[first_T]
    found = {
        "history": _binned(examples.stop_B - examples.first_B, LENGTHS),
        "user": np.where(trained_U[examples.user_B] > 0, "warm", "cold"),
        "target": np.where(count_N[target_B] > 0, _binned(count_N[target_B], TIMES_SEEN), "cold"),
    }
    if (histories.time_s_E != NO_TIME).all():
        first_s_N = np.full(items, np.iinfo(np.int64).max)
        np.minimum.at(first_s_N, histories.item_E, histories.time_s_E)
        age_days_B = (histories.time_s_E[event_B] - first_s_N[target_B]) // DAY_S
        found["item_age"] = np.char.add(_binned(age_days_B, AGES_DAYS), " days")
        found["activity"] = _binned(_recent(histories, examples), ACTIVITIES)
    return pd.DataFrame(found)


def _recent(histories: Histories, examples: Examples) -> np.ndarray:
    """Events of the input in the days before the event asked for first."""
    first_T = np.unique(examples.owner_T, return_index=True)[1]
    since_s_B = histories.time_s_E[examples.event_T[first_T]] - ACTIVE_DAYS * DAY_S
    bounds = zip(examples.first_B.tolist(), examples.stop_B.tolist(), since_s_B.tolist(), strict=True)
    return np.array([np.count_nonzero(histories.time_s_E[first:stop] >= since) for first, stop, since in bounds])


def _binned(values_B: np.ndarray, edges: tuple[int, ...]) -> np.ndarray:
    """`0`, `1-4`, `5-9` …, `50+`: from each edge to before the next."""
    lows = (0, *edges)
    names = [
        *(str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in zip(lows, edges, strict=False)),
        f"{lows[-1]}+",
    ]
    return np.array(names)[np.searchsorted(edges, values_B, side="right")]
