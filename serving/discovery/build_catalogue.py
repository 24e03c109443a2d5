"""The catalogue of a release: every item of the data set with its picture, and the index of all of them.

Legend: N items, D dimensions.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from components.index import VectorIndex
from components.roles import Searcher
from data.dataset import Dataset
from data.errors import UserError
from data.images import PictureError
from serving.discovery.catalogue import INDEX, ITEMS, PICTURES
from serving.discovery.picture import shown

__all__ = ["build_catalogue"]

BATCH = 64
COLUMNS = ("item_id", "image", "title", "description", "category", "attributes", "created_s")
Progress = Callable[[str, int, int], None]


def build_catalogue(dataset: Dataset, searcher: Searcher, same_data: bool, folder: Path, progress: Progress) -> int:
    """Write `items.jsonl`, `pictures.bin` and `index/` to `folder`; the number of items.

    same_data: the data set is what `searcher` was trained on, which knows the vectors of some items then; otherwise
    every picture is embedded anew. Excluded items and pictures that cannot be used are left out.

    Raises:
        UserError: no item is left.
    """
    rows = _rows(dataset)
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[dict[str, Any]] = []
    vectors_ND: list[np.ndarray] = []
    start = 0
    with (folder / ITEMS).open("w", encoding="utf-8") as lines, (folder / PICTURES).open("wb") as pictures:
        for number, (row, vector_D) in enumerate(_embedded(dataset, rows, searcher, same_data)):
            try:
                picture = shown(dataset.file(row["image"]).read_bytes())
            except PictureError:
                continue
            known = {name: row[name] for name in COLUMNS if name != "image"}
            line = {**known, **picture.details(), "start": start, "size": len(picture.picture)}
            lines.write(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n")
            pictures.write(picture.picture)
            start += len(picture.picture)
            kept.append(row)
            vectors_ND.append(vector_D)
            if not number % 100:
                progress("catalogue", number, len(rows))
    if not kept:
        raise UserError(f"data set {dataset.name!r} has no picture that can be shown; prepare it again")
    ids = [row["item_id"] for row in kept]
    titles = {"title": [row["title"] for row in kept]}
    VectorIndex.build(np.stack(vectors_ND), ids, _metadata(kept), titles).save(folder / INDEX)
    return len(kept)


def _rows(dataset: Dataset) -> list[dict[str, Any]]:
    items = dataset.table("items").select([*COLUMNS, "split"]).sort_by("item_id").to_pylist()
    rows = [item | {"attributes": dict(item["attributes"])} for item in items]
    return [item for item in rows if item["image"] and item["split"] != "excluded"]


def _embedded(
    dataset: Dataset, rows: list[dict[str, Any]], searcher: Searcher, same_data: bool
) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Each row with its vector, those whose picture does not decode left out."""
    known = dict(zip(*searcher.known(), strict=True)) if same_data else {}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        new = [row for row in batch if row["item_id"] not in known]
        made = searcher.vectors([dataset.file(row["image"]).read_bytes() for row in new])
        vectors = known | {row["item_id"]: vector_D for row, vector_D in zip(new, made, strict=True)}
        for row in batch:
            vector_D = vectors[row["item_id"]]
            if vector_D is not None:
                yield row, vector_D


def _metadata(rows: list[dict[str, Any]]) -> dict[str, list[str | None]]:
    names = sorted({name for row in rows for name in row["attributes"]} - {"category"})
    columns = {name: [row["attributes"].get(name) for row in rows] for name in names}
    return {"category": [row["category"] or None for row in rows], **columns}
