"""Histories as the exported tower takes them: ragged, with one state for equal prefixes. numpy alone.

Legend: B histories, L positions of the longest, E actions of all, C distinct tokens, T distinct prefixes, X parts of
one history, N items, D dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.tokens import History, gap_codes, joined, newest

__all__ = ["TOWER_INPUTS", "Packed", "packed", "packed_parts", "packed_together"]

# of the exported tower
TOWER_INPUTS = ("item_CD", "action_C", "surface_C", "gap_C", "code_T", "place_BL", "at_T", "length_B")


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
