"""Histories as the exported tower takes them: nothing is computed twice, and no padding. numpy alone.

Legend: B histories, L actions of the longest, E actions of all, C codes that differ, T states that are computed,
X parts of one history, N items, D dimensions.
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
    """int64 codes, and where they stand.

    Actions before which the same was done, and nothing else, have one state, however many histories they are of.
    code_T: which of the codes each state begins with. place_BL: which state stands at each position, anything behind a
    history's end. at_T: the position of each state, counted along the flattened (B, L); one of them if there are more.
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
    """As `padded`, for the exported tower."""
    columns_E, start_B, length_B = newest(*joined(histories), max_length)
    place_L = np.arange(int(length_B.max()))
    own_BL = place_L < length_B[:, None]
    entry_T = (start_B[:, None] + place_L)[own_BL]
    item_C, action_C, surface_C, gap_C = (column_E[entry_T].astype(np.int64) for column_E in columns_E)
    place_BL = np.where(own_BL, own_BL.cumsum().reshape(own_BL.shape) - 1, 0)
    code_T, at_T = np.arange(len(entry_T)), np.flatnonzero(own_BL)
    return Packed(item_C, action_C, surface_C, gap_C, code_T, place_BL, at_T, length_B)


def packed_parts(history: History, keep_XL: np.ndarray) -> Packed:
    """Parts of one history, none of them empty: what each row of `keep_XL` keeps. The first row keeps everything."""
    length, length_X = len(history), keep_XL.sum(axis=1)
    part_E, from_E = np.nonzero(keep_XL)
    start_X = np.cumsum(length_X) - length_X
    step_E = np.arange(len(from_E)) - start_X[part_E]
    gap_E = gap_codes(history.time_s_L[from_E], step_E == 0)
    same_E = gap_E == gap_E[from_E]  # as in the whole, which comes first
    code_E = np.where(same_E, from_E, length + np.cumsum(~same_E) - 1)
    shared_X = np.where(keep_XL.all(axis=1), length, keep_XL.argmin(axis=1))
    shared_X[0] = 0  # whose the shared ones are
    own_E = step_E >= shared_X[part_E]
    place_XL = np.zeros(keep_XL.shape, np.int64)
    place_XL[part_E, step_E] = np.where(own_E, np.cumsum(own_E) - 1, step_E)
    from_C = np.concatenate([np.arange(length), from_E[~same_E]])
    item_C, action_C, surface_C = (column_L[from_C].astype(np.int64) for column_L in history.columns()[:3])
    gap_C = np.concatenate([gap_E[:length], gap_E[~same_E]])
    at_T = (part_E * length + step_E)[own_E]
    return Packed(item_C, action_C, surface_C, gap_C, code_E[own_E], place_XL, at_T, length_X)


def packed_together(parts: Sequence[Packed]) -> Packed:
    """Several as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    rows = np.cumsum([0, *(len(part.length_B) for part in parts)])
    place_BL = np.zeros((rows[-1], max(part.place_BL.shape[1] for part in parts)), np.int64)
    code_T: list[np.ndarray] = []
    at_T: list[np.ndarray] = []
    codes = states = 0
    for part, row in zip(parts, rows.tolist(), strict=False):
        size, length = part.place_BL.shape
        place_BL[row : row + size, :length] = part.place_BL + states
        part_T, step_T = np.divmod(part.at_T, length)
        at_T.append((row + part_T) * place_BL.shape[1] + step_T)
        code_T.append(part.code_T + codes)
        codes, states = codes + len(part.item_C), states + len(part.code_T)
    item_C, action_C, surface_C, gap_C, length_B = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("item_C", "action_C", "surface_C", "gap_C", "length_B")
    )
    return Packed(item_C, action_C, surface_C, gap_C, np.concatenate(code_T), place_BL, np.concatenate(at_T), length_B)
