"""A catalogue of one's own: a file with a row per item, and a folder or an archive of their pictures."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import UserError
from data.folder import opened_folder
from data.params import CatalogueParams, FromFolder, HashedSplits
from data.probe import PICTURE_SUFFIXES
from data.single import single_file
from data.sources.event_log.items import items_in
from data.sources.raw import Progress, Raw
from data.splits import SPLIT_NAMES
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS

__all__ = ["read"]

IMAGES = "images"


def read(params: CatalogueParams, out: Path, progress: Progress) -> Raw:
    """Read the items, and copy their pictures to `out/images/…`; a picture without an item is left out.

    Raises:
        UserError: a file is missing, differs or is no table, a column is missing, a row has no id, names a picture that
            is not there, or has a split that is none.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        with single_file(params, Path(workplace), progress) as path:
            rows, file = items_in(path, params, Path(workplace)).to_pandas(), path.name
        rows["attributes"] = rows["attributes"].map(dict)
        rows["split"] = _splits(rows, params, file)
        rows["image"], spare = _placed(rows, params.pictures, out, file, progress)
    without = int(rows["image"].isna().sum())
    report: dict[str, Any] = {"items_without_picture": without, "pictures_without_item": spare}
    return Raw(tables={ITEMS.name: rows[[*ITEM_COLUMNS, "description", "created_s"]]}, simulated=False, report=report)


def _splits(rows: pd.DataFrame, params: CatalogueParams, file: str) -> pd.Series:
    if params.splits == "given":
        if "split" not in rows:
            raise UserError(
                f"{file} has no column that is plainly the split, but `splits: given` in params.yaml says so; name it "
                "as `columns: {split: …}`, or give shares"
            )
        splits = rows["split"].str.lower().map(SPLIT_NAMES)
        if splits.isna().any():
            row = int(splits.isna().to_numpy().argmax())
            raise UserError(
                f"{file}: the split of {rows['item_id'][row]} is {rows['split'][row]!r}; give train, validation or test"
            )
        return splits
    if isinstance(params.splits, HashedSplits):
        return pd.Series([hashed_split(item_id, params.splits) for item_id in rows["item_id"]], rows.index)
    return pd.Series("", rows.index)


def hashed_split(item_id: str, rule: HashedSplits) -> str:
    """The split of an item by its id; see `HashedSplits`."""
    place = int(hashlib.sha256(f"{rule.salt}{item_id}".encode()).hexdigest(), 16) % 100
    if place < rule.train:
        return "train"
    return "validation" if place < rule.train + rule.validation else "test"


def _placed(
    rows: pd.DataFrame, pictures: FromFolder | None, out: Path, file: str, progress: Progress
) -> tuple[pd.Series, int]:
    """The path of each item's picture below `out`, None where it has none, and how many belong to no item."""
    if pictures is None:
        return pd.Series(None, rows.index, object), 0
    with opened_folder(pictures, out, progress) as folder:
        found = sorted(
            path.relative_to(folder.path).as_posix()
            for path in folder.path.rglob("*")
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.is_dir()
        )
        paths = _named(rows, found, file) if "picture" in rows else _by_id(rows, found)
        wanted = paths.dropna().unique().tolist()
        folder.place({folder.path / path: out / IMAGES / path for path in wanted}, progress)
    return paths.map(lambda path: f"{IMAGES}/{path}", na_action="ignore"), len(found) - len(wanted)


def _named(rows: pd.DataFrame, found: list[str], file: str) -> pd.Series:
    """The pictures that the rows name, by their paths below the folder."""
    there = set(found)
    paths = rows["picture"].map(lambda path: path.removeprefix("./") or None, na_action="ignore").astype(object)
    for item_id, path in zip(rows["item_id"], paths, strict=True):
        if not pd.isna(path) and path not in there:
            raise UserError(
                f"{file}: the picture {path!r} of {item_id} is not among the pictures; correct the path, or leave it "
                "empty where an item has none"
            )
    return paths.where(paths.notna(), None)


def _by_id(rows: pd.DataFrame, found: list[str]) -> pd.Series:
    """The pictures that are named as the items are, such as `10002.jpg`."""
    by_stem: dict[str, str] = {}
    for path in found:
        other = by_stem.setdefault(Path(path).stem, path)
        if other != path:
            raise UserError(f"{other} and {path} are pictures of one item; remove one, or name them in a column")
    return rows["item_id"].map(by_stem).astype(object).where(lambda paths: paths.notna(), None)
