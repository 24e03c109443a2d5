"""Labelled texts: files of what people wrote, with what raters said of it, as one table."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.errors import UserError
from data.params import HashedSplits, LabelledTexts, LabelledTextsParams, LabelsOf
from data.single import single_file
from data.sources.catalogue.splits import given_splits, hashed_split
from data.sources.event_log.columns import require
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import text_of
from data.sources.raw import Progress, Raw
from data.splits import HELD_OUT
from data.tables.texts import TABLE as TEXTS

__all__ = ["read"]

DESCRIBED = ("test", "term", "template")


def read(params: LabelledTextsParams, out: Path, progress: Progress) -> Raw:
    """Read the files; a text that is there in several splits stays in the most held-out one.

    Raises:
        UserError: a file is missing, differs or is no table, lacks a column, or counts votes that are no numbers.
    """
    parts = []
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        for given in params.files:
            with single_file(given, Path(workplace), progress) as path:
                parts.append(_texts(whole_table(path, given, Path(workplace)), given, path.name))
            progress("read texts", len(parts), len(params.files))
    told = pd.concat(parts, ignore_index=True)
    rank = told["split"].map(HELD_OUT)
    kept = told[rank == rank.groupby(told["text"].str.casefold()).transform("max")]
    return Raw(tables={TEXTS.name: kept}, simulated=False, report={"texts_in_two_splits": len(told) - len(kept)})


def _texts(rows: pa.Table, given: LabelledTexts, file: str) -> pd.DataFrame:
    if not rows.num_rows:
        raise UserError(f"{file} has no rows; give some, or leave it out")

    def of(column: int | str) -> pd.Series:
        return text_of(rows.column(require(column, rows.column_names, file))).to_pandas().astype(object)

    texts = pd.DataFrame({"text": of(given.text).fillna("")})
    texts["text_id"] = [f"{given.name}-{row:06d}" for row in range(len(texts))]
    texts["source"] = given.name
    for name in ("hateful", "offensive"):
        texts[name] = _shares(given.labels, name, of, file)
    for name in DESCRIBED:
        column = getattr(given, name)
        texts[name] = "" if column is None else of(column).fillna("")
    texts["template"] = texts["template"].where(texts["template"] != "", texts["text_id"])
    if given.split is not None:
        texts["split"] = given_splits(texts.assign(split=of(given.split)), "text_id", file)
    elif isinstance(given.splits, HashedSplits):
        rule = given.splits
        texts["split"] = [hashed_split(text.casefold(), rule) for text in texts["text"]]
    else:
        texts["split"] = "test"
    return texts[texts["text"] != ""]


def _shares(labels: LabelsOf, name: str, of: Callable[[int | str], pd.Series], file: str) -> pd.Series | float:
    named = getattr(labels, name)
    if named is None:
        return float("nan")
    if labels.column is not None:
        return of(labels.column).isin(named).astype(float)
    assert labels.raters is not None
    try:
        votes = sum(of(column).astype(float) for column in named)
        return votes / of(labels.raters).astype(float)
    except ValueError:
        raise UserError(f"{file} counts raters by what is no number; correct `labels` in params.yaml") from None
