"""Boards as lists, a sparse matrix or edges: which item is on which board, in training, validation and test."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import UserError
from data.params import BoardsParams, FromFile
from data.single import single_file
from data.sources.boards.attributes import read_attributes
from data.sources.boards.forms import read_edges, read_lists, read_matrix, read_titles
from data.sources.raw import Progress, Raw
from data.tables.board_items import TABLE as BOARD_ITEMS
from data.tables.boards import TABLE as BOARDS
from data.tables.items import TABLE as ITEMS

__all__ = ["read"]

PAIR = ["board_id", "item_id"]


def read(params: BoardsParams, out: Path, progress: Progress) -> Raw:
    """Read the pairs of board and item; one that is repeated counts once, and one for training is none for test.

    Raises:
        UserError: a file is missing, differs, is damaged or not of its form, or there is no pair in it.
    """
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as place:
        workplace = Path(place)
        train = _pairs(params, params.train, workplace, progress)
        test = train.iloc[:0] if params.test is None else _pairs(params, params.test, workplace, progress)
        titles = pd.DataFrame(columns=["board_id", "title", "owner_id"])
        if params.titles is not None:
            with single_file(params.titles, workplace, progress) as path:
                titles = read_titles(path)
        attributes = [read_attributes(each, workplace, progress) for each in params.attributes]
    rows, report = _joined(train, test)
    rows["split"] = _splits(rows, params)
    boards = pd.DataFrame({"board_id": pd.unique(rows["board_id"])}).merge(titles, "left", "board_id")
    boards["title"] = boards["title"].fillna("")
    if params.test is not None:
        listed = boards["board_id"].map(test["board_id"].value_counts()).fillna(0)
        boards["test_rows"] = listed.astype("Int32")
    tables = {BOARDS.name: boards, BOARD_ITEMS.name: rows}
    if attributes:
        tables[ITEMS.name] = _items(rows, dict(zip((each.name for each in params.attributes), attributes, strict=True)))
        report["items_without_picture"] = len(tables[ITEMS.name])
    progress("read boards", len(boards), len(boards))
    return Raw(simulated=False, tables=tables, report=report | {"boards": len(boards)})


def _pairs(params: BoardsParams, given: FromFile, workplace: Path, progress: Progress) -> pd.DataFrame:
    with single_file(given, workplace, progress, zips=params.form != "matrix") as path:
        if params.form == "lists":
            pairs = read_lists(path)
        elif params.form == "matrix":
            pairs = read_matrix(path)
        else:
            pairs = read_edges(path, params.columns)
        if pairs.empty:
            raise UserError(f"{path.name} has no board with an item; correct its entry in params.yaml")
    return pairs


def _joined(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Each pair once, the earliest first; and what was left out for that."""
    both = pd.concat([train.assign(part="train"), test.assign(part="test")], ignore_index=True)
    rows = both.drop_duplicates(PAIR, ignore_index=True)
    unique = test.drop_duplicates(PAIR)
    kept = int((rows["part"] == "test").sum())
    report = {
        "repeated": {"train": len(train) - (len(rows) - kept), "test": len(test) - len(unique)},
        "test_in_train": len(unique) - kept,
    }
    return rows, {"pairs": report}


def _splits(rows: pd.DataFrame, params: BoardsParams) -> pd.Series:
    """By the MD5 of the ids, so that a pair's split depends on no other pair. A new item is for test alone."""
    new = {name for name in pd.unique(rows["item_id"]) if params.new_one_in and not _number(name) % params.new_one_in}

    def split(board_id: str, item_id: str, part: str) -> str:
        if part == "test" or item_id in new:
            return "test"
        number = _number(f"{board_id}|{item_id}")
        if params.test_one_in is not None:
            number, rest = divmod(number, params.test_one_in)
            if not rest:
                return "test"
        return "validation" if number % params.validation_one_in == 0 else "train"

    values = [split(*each) for each in zip(rows["board_id"], rows["item_id"], rows["part"], strict=True)]
    return pd.Series(values, rows.index)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:8], "big")


def _items(rows: pd.DataFrame, attributes: dict[str, dict[str, list[str]]]) -> pd.DataFrame:
    """All items of boards and of attributes; several values of one attribute are joined."""
    known = sorted(set(rows["item_id"]).union(*attributes.values()))
    described = [
        {name: "|".join(values[item]) for name, values in attributes.items() if values.get(item)} for item in known
    ]
    return pd.DataFrame(
        {"item_id": known, "image": None, "title": "", "category": "", "split": None, "attributes": described}
    )
