"""The item-transition graph: counted, read by a history, stored. numpy alone.

Legend: N items, U users, E events or edges, L items of a history, X parts of it, R of the items that are read, K items
to score; `offset_N1` and `offset_U1` delimit rows as in a CSR matrix.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.transitions.config import TransitionConfig
from data.files import atomic

__all__ = ["TransitionGraph"]


@dataclass(frozen=True)
class TransitionGraph:
    """Edges from item to item as a CSR matrix, and how a history reads them. Safe to read from several threads.

    offset_N1: int64; target_E: int32, rising within a row; weight_E: float32.
    """

    offset_N1: np.ndarray
    target_E: np.ndarray
    weight_E: np.ndarray
    last: int
    decay: float

    @classmethod
    def count(
        cls, item_E: np.ndarray, offset_U1: np.ndarray, items: int, config: TransitionConfig
    ) -> "TransitionGraph":
        """Count the transitions within each user's events, in their order.

        item_E: item rows (0 to `items` - 1) of all users, one user after the other as `offset_U1` says.
        Weight from i to j: the sum of 1/gap over the pairs at most `window` events apart, over
        (popularity of i x popularity of j)^`popularity_power`.
        """
        user_E = np.repeat(np.arange(len(offset_U1) - 1), np.diff(offset_U1))
        key_E, count_E = np.empty(0, np.int64), np.empty(0)
        for gap in range(1, config.window + 1):
            same_E = user_E[gap:] == user_E[:-gap]
            if not same_E.any():
                break
            pair_E = item_E[:-gap][same_E].astype(np.int64) * items + item_E[gap:][same_E]
            new_E, times_E = np.unique(pair_E, return_counts=True)
            key_E, count_E = _added(key_E, count_E, new_E, times_E / gap)
        source_E, target_E = np.divmod(key_E, items)
        damped_N = np.maximum(np.bincount(item_E, minlength=items), 1) ** -config.popularity_power
        weight_E = (count_E * damped_N[source_E] * damped_N[target_E]).astype(np.float32)
        kept_E = _heaviest(source_E, weight_E, config.neighbours)
        offset_N1 = np.zeros(items + 1, np.int64)
        np.cumsum(np.bincount(source_E[kept_E], minlength=items), out=offset_N1[1:])
        return cls(offset_N1, target_E[kept_E].astype(np.int32), weight_E[kept_E], config.last, config.decay)

    @property
    def items(self) -> int:
        return len(self.offset_N1) - 1

    def add_scores(self, history_L: np.ndarray, weight: float, score_N: np.ndarray) -> None:
        """Add to `score_N` what the last items of `history_L` (item rows, newest last) transit to, times `weight`."""
        for row in history_L[-self.last :][::-1].tolist():
            low, high = self.offset_N1[row], self.offset_N1[row + 1]
            np.add.at(score_N, self.target_E[low:high], np.float32(weight) * self.weight_E[low:high])
            weight *= self.decay

    def scores(self, history_L: np.ndarray) -> np.ndarray:
        """float32 (N,): the decayed sum over the last items of `history_L`; zeros for an empty history."""
        score_N = np.zeros(self.items, np.float32)
        self.add_scores(history_L, 1.0, score_N)
        return score_N

    def scores_of_parts(self, history_L: np.ndarray, keep_XL: np.ndarray, row_K: np.ndarray) -> np.ndarray:
        """float32 (X, K): as `scores`, of those items of a history that each row of `keep_XL` keeps, for some items."""
        back_XL = np.cumsum(keep_XL[:, ::-1], axis=1)[:, ::-1]  # 1 for the newest that is kept
        weight_XL = np.where(keep_XL & (back_XL <= self.last), self.decay ** (back_XL - 1.0), 0).astype(np.float32)
        read_R = np.flatnonzero(weight_XL.any(axis=0))
        return weight_XL[:, read_R] @ self._between(history_L[read_R], row_K)

    def _between(self, source_R: np.ndarray, target_K: np.ndarray) -> np.ndarray:
        """float32 (R, K): weights of the edges from each source to each target; 0 where there is none."""
        key_RK = source_R[:, None].astype(np.int64) * self.items + target_K
        if not len(self.target_E):
            return np.zeros(key_RK.shape, np.float32)
        at_RK = np.minimum(np.searchsorted(self._keys_of_edges, key_RK), len(self._keys_of_edges) - 1)
        return np.where(self._keys_of_edges[at_RK] == key_RK, self.weight_E[at_RK], np.float32(0))

    @cached_property
    def _keys_of_edges(self) -> np.ndarray:
        """int64, rising: source times items plus target."""
        return np.repeat(np.arange(self.items), np.diff(self.offset_N1)) * self.items + self.target_E

    def save(self, path: Path) -> None:
        """Write one `.npz` without objects; equal graphs give equal bytes."""
        with atomic(path) as file:
            np.savez(
                file,
                allow_pickle=False,
                offset=self.offset_N1,
                target=self.target_E,
                weight=self.weight_E,
                reading=np.array([self.last, self.decay]),
            )

    @classmethod
    def load(cls, path: Path) -> "TransitionGraph":
        """Open what `save` wrote.

        Raises:
            UserError: the file is missing or damaged.
        """
        with opened_arrays(path, "holds no transition graph") as arrays:
            last, decay = arrays["reading"].tolist()
            return cls(arrays["offset"], arrays["target"], arrays["weight"], int(last), decay)


def _added(
    key_E: np.ndarray, count_E: np.ndarray, new_E: np.ndarray, times_E: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both lists of counted keys as one, sorted by key."""
    keys_E, place_E = np.unique(np.concatenate([key_E, new_E]), return_inverse=True)
    return keys_E, np.bincount(place_E, np.concatenate([count_E, times_E]), len(keys_E))


def _heaviest(source_E: np.ndarray, weight_E: np.ndarray, most: int) -> np.ndarray:
    """Positions of the `most` heaviest edges of every source, in the order of the edges."""
    order_E = np.lexsort((-weight_E, source_E))
    first_E = np.searchsorted(source_E[order_E], source_E[order_E])
    return np.sort(order_E[np.arange(len(order_E)) - first_E < most])
