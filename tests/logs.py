"""Small logs for tests: a CSV of what people did, and the tables of one that is in order."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from data.params import DatasetParams
from data.prepare import prepare
from data.times import DAY_S
from tests.folders import quiet

__all__ = ["START_S", "event_log", "frame", "log_rows", "prepared"]

START_S = 1_700_006_400  # 2023-11-15 00:00 UTC


def log_rows(users: int = 8, days: int = 6) -> pd.DataFrame:
    """Each user does one thing a day, a minute after the user before; user u0 on the first day only."""
    rows = [
        {
            "user": f"u{user}",
            "item": f"i{(user * 3 + day) % 7}",
            "action": ("view", "click", "save")[(user + day) % 3],
            "time": START_S + day * DAY_S + user * 60,
        }
        for day in range(days)
        for user in range(users)
        if user or not day
    ]
    return pd.DataFrame(rows)


def event_log(path: Path, rows: pd.DataFrame, **facts: Any) -> Any:
    """The entry of a CSV that is written to `path`."""
    rows.to_csv(path, index=False)
    given = {"source": "event_log", "licence": "own", "path": str(path)} | facts
    return TypeAdapter(DatasetParams).validate_python(given)


def prepared(folder: Path, rows: pd.DataFrame, **facts: Any) -> Path:
    """The prepared data set of the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    return prepare("mine", event_log(folder / "log.csv", rows, **facts), quiet, folder / "out")


def frame(folder: Path, name: str) -> pd.DataFrame:
    return pq.read_table(folder / f"{name}.parquet").to_pandas()
