"""What the heads see of a candidate: rates that follow events, facts, and the moment.

Legend: N candidates, E entities with everybody first, H half-lives, O outcomes with shown first, X signals.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.features.counters import Definition
from components.features.facts import Facts
from components.systems.feed_ranking.items import Items
from data.times import DAY_S

__all__ = ["SignalMaker"]

HOUR_S = 3600
UNKNOWN = -1.0


class SignalMaker:
    """Makes signals (N, X) float32 of counts and facts; nothing in them is known later than the question."""

    def __init__(
        self, definition: Definition, prior: float, items: Items, people: Facts, surfaces: Sequence[str]
    ) -> None:
        self.definition, self.prior, self.items, self.people = definition, prior, items, people
        self.surfaces = tuple(surfaces)
        self._kinds = [
            place for place, entity in enumerate(definition.entities[1:]) if "user_id" in entity and len(entity) > 1
        ]
        self._surface = {name: float(number) for number, name in enumerate(surfaces)}

    def signals(
        self,
        count_NEHO: NDArray[np.float64],
        user_ids: Sequence[str],
        item_ids: Sequence[str],
        surfaces: Sequence[str],
        time_s_N: NDArray[np.int64],
        position_N: NDArray[np.float64],
    ) -> NDArray[np.float32]:
        """What is the same of all may be given once: people, surfaces, times and positions."""
        made_N = np.array(list(map(self.items.created_s.get, item_ids)), float)  # None is not a number
        age_N = np.where(np.isnan(made_N), UNKNOWN, np.maximum((time_s_N - made_N) / DAY_S, 0.0))
        surface_N = np.array([self._surface.get(name, UNKNOWN) for name in surfaces])
        moment = np.broadcast_arrays(surface_N, time_s_N % DAY_S // HOUR_S, age_N, position_N)
        parts: list[NDArray[Any]] = [
            *self._rates(count_NEHO),
            self.items.facts.of(item_ids),
            self.people.of(user_ids),
            np.stack(moment, axis=1),
        ]
        whole = [np.broadcast_to(part, (len(item_ids), part.shape[1])) for part in parts]
        return np.concatenate(whole, axis=1, dtype=np.float32, casting="same_kind")

    def _rates(self, count_NEHO: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each entity and half-life: the logarithm of how often it was shown, and its smoothed rates.

        Then the affinity of a person to all kinds of an item together, the sum of the logarithms of their rates over
        everybody's: trees see one rate at a time, and few impressions have everything that somebody likes.
        """
        everybody_N1HO = count_NEHO[:, :1]
        overall = everybody_N1HO[..., 1:] / np.maximum(everybody_N1HO[..., :1], 1e-9)
        rates = np.empty_like(count_NEHO[:, 1:])
        shown, rate = count_NEHO[:, 1:, :, :1], rates[..., 1:]
        np.log1p(shown, out=rates[..., :1])
        np.divide(count_NEHO[:, 1:, :, 1:] + self.prior * overall, shown + self.prior, out=rate)
        lift = np.log((rate[:, self._kinds] + 1e-9) / (overall + 1e-9)).sum(axis=1)
        return rates.reshape(len(rates), -1), lift.reshape(len(rates), -1)
