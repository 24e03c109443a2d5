"""What the transformer reads of histories, and its part of the score. numpy and onnxruntime.

Padded tokens are for training. The exported tower takes histories ragged, with one state for equal prefixes.
Legend: B histories, L positions of the longest, E actions of all, C distinct tokens, T distinct prefixes, X parts of
one history, N items, D dimensions, K chosen items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.session import open_session
from components.systems.user_sequence.history import NO_TIME, Contexts, History, LeaveOneOut
from data.errors import UserError

__all__ = [
    "GAPS",
    "TOWER",
    "TOWER_INPUTS",
    "Packed",
    "Tokens",
    "Transformer",
    "gap_codes",
    "gathered",
    "packed",
    "packed_parts",
    "packed_together",
    "padded",
]

TOWER = "query.onnx"
GAPS = 36  # 0: no gap known; 1 + n: at least 2^n - 1 seconds since the action before, up to a thousand years
# of the exported tower
TOWER_INPUTS = ("item_CD", "action_C", "surface_C", "gap_C", "code_T", "place_BL", "at_T", "length_B")


@dataclass(frozen=True)
class Tokens:
    """int64 codes, zero behind each history's end; `length_B` says where that is."""

    item_BL: np.ndarray
    action_BL: np.ndarray
    surface_BL: np.ndarray
    gap_BL: np.ndarray
    length_B: np.ndarray


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


@dataclass(frozen=True)
class Packed:
    """What the tower projects and transforms once, and where it attends to it; int64 all of it.

    item_C, action_C, surface_C, gap_C (C,): distinct tokens. code_T (T,): the token at the end of each prefix.
    place_BL (B, L): the prefix that ends at each position, any one behind a history's end. at_T (T,): a position of
    each prefix, counted along the flattened (B, L). length_B (B,): of each history.
    """

    item_C: np.ndarray
    action_C: np.ndarray
    surface_C: np.ndarray
    gap_C: np.ndarray
    code_T: np.ndarray
    place_BL: np.ndarray
    at_T: np.ndarray
    length_B: np.ndarray

    def inputs(self, vector_ND: np.ndarray) -> dict[str, np.ndarray]:
        """By the names of `TOWER_INPUTS`; vector_ND: of all items."""
        codes = (vector_ND[self.item_C], self.action_C, self.surface_C, self.gap_C, self.code_T)
        return dict(zip(TOWER_INPUTS, (*codes, self.place_BL, self.at_T, self.length_B), strict=True))


def packed(histories: Sequence[History], max_length: int) -> Packed:
    """The newest `max_length` actions of each history, none of which may be empty; no prefix counts as shared."""
    columns_E, start_B, length_B = newest(*joined(histories), max_length)
    place_L = np.arange(int(length_B.max()))
    own_BL = place_L < length_B[:, None]
    entry_T = (start_B[:, None] + place_L)[own_BL]
    item_C, action_C, surface_C, gap_C = (column_E[entry_T].astype(np.int64) for column_E in columns_E)
    place_BL = np.where(own_BL, own_BL.cumsum().reshape(own_BL.shape) - 1, 0)
    code_T, at_T = np.arange(len(entry_T)), np.flatnonzero(own_BL)
    return Packed(item_C, action_C, surface_C, gap_C, code_T, place_BL, at_T, length_B)


def packed_parts(history: History, keep_XL: np.ndarray, before: int = 0) -> Packed:
    """Parts of one history, which share their prefixes.

    keep_XL: bool (X, L), what each part keeps, never nothing; the first keeps everything. before: so many actions more
    stand at the history's beginning, of which the time alone is read.
    """
    part_E, from_E = np.nonzero(np.concatenate([np.ones((len(keep_XL), before), bool), keep_XL], axis=1))
    gap_E = gap_codes(history.time_s_L[from_E], np.diff(part_E, prepend=-1) > 0)
    is_read_E = from_E >= before
    part_E, from_E, gap_E = part_E[is_read_E], from_E[is_read_E] - before, gap_E[is_read_E]
    length, length_X = keep_XL.shape[1], keep_XL.sum(axis=1)
    step_E = np.arange(len(from_E)) - (np.cumsum(length_X) - length_X)[part_E]
    same_E = gap_E == gap_E[from_E]  # as in the whole, which comes first
    code_E = np.where(same_E, from_E, length + np.cumsum(~same_E) - 1)
    shared_X = np.where(keep_XL.all(axis=1), length, keep_XL.argmin(axis=1))
    shared_X[0] = 0  # whose the shared ones are
    own_E = step_E >= shared_X[part_E]
    place_XL = np.zeros(keep_XL.shape, np.int64)
    place_XL[part_E, step_E] = np.where(own_E, np.cumsum(own_E) - 1, step_E)
    from_C = np.concatenate([np.arange(length), from_E[~same_E]])
    item_C, action_C, surface_C = (column_L[before + from_C].astype(np.int64) for column_L in history.columns()[:3])
    gap_C = np.concatenate([gap_E[:length], gap_E[~same_E]])
    at_T = (part_E * length + step_E)[own_E]
    return Packed(item_C, action_C, surface_C, gap_C, code_E[own_E], place_XL, at_T, length_X)


def packed_together(several: Sequence[Packed]) -> Packed:
    """The histories of all, in their order; prefixes are not shared between them."""
    if len(several) == 1:
        return several[0]
    rows = np.cumsum([0, *(len(one.length_B) for one in several)])
    place_BL = np.zeros((rows[-1], max(one.place_BL.shape[1] for one in several)), np.int64)
    code_T: list[np.ndarray] = []
    at_T: list[np.ndarray] = []
    codes = states = 0
    for one, row in zip(several, rows.tolist(), strict=False):
        size, length = one.place_BL.shape
        place_BL[row : row + size, :length] = one.place_BL + states
        row_T, step_T = np.divmod(one.at_T, length)
        at_T.append((row + row_T) * place_BL.shape[1] + step_T)
        code_T.append(one.code_T + codes)
        codes, states = codes + len(one.item_C), states + len(one.code_T)
    item_C, action_C, surface_C, gap_C, length_B = (
        np.concatenate([getattr(one, name) for one in several])
        for name in ("item_C", "action_C", "surface_C", "gap_C", "length_B")
    )
    return Packed(item_C, action_C, surface_C, gap_C, np.concatenate(code_T), place_BL, np.concatenate(at_T), length_B)


@dataclass(frozen=True)
class Transformer:
    """The part of the score that the network gives: inner products of histories' queries and items' vectors."""

    session: Any
    vector_ND: np.ndarray
    max_length: int

    @classmethod
    def load(cls, folder: Path, vector_ND: np.ndarray, max_length: int, threads: int) -> "Transformer":
        """Open the exported tower; `threads` is what one run may use.

        Raises:
            UserError: another release exported it.
        """
        session = open_session(folder / TOWER, threads)
        if {given.name for given in session.get_inputs()} != set(TOWER_INPUTS):
            raise UserError(
                f"{folder / TOWER} was made by another release of user-sequence; use that one, or train again"
            )
        return cls(session, vector_ND, max_length)

    def queries(self, given: Packed) -> np.ndarray:
        """float32 (B, D)."""
        return self.session.run(["query_BD"], given.inputs(self.vector_ND))[0]

    def queries_of_each(self, several: Sequence[Packed]) -> list[np.ndarray]:
        """float32 (B, D) of the histories of each, from one run."""
        if not several:
            return []
        query_BD = self.queries(packed_together(several))
        return np.split(query_BD, np.cumsum([len(one.length_B) for one in several[:-1]]))

    def packed_without(self, left_out: LeaveOneOut) -> Packed:
        """The whole of a history, and what is left of it without each item."""
        newest = left_out.read.part(slice(-self.max_length - 1, None))
        before = int(len(newest) > self.max_length)
        return packed_parts(newest, left_out.keep(newest.item_L[before:]), before)

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """Add its scores to those of everybody of whom it can read something."""
        some = [row for row, history in enumerate(contexts.read) if len(history)]
        if not some:
            return
        query_BD = contexts.query_BD
        if query_BD is None:
            query_BD = self.queries(packed([contexts.read[row] for row in some], self.max_length))
        added_BN = (np.float32(weight) * query_BD) @ self.vector_ND.T
        if len(some) == len(score_BN):
            score_BN += added_BN
        else:
            score_BN[some] += added_BN

    def scores_without(self, left_out: LeaveOneOut, row_K: np.ndarray) -> np.ndarray:
        assert left_out.query_XD is not None
        return left_out.query_XD @ self.vector_ND[row_K].T
