"""The graph of boards and items: who is beside whom, as 32-bit rows in memory-mapped arrays, and edges of today.

Legend: B boards, N items, E edges. `CSR`: the neighbours of row r are `index_E[start[r]:start[r + 1]]`, sorted.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["CSR", "Graph", "Names", "mapped", "save_array"]

NAMES = "names.json"
EDGES = ("boards_of", "items_of")


def save_array(folder: Path, name: str, array: np.ndarray) -> None:
    """Write an array that `mapped` opens."""
    with atomic(folder / f"{name}.npy") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)


def mapped(folder: Path, name: str) -> np.ndarray:
    """An array on disk, which processes share; raises `UserError` if it is missing or damaged."""
    path = folder / f"{name}.npy"
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is missing or damaged ({reason}); make or fetch the bundle again") from None


@dataclass(frozen=True)
class CSR:
    """Neighbours of each row."""

    start: np.ndarray  # uint32 (rows + 1,)
    index_E: np.ndarray  # uint32

    @classmethod
    def of(cls, matrix: csr_array) -> "CSR":
        matrix.sort_indices()
        return cls(matrix.indptr.astype(np.uint32), matrix.indices.astype(np.uint32))

    def __getitem__(self, row: int) -> np.ndarray:
        return self.index_E[self.start[row] : self.start[row + 1]]

    def degrees(self) -> np.ndarray:
        return np.diff(self.start.astype(np.int64))

    def checked(self, rows: int, columns: int, where: Path) -> "CSR":
        """Itself; raises `UserError` where a walk would leave the arrays."""
        start = self.start.astype(np.int64)
        whole = len(start) == rows + 1 and start[0] == 0 and start[-1] == len(self.index_E)
        if not whole or (np.diff(start) < 0).any() or (len(self.index_E) and self.index_E.max() >= columns):
            raise UserError(f"the edges in {where} are damaged; make or fetch the bundle again")
        return self


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
