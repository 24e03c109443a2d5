"""A catalogue of one's own: a file with a row per item, perhaps their pictures, and how well they answer queries."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from data.entries import Names, files_with
from data.errors import UserError, quoted
from data.folder import opened_folder
from data.params import CatalogueParams, FromFolder, HashedItemSplits
from data.probe import PICTURE_SUFFIXES
from data.single import single_file
from data.sources.catalogue.judgements import judged
from data.sources.catalogue.splits import given_splits, hashed_split
from data.sources.event_log.items import items_in
from data.sources.raw import Progress, Raw
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.tables.queries import normal

__all__ = ["read"]

IMAGES = "images"


def read(params: CatalogueParams, out: Path, progress: Progress) -> Raw:
    """Read items and judgements, and copy pictures to `out/images/…`; a picture without an item is left out.

    Raises:
        UserError: a file is missing, differs or is no table, a column is missing, a row has no id, names a picture that
            is not there, or has a split that is none, or a grade is not on its scale.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        with single_file(params, Path(workplace), progress) as path:
            rows, file = items_in(path, params, Path(workplace)).to_pandas(), path.name
        if params.duplicates == "drop":
            rows = rows.drop_duplicates("item_id", ignore_index=True)
        rows["attributes"] = rows["attributes"].map(dict)
        rows["split"] = _splits(rows, params, file)
        rows["image"], spare = _placed(rows, params.pictures, out, file, progress)
        words = judged(params, Path(workplace), progress) if params.judgements else {}
    without = int(rows["image"].isna().sum())
    report: dict[str, Any] = {"items_without_picture": without, "pictures_without_item": spare}
    items = rows[[*ITEM_COLUMNS, "description", "created_s"]]
    return Raw(tables={ITEMS.name: items} | words, simulated=False, report=report)


def _splits(rows: pd.DataFrame, params: CatalogueParams, file: str) -> pd.Series:
    """The split of each item; "" where shares are to be assigned, None where items without pictures are judged."""
    if params.splits == "given":
        return given_splits(rows, "item_id", file)
    if isinstance(params.splits, HashedItemSplits):
        rule = params.splits
        keys = rows["item_id"] if rule.by == "id" else rows["title"].map(normal)
        return pd.Series([hashed_split(key, rule) for key in keys], rows.index)
    by_words = params.splits is None and params.judgements and params.pictures is None
    return pd.Series(None if by_words else "", rows.index, object)


def _placed(
    rows: pd.DataFrame, pictures: FromFolder | None, out: Path, file: str, progress: Progress
) -> tuple[pd.Series, int]:
    """The path of each item's picture below `out`, None where it has none, and how many belong to no item."""
    if pictures is None:
        return pd.Series(None, rows.index, object), 0
    with opened_folder(pictures, out, progress) as folder:
        found = files_with(folder.path, PICTURE_SUFFIXES)
        paths = _named(rows, Names(folder.path, found), file) if "picture" in rows else _by_id(rows, found)
        wanted = paths.dropna().unique().tolist()
        folder.place({folder.path / path: out / IMAGES / path for path in wanted}, progress)
    return paths.map(lambda path: f"{IMAGES}/{path}", na_action="ignore"), len(found) - len(wanted)


def _named(rows: pd.DataFrame, found: Names, file: str) -> pd.Series:
    """The pictures that the rows name, by their paths below the folder."""
    paths: list[str | None] = []
    for item_id, written in zip(rows["item_id"], rows["picture"], strict=True):
        named = not pd.isna(written) and written != ""
        paths.append(found.find(written) if named else None)
        if named and paths[-1] is None:
            raise UserError(
                f"{file}: the picture {quoted(written)} of {item_id} is not among the pictures; correct the path, or "
                "leave it empty where an item has none"
            )
    return pd.Series(paths, rows.index, object)


def _by_id(rows: pd.DataFrame, found: list[str]) -> pd.Series:
    """The pictures that are named as the items are, such as `10002.jpg`."""
    by_stem: dict[str, str] = {}
    for path in found:
        other = by_stem.setdefault(Path(path).stem, path)
        if other != path:
            raise UserError(f"{other} and {path} are pictures of one item; remove one, or name them in a column")
    return rows["item_id"].map(by_stem).astype(object).where(lambda paths: paths.notna(), None)
