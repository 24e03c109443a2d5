"""Captions of pictures: one of them is a query for the picture, which is known by the others."""

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.errors import UserError
from data.params import CaptionsParams
from data.single import single_file
from data.sources.catalogue.judgements import agreed, graded
from data.sources.catalogue.splits import without_leaks
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import text_of
from data.sources.raw import Progress, Raw
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.tables.qrels import AGREED, MOST_GRADE
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES

__all__ = ["read"]

MARK = "#"  # between the picture and the number of its caption


def read(params: CaptionsParams, out: Path, progress: Progress) -> Raw:
    """Read captions, splits and judgements. A picture answers its own caption exactly.

    A query whose words are in a more held-out split too is left out.

    Raises:
        UserError: a file is missing, differs or is no table, a caption is not numbered or is there twice, a listed
            picture has no captions, or a grade is not on its scale.
    """
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        with single_file(params, Path(workplace), progress) as path:
            captions, file = _captions(whole_table(path, params, Path(workplace)), path.name), path.name
        splits = _splits(params, set(captions["item_id"]), file, Path(workplace), progress)
        asked = captions[(captions["number"] == params.asked) & captions["item_id"].isin(splits.index)]
        queries = without_leaks(
            pd.DataFrame(
                {
                    "query_id": asked["item_id"] + f"{MARK}{params.asked}",
                    "text": asked["text"],
                    "locale": params.locale,
                    "split": asked["item_id"].map(splits),
                    "reference": None,
                    "attributes": [[] for _ in range(len(asked))],
                    "item_id": asked["item_id"],
                }
            )
        )
        parts = [queries[["query_id", "item_id"]].assign(rater=AGREED, grade=MOST_GRADE)]
        for given in params.judgements:
            with single_file(given, Path(workplace), progress) as path:
                parts.append(graded(whole_table(path, given, Path(workplace)), given, path.name))
    items = _items(captions[captions["number"] != params.asked], splits)
    return Raw(
        tables={ITEMS.name: items, QUERIES.name: queries, QRELS.name: agreed(pd.concat(parts, ignore_index=True))},
        simulated=False,
        report={
            "items_without_picture": len(items),
            "items_in_no_split": int(items["split"].isna().sum()),
            "queries_in_two_splits": len(asked) - len(queries),
        },
    )


def _captions(rows: pa.Table, file: str) -> pd.DataFrame:
    """`item_id`, `number` and `text` of each caption."""
    if rows.num_columns != 2:
        raise UserError(f"{file} has {rows.num_columns} columns, and captions have two: picture#number and a sentence")
    names = pd.Series(text_of(rows.column(0)).fill_null("").to_pylist()).str.rpartition(MARK)
    numbers = pd.to_numeric(names[2], errors="coerce")
    wrong = numbers.isna() | (names[0] == "")
    if wrong.any():
        raise UserError(f"{file} row {int(wrong.to_numpy().argmax()) + 1}: expected picture#number; correct the row")
    text = text_of(rows.column(1)).fill_null("").to_pylist()
    captions = pd.DataFrame({"item_id": names[0], "number": numbers.astype(int), "text": text})
    twice = captions.duplicated(["item_id", "number"])
    if twice.any():
        first = captions[twice].iloc[0]
        raise UserError(f"{file} has the caption {first['item_id']}{MARK}{first['number']} twice; remove one")
    return captions.sort_values(["item_id", "number"], ignore_index=True)


def _splits(params: CaptionsParams, known: set[str], file: str, workplace: Path, progress: Progress) -> pd.Series:
    """The split of each picture that is in a list."""
    splits: dict[str, str] = {}
    for split, given in (("train", params.train), ("validation", params.validation), ("test", params.test)):
        with single_file(given, workplace, progress) as path:
            for picture in path.read_text("utf-8-sig").split():
                if picture not in known:
                    raise UserError(f"{path.name} names {picture}, and {file} has no caption of it; remove one")
                if splits.setdefault(picture, split) != split:
                    raise UserError(f"{picture} is for {splits[picture]} and for {split}; remove it from one list")
    return pd.Series(splits)


def _items(told: pd.DataFrame, splits: pd.Series) -> pd.DataFrame:
    """The pictures: the first caption is the title, the others are the description, a line each."""
    by_picture = told.groupby("item_id")["text"].agg(list)
    items = pd.DataFrame(
        {
            "item_id": by_picture.index,
            "image": None,
            "title": [texts[0] for texts in by_picture],
            "description": ["\n".join(texts[1:]) for texts in by_picture],
            "category": "",
            "split": by_picture.index.to_series().map(splits).to_numpy(),
            "attributes": [{} for _ in by_picture],
        }
    )
    return items[[*ITEM_COLUMNS, "description"]]
