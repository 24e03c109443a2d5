"""Data sets of what people did: sequences of items, and logs of timestamped actions."""

from typing import Literal

from pydantic import Field, model_validator

from data.actions import Action
from data.params.origins import FromFile
from data.params.strict import Strict

__all__ = ["EventColumns", "EventLogParams", "ItemColumns", "ItemsFile", "LogSplits", "SequencesParams", "TimeSplit"]


class TimeSplit(Strict):
    """Windows at the end of a log, in whole days of UTC; the day of the last event is the last one tested."""

    validation_days: int = Field(gt=0)
    test_days: int = Field(gt=0)


# Leave one out: of each user the last event tests and the one before validates; fewer than three only train.
LogSplits = Literal["leave_one_out"] | TimeSplit


class SequencesParams(FromFile):
    """A line a user, `user item item …`, items in the order of time; attributes as JSON, item to a list of ids."""

    source: Literal["sequences"]
    licence: str
    attributes: FromFile | None = None
    action: Action = Field("review", description="what all of the events are")
    splits: LogSplits = "leave_one_out"


class EventColumns(Strict):
    """Names of the log's columns; one that is left out is looked for under its usual names."""

    user: str | None = None
    item: str | None = None
    action: str | None = None
    time: str | None = None
    session: str | None = None
    surface: str | None = None
    position: str | None = None
    propensity: str | None = None

    @model_validator(mode="after")
    def _one_meaning_each(self) -> "EventColumns":
        named = [column for _, column in self if column is not None]
        twice = [column for column in dict.fromkeys(named) if named.count(column) > 1]
        if twice:
            raise ValueError(f"the column {twice[0]!r} is named twice; a column has one meaning")
        return self


class ItemColumns(Strict):
    """Names of the item file's columns; one that is left out is looked for under its usual names."""

    item: str | None = None
    title: str | None = None
    category: str | None = None
    created: str | None = None


class ItemsFile(FromFile):
    """What is known of the items beside the log: CSV, Parquet or JSON lines, a row an item."""

    columns: ItemColumns = ItemColumns()
    attributes: tuple[str, ...] | None = Field(None, description="further columns to keep; by default all of them")
    time_unit: Literal["s", "ms", "us", "iso"] | None = None


class EventLogParams(FromFile):
    """Timestamped actions as CSV or Parquet, a row an event, in any order; also the only file in a zip."""

    source: Literal["event_log"]
    licence: str
    delimiter: str = Field(",", min_length=1, max_length=1, description="of a CSV")
    columns: EventColumns = EventColumns()
    user_attributes: dict[str, str] = Field(default_factory=dict, description="name to column; the last value counts")
    actions: dict[str, Action] = Field(
        default_factory=dict, description="the log's words to ours; a word that is left out counts in lower case"
    )
    action: Action = Field("view", description="of a log without such a column")
    time_unit: Literal["s", "ms", "us", "iso"] | None = Field(
        None, description="by default seconds where numbers are, ISO 8601 where text is"
    )
    duplicates: Literal["keep", "drop"] = Field(
        "keep", description="of the same user, item, action and time: kept for validation to name, or dropped"
    )
    splits: LogSplits = "leave_one_out"
    items: ItemsFile | None = None

    @model_validator(mode="after")
    def _used(self) -> "EventLogParams":
        if self.actions and "action" in self.model_fields_set:
            raise ValueError("give actions for a log with such a column, or action for one without")
        return self
