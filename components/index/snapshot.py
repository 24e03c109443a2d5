"""One consistent state of a live index: a reader searches it while writers go on.

Legend: N rows of the base, M of the delta, D dimensions, Q queries, K results, W bytes of a bitmap.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from components.index.base import Base
from components.index.delta import Delta
from components.index.query import checked_query
from components.metadata import Where, listed
from data.errors import UserError

__all__ = ["Hit", "Snapshot"]


class Hit(NamedTuple):
    """A result of a search: an item and its inner product with the query."""

    item_id: str
    score: float


@dataclass(frozen=True)
class Snapshot:
    """The base, which of its rows are still there, and the rows that came since.

    bits_W: rows of the base that are there, a bit each from the lowest; None: all. alive: how many these are.
    seq: the last change that it holds.
    """

    base: Base
    bits_W: np.ndarray | None
    alive: int
    delta: Delta
    seq: int

    def __len__(self) -> int:
        return self.alive + self.delta.alive

    def find(self, item_id: str) -> tuple[bool, int] | None:
        """Where an item is: whether in the delta, and its row; None if it is not there."""
        row = self.delta.find(item_id)
        if row is not None:
            return True, row
        row = self.base.find(item_id)
        return None if row is None or not self.has(row) else (False, row)

    def has(self, row: int) -> bool:
        """Whether this row of the base is still there."""
        return self.bits_W is None or bool(self.bits_W[row >> 3] >> (row & 7) & 1)

    def vector(self, item_id: str) -> np.ndarray | None:
        """The item's vector, float32 (D,)."""
        place = self.find(item_id)
        if place is None:
            return None
        in_delta, row = place
        found_1D = self.delta.vectors_MD[row : row + 1] if in_delta else self.base.vectors(np.array([row]))
        return np.array(found_1D[0], np.float32)

    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        """Columns to filter by and their values, sorted."""
        names = sorted({*self.base.metadata.vocabulary, *self.delta.positions})
        return {name: tuple(sorted(self._values(name))) for name in names}

    def search(
        self, query_QD: np.ndarray, k: int | Sequence[int], where: Where | None = None, exclude: Collection[str] = ()
    ) -> list[list[Hit]]:
        """The min(k, matching items) best items of each query, best first. k: of all queries, or of each.

        Under a filter these are exactly the best of the matching ones, to half precision where the base is an inverted
        file; without one, such a base finds each of them with the recall that it was calibrated for.

        Raises:
            UserError: an unknown column or value in `where`; the message names the known ones.
            ValueError: k < 1, another dimension, or a query that is not finite.
        """
        each, most = ([k] * len(query_QD), k) if isinstance(k, int) else (k, max(k))
        query_QD = checked_query(query_QD, self.base.dim, min([most, *each]))
        wanted = self._wanted(where or {})
        left_out = {place for item_id in set(exclude) if (place := self.find(item_id)) is not None}
        base_scores_QK, base_rows_QK = self._search_base(query_QD, most + len(left_out), wanted)
        base = base_rows_QK.shape[1]
        least_Q = base_scores_QK[:, -1] if base == most + len(left_out) else np.full(len(query_QD), -np.inf)
        mask_M = self.delta.mask(wanted)
        delta_scores_QK, delta_rows_QK = self.delta.search(query_QD, most + len(left_out), mask_M, least_Q)
        score_QK = np.concatenate([base_scores_QK, delta_scores_QK], axis=1)
        order_QK = np.argsort(-score_QK, axis=1, kind="stable")
        rows_QK = np.take_along_axis(np.concatenate([base_rows_QK, delta_rows_QK], axis=1), order_QK, 1)
        columns = (order_QK >= base, rows_QK, np.take_along_axis(score_QK, order_QK, 1))
        hits = []
        for count, in_delta_K, row_K, score_K in zip(each, *(column.tolist() for column in columns), strict=True):
            places = zip(in_delta_K, row_K, strict=True)
            kept = (pair for pair in zip(places, score_K, strict=True) if pair[0][1] >= 0 and pair[0] not in left_out)
            hits.append([Hit(self._item_id(*place), score) for place, score in islice(kept, count)])
        return hits

    def _search_base(
        self, query_QD: np.ndarray, k: int, wanted: Mapping[str, tuple[str, ...]]
    ) -> tuple[np.ndarray, np.ndarray]:
        bits_W, matching = self.bits_W, self.alive
        if wanted:
            mask_N = self._base_mask(wanted)
            bits_W = np.packbits(mask_N, bitorder="little")
            if self.bits_W is not None:
                bits_W &= self.bits_W
            matching = int(np.bitwise_count(bits_W).sum())
        k = min(k, matching)
        if not k:
            return np.empty((len(query_QD), 0), np.float32), np.empty((len(query_QD), 0), np.int64)
        scores_QK, rows_QK = self.base.search(query_QD, k, bits_W, exact=bool(wanted))
        if (rows_QK < 0).any():  # the lists that were looked into hold too few
            scores_QK, rows_QK = self.base.search(query_QD, k, bits_W, exact=True)
        return scores_QK, rows_QK

    def _base_mask(self, wanted: Mapping[str, tuple[str, ...]]) -> np.ndarray:
        found_N = np.ones(len(self.base), bool)
        for column, values in wanted.items():
            known = [value for value in values if value in self.base.metadata.vocabulary.get(column, ())]
            if not known:  # only newer items have it
                return np.zeros(len(self.base), bool)
            found_N &= self.base.metadata.mask({column: known})
        return found_N

    def _wanted(self, where: Where) -> dict[str, tuple[str, ...]]:
        wanted = {name: (values,) if isinstance(values, str) else tuple(values) for name, values in where.items()}
        for column, values in wanted.items():
            if column not in self.base.metadata.vocabulary and column not in self.delta.positions:
                raise UserError(f"unknown filter {column!r}; known: {listed(self.vocabulary())}")
            known = self._values(column)
            if not values:
                raise UserError(f"the filter {column!r} has no value; give one or more of: {listed(sorted(known))}")
            for value in values:
                if value not in known:
                    raise UserError(f"unknown value {value!r} of the filter {column!r}; known: {listed(sorted(known))}")
        return wanted

    def _values(self, column: str) -> set[str]:
        newer = tuple(self.delta.positions.get(column, ()))  # copied at once, since a writer may add to them
        return {*self.base.metadata.vocabulary.get(column, ()), *newer}

    def _item_id(self, in_delta: bool, row: int) -> str:
        return self.delta.item_ids[row] if in_delta else self.base.item_id(row)
