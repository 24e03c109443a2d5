"""Parameters of logs: sequences of items, and logs of timestamped actions."""

from typing import Literal

from pydantic import Field, model_validator

from data.actions import Action
from data.params.origins import FromFile
from data.params.strict import Strict
from data.params.text import Column, Key, TextTable, check_columns, columns_of

__all__ = ["EventColumns", "EventLogParams", "ItemColumns", "ItemsFile", "LogSplits", "SequencesParams", "TimeSplit"]


class TimeSplit(Strict):
    """Windows at the end of a log, in whole days of UTC; the day of the last event is the last one tested."""

    validation_days: int = Field(gt=0)
    test_days: int = Field(gt=0)


# Leave one out: of each user the last event tests and the one before validates; fewer than three only train.
LogSplits = Literal["leave_one_out"] | TimeSplit


class SequencesParams(FromFile):
    """One line per user, `user item item …`, items in the order of time; attributes as JSON, item to a list of ids."""

    source: Literal["sequences"]
    licence: str
    attributes: FromFile | None = None
    action: Action = Field("review", description="what all of the events are")
    splits: LogSplits = "leave_one_out"


class EventColumns(Strict):
    """The log's columns; where they have names, one that is left out is looked for under its usual ones."""

    user: Column | None = None
    item: Column | None = None
    action: Column | None = None
    time: Column | None = None
    session: Column | None = None
    surface: Column | None = None
    position: Column | None = None
    propensity: Column | None = None

    @model_validator(mode="after")
    def _one_meaning_each(self) -> "EventColumns":
        named = [column for _, column in self if column is not None]
        twice = [column for column in dict.fromkeys(named) if named.count(column) > 1]
        if twice:
            raise ValueError(f"the column {twice[0]!r} is named twice; a column has one meaning")
        return self


class ItemColumns(Strict):
    """The item file's columns; where they have names, one that is left out is looked for under its usual ones."""

    item: Key | None = None
    title: Column | None = None
    description: Column | None = None
    category: Column | None = None
    created: Column | None = None


class ItemsFile(TextTable):
    """The file that describes the items of a log: CSV, Parquet or JSON lines, one row per item."""

    columns: ItemColumns = ItemColumns()
    attributes: tuple[str, ...] | dict[str, Column] | None = Field(
        None,
        description="further columns to keep, or name to column, with a star in both for all that a pattern matches; "
        "by default all that have a name",
    )
    time_unit: Literal["s", "ms", "us", "iso"] | None = None

    @model_validator(mode="after")
    def _columns_fit(self) -> "ItemsFile":
        given = self.attributes or {}
        further = given if isinstance(given, dict) else {name: name for name in given}
        for name, column in further.items():
            if isinstance(given, dict) and ("*" in name) != (str(column).count("*") == 1):
                raise ValueError(f"attribute {name!r} has the columns {column!r}; give both one star, or neither")
        named = columns_of(self.columns) | columns_of(further.items(), "attributes")
        check_columns(self.header, named, ("columns.item",))
        return self


class EventLogParams(TextTable):
    """Timestamped actions as CSV or Parquet, one row per event, in any order; may be the only file in a zip."""

    source: Literal["event_log"]
    licence: str
    columns: EventColumns = EventColumns()
    user_attributes: dict[str, Column] = Field(
        default_factory=dict, description="name to column; the last value counts"
    )
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
        named = columns_of(self.columns) | columns_of(self.user_attributes.items(), "user_attributes")
        needed = ("columns.user", "columns.item", *(["columns.action"] if self.actions else []))
        check_columns(self.header, named, needed)
        return self
