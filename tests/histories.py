"""Histories written down by hand, for tests that count what follows from them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from components.systems.user_sequence.tables import Histories
from data.tables import SPLITS
from data.times import DAY_S


class Event(NamedTuple):
    """What a user did; a negative day is an unknown one."""

    item: int
    action: str
    split: str
    day: float
    surface: str = ""


def made(
    users: Sequence[Sequence[tuple[int, str, str, float] | tuple[int, str, str, float, str]]],
    actions: tuple[str, ...],
    surfaces: tuple[str, ...] = ("",),
) -> Histories:
    """A user u0, u1, … for each list of what `Event` takes."""
    events = [Event(*event) for user in users for event in user]
    return Histories(
        user_ids=np.array([f"u{number}" for number in range(len(users))]),
        offset_U1=np.cumsum([0, *(len(user) for user in users)]),
        item_E=np.array([event.item for event in events], np.int32),
        action_E=np.array([actions.index(event.action) for event in events], np.int16),
        surface_E=np.array([surfaces.index(event.surface) for event in events], np.int16),
        time_s_E=np.array([int(event.day * DAY_S) if event.day >= 0 else -1 for event in events], np.int64),
        split_E=np.array([SPLITS.index(event.split) for event in events], np.int8),
        actions=actions,
        surfaces=surfaces,
    )
