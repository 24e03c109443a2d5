"""Logs of impressions with several actions, and the people and items in them."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.actions import OUTCOMES
from data.errors import UserError
from data.params import FromFile, ImpressionLogParams
from data.single import single_file
from data.sources.raw import Progress, Raw
from data.tables.impressions import TABLE as IMPRESSIONS
from data.tables.impressions import placed
from data.tables.items import ITEM_COLUMNS
from data.tables.items import TABLE as ITEMS
from data.tables.users import TABLE as USERS

__all__ = ["read"]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def read(params: ImpressionLogParams, out: Path, progress: Progress) -> Raw:
    """Read impressions, items, people and their histories; splits are whole local days at the end.

    Raises:
        UserError: a file is missing, differs, is no table or lacks a column, or the log is too short for its splits.
    """
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as workplace:
        folder = Path(workplace)
        raw = pd.concat([_frame(given, folder, progress) for given in params.logs], ignore_index=True)
        items = _frame(params.items, folder, progress)
        users = _frame(params.users, folder, progress)
        histories = None if params.histories is None else _frame(params.histories, folder, progress)
    rows = _impressions(raw, params)
    copies = rows.duplicated()
    if copies.any() and params.duplicates == "refuse":
        raise UserError(f"{copies.sum()} impressions are equal to others in all that is read; set `duplicates: drop`")
    rows = rows[~copies]
    return Raw(
        simulated=False,
        tables={
            IMPRESSIONS.name: placed(rows),
            ITEMS.name: _items(items, params),
            USERS.name: _users(users, histories, params),
        },
        report={
            "impressions_read": len(raw),
            "duplicates_dropped": int(copies.sum()),
            "splits": rows["split"].value_counts().to_dict(),
            "items_without_picture": len(items),
        },
    )


def _frame(given: FromFile, folder: Path, progress: Progress) -> pd.DataFrame:
    """A file as Parquet or comma-separated text."""
    with single_file(given, folder, progress) as path:
        try:
            return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        except (ValueError, OSError) as error:
            raise UserError(f"{path.name} is no table ({str(error).splitlines()[0]}); correct its entry") from None


def _impressions(raw: pd.DataFrame, params: ImpressionLogParams) -> pd.DataFrame:
    columns = params.columns
    _require(raw, [columns.user, columns.item, columns.time_ms, *columns.outcomes.values()], "the log")
    unknown = sorted(set(columns.outcomes) - set(OUTCOMES))
    if unknown:
        raise UserError(f"outcomes names {unknown[0]!r}; it has to be one of {', '.join(OUTCOMES)}")
    rows = pd.DataFrame(
        {
            "user_id": raw[columns.user].astype(str),
            "item_id": raw[columns.item].astype(str),
            "time_ms": raw[columns.time_ms].astype("int64"),
            "surface": "" if columns.surface is None else raw[columns.surface].astype(str),
            "position": pd.array([None] * len(raw), "Int32") if columns.position is None else raw[columns.position],
            "propensity": pd.array([None] * len(raw), "Float32"),
            **{name: pd.array([None] * len(raw), "boolean") for name in OUTCOMES},
            "dwell_ms": pd.array([None] * len(raw), "Int64") if columns.dwell_ms is None else raw[columns.dwell_ms],
        },
        index=raw.index,
    )
    for name, given in columns.outcomes.items():
        rows[name] = raw[given].astype("boolean")
    day = (rows["time_ms"] + params.day_begins_utc_h * HOUR_MS) // DAY_MS
    test = int(day.max()) + 1 - params.splits.test_days
    validation = test - params.splits.validation_days
    if validation <= day.min():
        raise UserError(f"the log has {day.nunique()} days, and nothing is left to train on; give splits fewer days")
    names = pd.cut(day, [-1, validation - 1, test - 1, int(day.max())], labels=["train", "validation", "test"])
    return rows.assign(split=names.astype(str))


def _items(raw: pd.DataFrame, params: ImpressionLogParams) -> pd.DataFrame:
    given = params.items
    _require(raw, [given.key], "the file of items")
    special = [name for name in (given.key, given.created) if name]
    category = raw[given.category].astype("string").fillna("") if given.category else pd.Series("", raw.index)
    created = raw[given.created].map(_second, na_action="ignore") if given.created else None
    rows = pd.DataFrame(
        {
            "item_id": raw[given.key].astype(str),
            "image": None,
            "title": "",
            "category": category.str.split(",").str[0].astype(object),
            "split": "",
            "attributes": list(_attributes(raw, {*special, *given.leave_out})),
        }
    )
    rows["created_s"] = pd.array([None] * len(raw), "Int64") if created is None else created.astype("Int64")
    return rows[[*ITEM_COLUMNS, "created_s"]]


def _users(raw: pd.DataFrame, histories: pd.DataFrame | None, params: ImpressionLogParams) -> pd.DataFrame:
    """People with their attributes; lists of items join their values with `|`, as attributes do."""
    _require(raw, [params.users.key], "the file of users")
    attributes = list(_attributes(raw, {params.users.key, *params.users.leave_out}))
    if histories is not None and params.histories is not None:
        key = params.histories.key
        _require(histories, [key], "the file of histories")
        before = histories.drop(columns=[*params.histories.leave_out]).set_index(key)
        joined = before.map(lambda value: "|".join(map(str, value)) if hasattr(value, "__len__") else str(value))
        by_user = joined.to_dict("index")
        attributes = [
            own | {str(name): value for name, value in by_user.get(user, {}).items() if value}
            for own, user in zip(attributes, raw[params.users.key], strict=True)
        ]
    rows = pd.DataFrame({"user_id": raw[params.users.key].astype(str), "events": 0, "first_s": None, "last_s": None})
    rows["attributes"] = pd.Series([sorted(own.items()) for own in attributes], rows.index)
    return rows


def _attributes(raw: pd.DataFrame, leave_out: set[str]) -> Iterator[dict[str, str]]:
    """Each row's values that are given, as text; a whole number has no point."""
    columns = [name for name in raw.columns if name not in leave_out]
    texts = pd.DataFrame({name: raw[name].map(_text, na_action="ignore") for name in columns})
    for values in texts.itertuples(index=False, name=None):
        yield {str(name): value for name, value in zip(columns, values, strict=True) if isinstance(value, str)}


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _second(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def _require(raw: pd.DataFrame, names: list[str], what: str) -> None:
    missing = [name for name in names if name not in raw.columns]
    if missing:
        raise UserError(f"{what} has no column {missing[0]!r}, only {', '.join(map(str, raw.columns))}; correct it")
