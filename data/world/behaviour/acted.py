"""Which person has acted on which item, as sorted keys: memory follows the actions, not people times items."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Acted"]


class Acted:
    """A set of pairs; `settle` once a day keeps look-ups quick."""

    def __init__(self, items: int) -> None:
        self._items = items
        self._settled = np.empty(0, np.int64)
        self._fresh = np.empty(0, np.int64)

    def add(self, person: NDArray[np.int64], item: NDArray[np.int64]) -> None:
        self._fresh = np.sort(np.concatenate([self._fresh, person * self._items + item]))

    def has(self, person: NDArray[np.int64], item: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each pair is in the set; quickest for people in ascending order."""
        keys = person * self._items + item
        return _among(self._settled, keys) | _among(self._fresh, keys)

    def settle(self) -> None:
        self._settled = np.sort(np.concatenate([self._settled, self._fresh]), kind="stable")
        self._fresh = np.empty(0, np.int64)

    def keys(self) -> NDArray[np.int64]:
        """person * items + item, ascending."""
        return np.sort(np.concatenate([self._settled, self._fresh]), kind="stable")


def _among(sorted_keys: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(sorted_keys):
        return np.zeros(keys.shape, np.bool_)
    place = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.asarray(sorted_keys[place] == keys)
