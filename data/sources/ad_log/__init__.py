"""Logs of ads: a file of impressions, as the table `ad_impressions`."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.errors import UserError
from data.params import AdLogParams, AdSplits
from data.single import single_file
from data.sources.catalogue.splits import hashed_split
from data.sources.event_log.columns import require
from data.sources.event_log.files import whole_table
from data.sources.event_log.ids import text_of
from data.sources.raw import Progress, Raw
from data.tables.ad_impressions import TABLE as AD_IMPRESSIONS

__all__ = ["read"]

WORDS = ("user", "ad", "campaign", "advertiser", "surface")
CLICKED = {"0": False, "1": True, "false": False, "true": True}


def read(params: AdLogParams, out: Path, progress: Progress) -> Raw:
    """Read the file; where it is a sample, each row says how many impressions it stands for.

    Raises:
        UserError: the file is missing, differs or is no table, lacks a column, or has numbers that are none.
    """
    with (
        tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as folder,
        single_file(params, Path(folder), progress) as path,
    ):
        rows = _impressions(whole_table(path, params, Path(folder)), params, path.name)
    return Raw(simulated=False, tables={AD_IMPRESSIONS.name: rows}, report={"sampled_from": params.sampled_from})


def _impressions(raw: pa.Table, params: AdLogParams, file: str) -> pd.DataFrame:
    if not raw.num_rows:
        raise UserError(f"{file} has no rows; give some")

    def of(column: int | str) -> pd.Series:
        texts = text_of(raw.column(require(column, raw.column_names, file))).to_pandas().astype(object).fillna("")
        return texts.where(~texts.str.lower().isin(params.missing), "")

    columns = params.columns
    rows = pd.DataFrame({"impression_id": [f"{row:09d}" for row in range(raw.num_rows)]})
    for name in WORDS:
        column = getattr(columns, name)
        rows["surface" if name == "surface" else f"{name}_id"] = "" if column is None else of(column)
    for name in ("position", "bid", "price"):
        column = getattr(columns, name)
        rows[name] = _whole(None if column is None else of(column), len(rows), f"{name} of {file}")
    rows["position"] -= 1
    said = text_of(raw.column(require(columns.click, raw.column_names, file))).to_pandas().astype(object)
    clicked = said.str.lower().map(CLICKED)
    if clicked.isna().any():
        raise UserError(
            f"{file}: the click of row {int(clicked.isna().to_numpy().argmax()) + 1} is not 0 or 1; correct it"
        )
    rows["click"] = clicked.astype(bool)
    rows["weight"] = _weights(rows["click"], params, file)
    features = _features({name: of(column) for name, column in params.features.items()}, len(rows))
    rows["features"] = pd.Series(features, rows.index, dtype=object)
    rows["split"] = _splits(rows, params.splits)
    return rows


def _whole(given: pd.Series | None, count: int, what: str) -> pd.Series:
    if given is None:
        return pd.Series([None] * count, dtype="Int64")
    numbers = pd.to_numeric(given.where(given != "", None), errors="coerce")
    wrong = (numbers.isna() & (given != "")) | (numbers % 1 > 0)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UserError(f"{what} is {given.iloc[row]!r} in row {row + 1}; give whole numbers of the smallest unit")
    return numbers.astype("Int64")


def _weights(click: pd.Series, params: AdLogParams, file: str) -> pd.Series:
    """Each click is there; of the others each stands for as many as were left out."""
    if params.sampled_from is None:
        return pd.Series(1.0, click.index)
    if params.sampled_from < len(click):
        raise UserError(f"{file} has {len(click)} rows, more than `sampled_from`; correct it")
    others = max(1, int((~click).sum()))
    return click.map({True: 1.0, False: (params.sampled_from - int(click.sum())) / others}).astype(float)


def _features(texts: dict[str, pd.Series], count: int) -> list[list[tuple[str, str]]]:
    """Of each row the names with the values that are given."""
    names = sorted(texts)
    if not names:
        return [[]] * count
    columns: list[list[str]] = [texts[name].tolist() for name in names]
    return [
        [(name, value) for name, value in zip(names, values, strict=True) if value]
        for values in zip(*columns, strict=True)
    ]


def _splits(rows: pd.DataFrame, rule: AdSplits | str) -> list[str]:
    if not isinstance(rule, AdSplits):
        return [rule] * len(rows)
    of: Callable[[str], str] = lambda key: hashed_split(key, rule)  # noqa: E731 - a key's split
    if rule.by == "row":
        return [of(str(row)) for row in range(len(rows))]
    known = {user: of(user) for user in set(rows["user_id"])}
    return [known[user] for user in rows["user_id"]]
