"""The tables as a matrix of boards by items, and what is known of the items.

Legend: B boards, N items.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from components.systems.board_graph.content import words_of
from components.systems.board_graph.graph import Graph, Names
from data.dataset import Dataset
from data.errors import UserError

__all__ = ["Boards", "read_boards"]


@dataclass(frozen=True)
class Boards:
    """What is on which board, by split. words_N: what is known of each item; test_rows_B: as public loaders count."""

    boards: Names
    items: Names
    title_B: list[str]
    owner_B: list[str]
    test_rows_B: np.ndarray
    words_N: list[list[str]]
    image_of: dict[str, str]  # the files of items' pictures
    parts: dict[str, csr_array]  # of ones

    def matrix(self, *splits: str) -> csr_array:
        """Ones where an item is on a board in one of the splits."""
        return csr_array(sum((self.parts[split] for split in splits[1:]), self.parts[splits[0]]))

    def graph(self, matrix_BN: csr_array) -> Graph:
        return Graph.of(matrix_BN, self.boards, self.items, self.title_B, self.owner_B)


def read_boards(dataset: Dataset) -> Boards:
    """Read the tables; boards and items are sorted by their ids.

    Raises:
        UserError: no board has an item to learn from.
    """
    rows = dataset.table("board_items").to_pandas()
    board_B, boards = pd.factorize(rows["board_id"], sort=True)
    known = set(rows["item_id"])
    described = dataset.table("items").to_pandas() if "items" in dataset.tables else pd.DataFrame()
    if len(described):
        known |= set(described["item_id"])
    items = Names(sorted(known))
    item_E = rows["item_id"].map(items.row_of).to_numpy()
    shape = (len(boards), len(items))
    parts = {}
    for split in ("train", "validation", "test"):
        held = (rows["split"] == split).to_numpy()
        ones = np.ones(held.sum(), np.float32)
        parts[split] = csr_array((ones, (board_B[held], item_E[held])), shape=shape)
    if not parts["train"].nnz:
        raise UserError(f"no board of {dataset.name} has an item for training; give it some")
    facts = _facts(dataset, list(boards))
    test_rows = facts["test_rows"].to_numpy(float)
    listed = np.where(np.isnan(test_rows), np.diff(parts["test"].indptr), test_rows).astype(np.int64)
    images: dict[str, str] = {}
    words: list[list[str]] = [[] for _ in items.names]
    for row in described.to_dict("records"):
        words[items.row_of[row["item_id"]]] = words_of(row["title"], row["category"], dict(row["attributes"] or ()))
        if row["image"]:
            images[row["item_id"]] = row["image"]
    titles, owners = facts["title"].fillna("").tolist(), facts["owner_id"].fillna("").tolist()
    return Boards(Names(list(boards)), items, titles, owners, listed, words, images, parts)


def _facts(dataset: Dataset, boards: list[str]) -> pd.DataFrame:
    columns = ["title", "owner_id", "test_rows"]
    if "boards" not in dataset.tables:
        return pd.DataFrame(index=boards, columns=columns)
    return dataset.table("boards").to_pandas().set_index("board_id").reindex(boards)[columns]
