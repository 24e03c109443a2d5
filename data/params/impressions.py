"""Parameters of logs of impressions: a feed's rows with several actions, and files of its people and items."""

from typing import Literal

from pydantic import Field

from data.params.logs import TimeSplit
from data.params.origins import FromFile
from data.params.strict import Strict

__all__ = ["ImpressionLogParams"]


class _Described(FromFile):
    """A file with a row for each item or person; columns that are not named here are its attributes."""

    key: str
    leave_out: tuple[str, ...] = ()
    category: str | None = Field(None, description="of an item; of several values joined by commas the first")
    created: str | None = Field(None, description="the day of an item, as 2022-04-30")


class _Columns(Strict):
    """Names of columns; `outcomes` maps ours to those of the log, whose values are 0 and 1."""

    user: str
    item: str
    time_ms: str
    surface: str | None = None
    position: str | None = None
    dwell_ms: str | None = None
    outcomes: dict[str, str] = Field(min_length=1)


class ImpressionLogParams(Strict):
    """Impressions as Parquet files; what people had done before is one more file of lists, a row each."""

    source: Literal["impression_log"]
    licence: str
    logs: tuple[FromFile, ...] = Field(min_length=1)
    columns: _Columns
    items: _Described
    users: _Described
    histories: _Described | None = Field(None, description="lists of items, which become attributes of the person")
    day_begins_utc_h: int = Field(0, ge=-12, le=14, description="hours by which local days are ahead of UTC")
    duplicates: Literal["refuse", "drop"] = Field(
        "refuse", description="rows that are equal in all that is read of them"
    )
    splits: TimeSplit
