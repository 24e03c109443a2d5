"""One folder per class: `<class>/*.jpg`, or with given splits `train|validation|test/<class>/*.jpg`."""

from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import UserError
from data.folder import Folder, opened_folder
from data.params import ImageFolderParams
from data.sources.image_folder.layout import Layout, read_layout
from data.sources.image_folder.metadata import read_metadata
from data.sources.raw import Progress, Raw
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS

__all__ = ["read"]


def read(params: ImageFolderParams, out: Path, progress: Progress) -> Raw:
    """Copy the pictures to `out/images/…`; rows are in the order of their paths.

    Raises:
        UserError: the archive or folder is missing or differs, has no folder a class, or has a file that cannot be
            read.
    """
    with opened_folder(params, out, progress) as folder:
        return _read_folder(folder, params, out, progress)


def _read_folder(folder: Folder, params: ImageFolderParams, out: Path, progress: Progress) -> Raw:
    layout = read_layout(folder.path)
    _check(layout, params, folder.path)
    titles, attributes, strays = read_metadata(layout.folder, layout.pictures)
    folder.place({layout.folder / path: out / "images" / path for path in layout.pictures}, progress)
    paths = layout.pictures
    splits = layout.splits if params.splits in ("given", None) else [""] * len(paths)
    rows = {
        "item_id": _ids(paths, layout.splits),
        "image": [f"images/{path}" for path in paths],
        "title": [titles.get(path) or _title(path) for path in paths],
        "category": [_category(path) for path in paths],
        "split": splits,
        "attributes": [attributes.get(path, {}) for path in paths],
    }
    report: dict[str, Any] = {
        "ignored": layout.ignored,
        "empty_folders": layout.empty,
        "metadata_without_file": strays,
        "splits": "given" if any(splits) else "assigned",
    }
    return Raw(
        tables={ITEMS.name: pd.DataFrame(rows, columns=list(ITEM_COLUMNS))},
        simulated=False,
        report=report,
    )


def _check(layout: Layout, params: ImageFolderParams, folder: Path) -> None:
    if not layout.pictures and not layout.empty:
        raise UserError(f"{folder} has no folder a class with pictures in it; expected <class>/*.jpg")
    if params.splits == "given" and not any(layout.splits):
        raise UserError(
            f"{folder} has no folders train, validation and test, but `splits: given` in params.yaml says so; "
            "give shares such as {train: 0.8, validation: 0.1, test: 0.1}, or leave `splits` out"
        )


def _category(path: str) -> str:
    return Path(path).parent.name


def _title(path: str) -> str:
    return _category(path).replace("_", " ")


def _ids(paths: list[str], splits: list[str]) -> list[str]:
    """`class/stem`; the split, and then the suffix, are added only where ids would be equal without."""
    short = [f"{_category(path)}/{Path(path).stem}" for path in paths]
    with_split = [f"{split}/{name}" if split else name for split, name in zip(splits, short, strict=True)]
    chosen = _where_unique(short, with_split)
    return _where_unique(chosen, paths)


def _where_unique(names: list[str], others: list[str]) -> list[str]:
    counts = pd.Series(names).value_counts()
    return [name if counts[name] == 1 else other for name, other in zip(names, others, strict=True)]
