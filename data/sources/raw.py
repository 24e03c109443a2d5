"""The result of a source: pictures below a folder with rows that describe them, or a log of events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.reporting import Progress

if TYPE_CHECKING:  # the command line knows `Progress` and should not wait for pandas
    import pandas as pd

__all__ = ["LOG_COLUMNS", "USER_PREFIX", "Log", "Progress", "Raw"]

# Of a log's files: `row` is the event's place in what was read, from 0; the rest is as in `data/tables/events.py`.
LOG_COLUMNS = ("row", "user_id", "item_id", "action", "surface", "time_s", "session_id", "position", "propensity")
USER_PREFIX = "user."  # further columns of a log, `user.country`: the user's last value that is not empty counts


@dataclass(frozen=True)
class Log:
    """Events of users, as Parquet files that may be larger than memory; `data/event_tables` makes tables of them.

    events: files with `LOG_COLUMNS`, and perhaps `user.<name>`, in any order; those below the data set's folder are
        removed once the tables are built.
    items: files with `item_id`, `title`, `category`, `attributes` (map), `created_s` and perhaps `description`; none
        where `Raw.tables` has the items of the log, or where the log itself is all that is known of them.
    """

    events: tuple[Path, ...]
    items: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Raw:
    """The result of a source's `read(params, out, progress)`.

    simulated: whether a simulator made the data.
    tables: rows by the name of their table, with columns of its schema; a table without rows is not written. `items`
        are pictures with the `ITEM_COLUMNS` of their table, and perhaps `description` and `created_s`: `image` is a
        posix path below `out`, `split` is "" where it is to be assigned, `attributes` a dict of strings.
    report: what was ignored, empty or otherwise worth knowing; goes into `dataset.json`.
    log: the events of users on the items, or None.
    ready: whether `out` already holds finished tables, which are taken as they are.
    """

    simulated: bool
    tables: "Mapping[str, pd.DataFrame]" = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    log: Log | None = None
    ready: bool = False
