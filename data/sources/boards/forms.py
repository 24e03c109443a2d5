"""The forms in which boards are written: lists, a sparse matrix, edges; and what boards are called."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, load_npz

from data.errors import UserError
from data.params import BoardColumns

__all__ = ["read_edges", "read_lists", "read_matrix", "read_titles"]


def read_lists(path: Path) -> pd.DataFrame:
    """A line a board, `board item item …`; several lines of a board are joined, one without items is passed over.

    Raises:
        UserError: it is no text.
    """
    boards: list[str] = []
    items: list[str] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                board, *rest = line.split() or [""]
                boards += [board] * len(rest)
                items += rest
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is no UTF-8 text ({error}); save it so, `board item item …` a line") from None
    return pd.DataFrame({"board_id": boards, "item_id": items}, dtype=str)


def read_matrix(path: Path) -> pd.DataFrame:
    """SciPy's sparse matrix of boards by items as .npz; what is not 0 is a pair, and the numbers are the ids.

    Raises:
        UserError: it is no such file, or damaged.
    """
    try:
        matrix = csr_array(load_npz(path))
        matrix.check_format(full_check=True)
        if not np.isfinite(matrix.data).all():
            raise ValueError("what it holds is not all numbers")
        pairs = matrix.tocoo()
    except (ValueError, KeyError, OSError, EOFError, BadZipFile, TypeError, IndexError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{path.name} is no sparse matrix in SciPy's .npz, or damaged ({reason}); write it again"
        ) from None
    held = pairs.data != 0
    rows, columns = pairs.coords
    return pd.DataFrame({"board_id": rows[held].astype(str), "item_id": columns[held].astype(str)}, dtype=str)


def read_edges(path: Path, columns: BoardColumns | None) -> pd.DataFrame:
    """CSV with a header and a row a pair, perhaps with its time in seconds.

    Raises:
        UserError: it is no such text, a column is missing, an id is empty, or a time is no whole number.
    """
    names = columns or BoardColumns()
    wanted = {"board_id": names.board, "item_id": names.item} | ({"time_s": names.time} if names.time else {})
    pairs = _csv(path, list(wanted.values()))[list(wanted.values())].set_axis(list(wanted), axis=1)
    empty = np.flatnonzero((pairs[["board_id", "item_id"]] == "").any(axis=1))
    if len(empty):
        raise UserError(f"{path.name} line {empty[0] + 2}: a pair needs a board and an item; correct the row")
    if "time_s" in pairs:
        try:
            pairs["time_s"] = pd.to_numeric(pairs["time_s"].replace("", None)).astype("Int64")
        except (ValueError, TypeError) as error:
            raise UserError(f"{path.name}: {names.time} is not in whole seconds ({error}); correct it") from None
        pairs = pairs.sort_values("time_s", kind="stable", ignore_index=True)
    return pairs


def read_titles(path: Path) -> pd.DataFrame:
    """What boards are called, and whose they are: CSV with a header, `board,title` or `board,title,owner`.

    Raises:
        UserError: it is no such text, a column is missing, or a board is in it twice.
    """
    titles = _csv(path, ["board", "title"]).rename(columns={"board": "board_id", "owner": "owner_id"})
    twice = titles["board_id"][titles["board_id"].duplicated()]
    if len(twice):
        raise UserError(f"{path.name} has board {twice.iloc[0]} twice; a board has one title")
    titles["owner_id"] = titles["owner_id"].replace("", None) if "owner_id" in titles else None
    return titles[["board_id", "title", "owner_id"]]


def _csv(path: Path, wanted: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path.name} is no CSV with a header ({reason}); correct it") from None
    missing = [name for name in wanted if name not in frame]
    if missing:
        raise UserError(
            f"{path.name} has no column {' and '.join(missing)}, only {', '.join(map(str, frame)) or 'none'}; correct "
            f"`columns` in params.yaml"
        )
    return frame
