"""Judgements of a catalogue: files of grades, and of queries, as rows of the tables `queries` and `qrels`."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from data.errors import UserError, quoted
from data.params import CatalogueParams, JudgementsFile
from data.single import single_file
from data.sources.catalogue.splits import given_splits, hashed_split
from data.sources.event_log.columns import USUAL_JUDGEMENT, USUAL_QUERY, find_columns, require
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import ids_in, text_of
from data.sources.raw import Progress
from data.tables.qrels import AGREED, MOST_GRADE
from data.tables.qrels import TABLE as QRELS
from data.tables.queries import TABLE as QUERIES
from data.tables.queries import normal

__all__ = ["agreed", "graded", "judged"]

PAIR = ["query_id", "item_id"]


def judged(params: CatalogueParams, workplace: Path, progress: Progress) -> dict[str, pd.DataFrame]:
    """Rows of `queries` and `qrels` by table. Each pair that was judged has a grade that raters agreed on.

    Raises:
        UserError: a file is missing, differs or is no table, a column is missing, a row has no query or no item, or a
            grade is no number of the scale.
    """
    parts = []
    for given in params.judgements:
        with single_file(given, workplace, progress) as path:
            parts.append(graded(whole_table(path, given, workplace), given, path.name))
        progress("read judgements", len(parts), len(params.judgements))
    qrels = agreed(pd.concat(parts, ignore_index=True))
    return {QUERIES.name: _queries(params, qrels, workplace, progress), QRELS.name: qrels}


def graded(rows: pa.Table, given: JudgementsFile, file: str) -> pd.DataFrame:
    """The grades of a file, a row for each pair and rater; a rater who gave none has no row."""
    if not rows.num_rows:
        raise UserError(f"{file} has no rows; give some, or leave it out where nothing is judged")
    names = rows.column_names
    query_ids, _ = ids_in(rows, "query", given.columns.query, USUAL_JUDGEMENT, given, file)
    item_ids, _ = ids_in(rows, "item", given.columns.item, USUAL_JUDGEMENT, given, file)
    pairs = pd.DataFrame({"query_id": query_ids.to_pylist(), "item_id": item_ids.to_pylist()})
    if given.grade is not None:
        return pairs.assign(rater=AGREED, grade=given.grade)
    wanted = {"grade": given.columns.grade, "rater": given.columns.rater}
    columns = find_columns(wanted, USUAL_JUDGEMENT, () if given.raters else ("grade",), names, file)
    parts = []
    if "grade" in columns:
        raters = text_of(rows.column(columns["rater"])).fill_null(AGREED).to_pylist() if "rater" in columns else AGREED
        parts.append(pairs.assign(rater=raters, grade=_grades(rows, columns["grade"], given, file)))
    for column in given.raters:
        name = require(column, names, file)
        parts.append(pairs.assign(rater=name, grade=_grades(rows, name, given, file)))
    graded = pd.concat(parts, ignore_index=True)
    return _once(graded) if given.duplicates == "mean" else graded.dropna(subset=["grade"])


def _grades(rows: pa.Table, column: str, given: JudgementsFile, file: str) -> pd.Series:
    """The grades on the scale of the table; NaN where there is none."""
    text = pd.Series(text_of(rows.column(column)).to_pylist(), dtype=object)
    grades = pd.to_numeric(text, errors="coerce").astype(float)
    low, high = given.scale
    wrong = text.fillna("").ne("") & ~grades.between(low, high)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UserError(
            f"{file}: {given.called(column)} in row {row + 1}, counted from 1, is {quoted(text[row])}, and the scale "
            f"goes from {low:g} to {high:g}; correct the row, or give the `scale` in params.yaml"
        )
    return (grades - low) / (high - low) * MOST_GRADE


def _once(graded: pd.DataFrame) -> pd.DataFrame:
    return graded.dropna(subset=["grade"]).groupby([*PAIR, "rater"])["grade"].mean().reset_index()


def agreed(qrels: pd.DataFrame) -> pd.DataFrame:
    """The grades with the mean of each pair on which no file says what raters agreed on."""
    known = pd.MultiIndex.from_frame(qrels.loc[qrels["rater"] == AGREED, PAIR])
    rest = qrels[~pd.MultiIndex.from_frame(qrels[PAIR]).isin(known)]
    means = rest.groupby(PAIR, as_index=False)["grade"].mean().assign(rater=AGREED)
    return pd.concat([qrels, means], ignore_index=True)[QRELS.schema.names]


def _queries(params: CatalogueParams, qrels: pd.DataFrame, workplace: Path, progress: Progress) -> pd.DataFrame:
    if params.queries is None:
        texts = qrels["query_id"].drop_duplicates().reset_index(drop=True)
        queries = pd.DataFrame({"query_id": texts, "text": texts, "locale": params.locale})
        queries["attributes"] = [[] for _ in texts]
    else:
        with single_file(params.queries, workplace, progress) as path:
            queries = _described(whole_table(path, params.queries, workplace), params, path.name)
    if params.query_splits != "given":
        rule = params.query_splits
        queries["split"] = [hashed_split(normal(text), rule) for text in queries["text"]]
    return queries


def _described(rows: pa.Table, params: CatalogueParams, file: str) -> pd.DataFrame:
    """The queries of a file."""
    assert params.queries is not None
    given = dict(params.queries.columns)
    ids, _ = ids_in(rows, "query", given.pop("query"), USUAL_QUERY, params.queries, file)
    columns = find_columns(given, USUAL_QUERY, ("text",), rows.column_names, file)
    further = {
        name: text_of(rows.column(require(column, rows.column_names, file))).to_pylist()
        for name, column in sorted(params.queries.attributes.items())
    }
    found: dict[str, Any] = {
        meaning: text_of(rows.column(column)).fill_null("").to_pylist() for meaning, column in columns.items()
    }
    queries = pd.DataFrame({"query_id": ids.to_pylist(), "locale": params.locale} | found)
    pairs = [[(name, values[row]) for name, values in further.items() if values[row]] for row in range(len(queries))]
    queries["attributes"] = pd.Series(pairs, dtype=object)
    if params.query_splits == "given":
        queries["split"] = given_splits(queries, "query_id", file)
    return queries
