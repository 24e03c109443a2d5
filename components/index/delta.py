"""Rows that came since the base was made: few, searched exactly, and only ever appended to.

Legend: M rows, D dimensions, Q queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.metadata import MISSING

__all__ = ["Delta", "DeltaRows"]

FIRST_CAPACITY = 256


@dataclass(frozen=True)
class Delta:
    """What a reader sees of the rows; writers append beyond it and never change what it shows.

    codes: column to int32 (M,); positions: column to value to code. `alive_M` is False where a row was replaced or
    deleted. `row_of` and `previous` lead to the latest row of an id and to the one before, newer rows included.
    """

    vectors_MD: np.ndarray
    alive_M: np.ndarray
    alive: int
    codes: Mapping[str, np.ndarray]
    positions: Mapping[str, Mapping[str, int]]
    item_ids: Sequence[str]
    metadata: Sequence[Mapping[str, str]]
    texts: Sequence[Mapping[str, str]]
    row_of: Mapping[str, int]
    previous: Sequence[int]

    def __len__(self) -> int:
        return len(self.alive_M)

    def find(self, item_id: str) -> int | None:
        """The row of an item that is there; None otherwise."""
        row = self.row_of.get(item_id, -1)
        while row >= len(self):
            row = self.previous[row]
        return row if row >= 0 and self.alive_M[row] else None

    def mask(self, where: Mapping[str, Sequence[str]] | None) -> np.ndarray:
        """Boolean (M,): rows that are there and have one of the wanted values in every column."""
        found_M = self.alive_M
        for column, wanted in (where or {}).items():
            known = self.positions.get(column, {})
            codes = [known[value] for value in wanted if value in known]
            rows_M = np.isin(self.codes[column], codes) if codes and column in self.codes else np.zeros(len(self), bool)
            found_M = found_M & rows_M
        return found_M

    def search(
        self, query_QD: np.ndarray, k: int, mask_M: np.ndarray, least_Q: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores float32 and rows int64 (Q, at most k) of the best rows, in no order.

        least_Q: rows that score less than this may be left out: so good are k others.
        """
        rows_M = np.flatnonzero(mask_M)
        chosen_MD = self.vectors_MD if len(rows_M) == len(self) else self.vectors_MD[rows_M]
        scores_QM = np.ascontiguousarray((chosen_MD @ query_QD.T).T)  # of few queries quicker than the other way round
        good_M = np.flatnonzero((scores_QM >= least_Q[:, None]).any(axis=0))
        scores_QM, rows_M = scores_QM[:, good_M], rows_M[good_M]
        if k < len(rows_M):
            best_QK = np.argpartition(scores_QM, len(rows_M) - k, axis=1)[:, len(rows_M) - k :]
            return np.take_along_axis(scores_QM, best_QK, 1), rows_M[best_QK]
        return scores_QM, np.broadcast_to(rows_M, scores_QM.shape)


class DeltaRows:
    """The growing rows behind `Delta`. One writer at a time."""

    def __init__(self, dim: int) -> None:
        self._vectors_ND = np.empty((FIRST_CAPACITY, dim), np.float32)
        self._codes: dict[str, np.ndarray] = {}
        self._positions: dict[str, dict[str, int]] = {}
        self._ids: list[str] = []
        self._metadata: list[Mapping[str, str]] = []
        self._texts: list[Mapping[str, str]] = []
        self._row_of: dict[str, int] = {}
        self._previous: list[int] = []
        self._dead: set[int] = set()
        self._alive_M = np.empty(0, bool)

    def __len__(self) -> int:
        return len(self._ids)

    def append(self, item_id: str, vector_D: np.ndarray, metadata: Mapping[str, str], texts: Mapping[str, str]) -> None:
        """Add the row of an item; the one that it had is dead from the next view on."""
        row = len(self._ids)
        if row == len(self._vectors_ND):
            self._grow()
        self._vectors_ND[row] = vector_D
        for column in metadata:
            if column not in self._codes:
                self._positions[column] = {}
                self._codes[column] = np.full(len(self._vectors_ND), MISSING, np.int32)
        for column, codes in self._codes.items():
            value, known = metadata.get(column), self._positions[column]
            codes[row] = known.setdefault(value, len(known)) if value else MISSING
        self.remove(item_id)
        self._previous.append(self._row_of.get(item_id, -1))
        self._ids.append(item_id)
        self._metadata.append(metadata)
        self._texts.append(texts)
        self._row_of[item_id] = row

    def remove(self, item_id: str) -> None:
        """From the next view on, the item has no row here."""
        row = self._row_of.get(item_id)
        if row is not None:
            self._dead.add(row)

    def view(self) -> Delta:
        """The rows as they are now."""
        size = len(self._ids)
        alive_M = np.ones(size, bool)
        alive_M[: len(self._alive_M)] = self._alive_M
        alive_M[list(self._dead)] = False
        self._dead, self._alive_M = set(), alive_M
        codes = {column: codes[:size] for column, codes in self._codes.items()}
        return Delta(
            self._vectors_ND[:size],
            alive_M,
            int(np.count_nonzero(alive_M)),
            codes,
            dict(self._positions),
            self._ids,
            self._metadata,
            self._texts,
            self._row_of,
            self._previous,
        )

    def _grow(self) -> None:
        """Twice the room, elsewhere: views keep the rows that they show."""
        room = len(self._vectors_ND)
        self._vectors_ND = np.concatenate([self._vectors_ND, np.empty_like(self._vectors_ND)])
        fresh = np.full(room, MISSING, np.int32)
        self._codes = {column: np.concatenate([codes, fresh]) for column, codes in self._codes.items()}
