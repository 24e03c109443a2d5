"""What the transformer reads of histories, as codes. numpy alone.

Legend: B histories, L actions of the longest, E actions of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "GAPS",
    "NO_TIME",
    "UNKNOWN",
    "History",
    "Tokens",
    "gap_codes",
    "gathered",
    "joined",
    "newest",
    "padded",
    "read_codes",
]

UNKNOWN = 0  # code of an action or surface that is not known; those known count from 1
GAPS = 36  # 0: no gap known; 1 + n: at least 2^n - 1 seconds since the action before, up to a thousand years
NO_TIME = -1


@dataclass(frozen=True)
class History:
    """What one person did, oldest first: item rows of the catalogue, codes, and seconds (-1 where unknown)."""

    item_L: np.ndarray
    action_L: np.ndarray
    surface_L: np.ndarray
    time_s_L: np.ndarray

    def __len__(self) -> int:
        return len(self.item_L)

    def part(self, chosen: slice | np.ndarray) -> "History":
        return History(self.item_L[chosen], self.action_L[chosen], self.surface_L[chosen], self.time_s_L[chosen])

    def doing(self, codes: Sequence[int] | None) -> "History":
        """The actions of some codes; all of them if that is None."""
        return self if codes is None else self.part(self.did(codes))

    def did(self, codes: Sequence[int] | np.ndarray) -> np.ndarray:
        """bool (L,): whether each action is one of some codes, of which there are few."""
        return np.asarray((self.action_L[:, None] == np.asarray(codes)).any(axis=1))

    def then(self, later: "History") -> "History":
        pairs = zip(self.columns(), later.columns(), strict=True)
        return History(*(np.concatenate(pair) for pair in pairs))

    def without(self, stored: "History") -> "History":
        """What is not in `stored`: an action of the same item, kind and known time is the same action."""
        known = set(zip(stored.item_L.tolist(), stored.action_L.tolist(), stored.time_s_L.tolist(), strict=True))
        given = zip(self.item_L.tolist(), self.action_L.tolist(), self.time_s_L.tolist(), strict=True)
        return self.part(np.array([one[2] == NO_TIME or one not in known for one in given], bool))

    def columns(self) -> tuple[np.ndarray, ...]:
        return self.item_L, self.action_L, self.surface_L, self.time_s_L


@dataclass(frozen=True)
class Tokens:
    """int64 codes, zero behind each history's end; `length_B` says where that is."""

    item_BL: np.ndarray
    action_BL: np.ndarray
    surface_BL: np.ndarray
    gap_BL: np.ndarray
    length_B: np.ndarray


def read_codes(actions: Sequence[str], reads: Sequence[str] | None) -> tuple[int, ...] | None:
    """The codes of the actions `reads` in the vocabulary `actions`; None, all of them, where `reads` is None."""
    return None if reads is None else tuple(code for code, name in enumerate(actions, 1) if name in reads)


def gap_codes(time_s_E: np.ndarray, first_E: np.ndarray) -> np.ndarray:
    """Codes of the seconds since the action before: their length in bits, plus one; 0 where either time is unknown.

    first_E: whether an action is its history's first, which has none before it.
    """
    gap_s_E = np.maximum(np.diff(time_s_E, prepend=NO_TIME), 0)
    before_E = np.concatenate([[NO_TIME], time_s_E[:-1]])
    known_E = (time_s_E != NO_TIME) & (before_E != NO_TIME) & ~first_E
    bits_E = np.frexp(gap_s_E + 1.0)[1]
    return np.where(known_E, np.minimum(bits_E, GAPS - 1), 0).astype(np.int64)


def gathered(columns_E: Sequence[np.ndarray], start_B: np.ndarray, length_B: np.ndarray) -> Tokens:
    """Pieces of flat columns (items, actions, surfaces, gaps) as padded tokens."""
    place_L = np.arange(int(length_B.max()))
    inside_BL = place_L[None] < length_B[:, None]
    place_BL = np.where(inside_BL, start_B[:, None] + place_L[None], start_B[:, None])
    item, action, surface, gap = (np.where(inside_BL, column_E[place_BL], 0).astype(np.int64) for column_E in columns_E)
    return Tokens(item, action, surface, gap, length_B)


def padded(histories: Sequence[History], max_length: int) -> Tokens:
    """The newest `max_length` actions of each history; none may be empty."""
    return gathered(*newest(*joined(histories), max_length))


def joined(histories: Sequence[History]) -> tuple[list[np.ndarray], np.ndarray]:
    """The columns of histories in a row, and the length of each."""
    length_B = np.array([len(history) for history in histories], np.int64)
    return [np.concatenate(parts) for parts in zip(*(one.columns() for one in histories), strict=True)], length_B


def newest(
    flat: Sequence[np.ndarray], length_B: np.ndarray, max_length: int
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Columns (items, actions, surfaces, gaps) of histories in a row, and start and length of what is read of each."""
    end_B = np.cumsum(length_B)
    first_E = np.zeros(int(end_B[-1]), bool)
    first_E[end_B - length_B] = True
    read_B = np.minimum(length_B, max_length)
    return [*flat[:3], gap_codes(flat[3], first_E)], end_B - read_B, read_B
