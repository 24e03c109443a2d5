"""The graph of boards and items with their names, in memory-mapped arrays.

Legend: B boards, N items, L items of a board, R recommended items.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from components.arrays import mapped, save_array
from components.walks.csr import CSR
from data.errors import UserError
from data.files import write_json

__all__ = ["MOST_ASKED", "Graph", "Names"]

NAMES = "names.json"
EDGES = ("boards_of", "items_of")
MOST_ASKED = 100  # items of a board that are looked at for a reason, the latest


class Names:
    """Names and their rows."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.row_of = {name: row for row, name in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def row(self, name: str) -> int:
        """The row of a name, which gets one if it has none."""
        row = self.row_of.setdefault(name, len(self.names))
        if row == len(self.names):
            self.names.append(name)
        return row

    def rows(self, names: Iterable[str]) -> np.ndarray:
        """The rows of those that are known, each once, in their order."""
        return np.array(
            list(dict.fromkeys(row for one in names if (row := self.row_of.get(one)) is not None)), np.int64
        )


@dataclass(frozen=True)
class Graph:
    """Boards and items; items without a board are known too. title_B, owner_B: empty where unknown."""

    boards: Names
    items: Names
    title_B: list[str]
    owner_B: list[str]
    boards_of: CSR  # of each item
    items_of: CSR  # of each board

    @classmethod
    def of(cls, matrix_BN: csr_array, boards: Names, items: Names, title_B: list[str], owner_B: list[str]) -> "Graph":
        """The graph of a matrix that has something where an item is on a board."""
        return cls(boards, items, title_B, owner_B, CSR.of(csr_array(matrix_BN.T.tocsr())), CSR.of(matrix_BN))

    def together(self, item_R: np.ndarray, row_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each item the place in `row_L` of the one it shares most boards with, and how many these are; int64 (R,).

        The first of several that share as many. Items that came since training share none.
        """
        boards_of = self.boards_of
        known = len(boards_of.start) - 1
        held = [boards_of[row] if row < known else boards_of.index_E[:0] for row in row_L.tolist()]
        place_E, board_E = np.repeat(np.arange(len(held)), [len(one) for one in held]), np.concatenate(held)
        place_R, count_R = np.zeros(len(item_R), np.int64), np.zeros(len(item_R), np.int64)
        for place, item in enumerate(item_R.tolist()):
            own = boards_of[item] if item < known else boards_of.index_E[:0]
            shared_L = np.bincount(place_E[np.isin(board_E, own)], minlength=len(held))
            place_R[place], count_R[place] = shared_L.argmax(), shared_L.max()
        return place_R, count_R

    def alike(self, row_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each board the cosine with the items `row_L`, and how many are on both; float32 and int32 (B,).

        An item weighs 1 / log(2 + its boards).
        """
        score_B, shared_B = np.zeros(len(self.boards), np.float32), np.zeros(len(self.boards), np.int32)
        total = 0.0
        for row in row_L[row_L < len(self.boards_of.start) - 1].tolist():
            held = self.boards_of[row]
            weight = 1 / np.log(2.0 + len(held))
            score_B[held] += weight
            shared_B[held] += 1
            total += weight
        if total:
            score_B /= np.sqrt(total * np.maximum(self.items_of.degrees(), 1) / np.log(3.0)).astype(np.float32)
        return score_B, shared_B

    def save(self, bundle: Path) -> None:
        names = {"boards": self.boards.names, "items": self.items.names, "titles": self.title_B, "owners": self.owner_B}
        write_json(bundle / NAMES, names)
        for name in EDGES:
            csr: CSR = getattr(self, name)
            save_array(bundle, f"{name}.start", csr.start)
            save_array(bundle, f"{name}.index", csr.index_E)

    @classmethod
    def load(cls, bundle: Path) -> "Graph":
        """Raises `UserError` if a file is missing or damaged."""
        try:
            names = json.loads((bundle / NAMES).read_text(encoding="utf-8"))
            boards, items = Names(names["boards"]), Names(names["items"])
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{bundle / NAMES} is missing or damaged ({error}); make the bundle again") from None
        boards_of, items_of = (CSR(mapped(bundle, f"{name}.start"), mapped(bundle, f"{name}.index")) for name in EDGES)
        boards_of.checked(len(items), len(boards), bundle)
        items_of.checked(len(boards), len(items), bundle)
        return cls(boards, items, names["titles"], names["owners"], boards_of, items_of)
