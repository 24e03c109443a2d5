"""What a source hands over: pictures below a folder with rows that say what they show, or a log of what people did."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.reporting import Progress

if TYPE_CHECKING:  # the command line knows `Progress` and should not wait for pandas
    import pandas as pd

__all__ = ["ITEM_COLUMNS", "LOG_COLUMNS", "USER_PREFIX", "Log", "Progress", "Raw"]

ITEM_COLUMNS = ("item_id", "image", "title", "category", "split", "attributes")

# Of a log's files: `row` is the event's place in what was read, from 0; the rest is as in `data.tables.EVENTS`.
LOG_COLUMNS = ("row", "user_id", "item_id", "action", "surface", "time_s", "session_id", "position", "propensity")
USER_PREFIX = "user."  # further columns of a log, `user.country`: the user's last value that is not empty counts


@dataclass(frozen=True)
class Log:
    """What people did, as Parquet files that may be larger than memory; `data/behaviour` makes tables of it.

    events: files with `LOG_COLUMNS`, and perhaps `user.<name>`, in any order; those below the data set's folder are
        removed once the tables are built.
    items: files with `item_id`, `title`, `category`, `attributes` (map) and `created_s`; none where the items of `Raw`
        are those of the log, or where the log itself is all that is known of them.
    """

    events: tuple[Path, ...]
    items: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Raw:
    """The result of a source's `read(params, out, progress)`.

    items: a row a picture, columns `ITEM_COLUMNS`, and perhaps `created_s`; empty for a log without pictures. `image`
        is a posix path below `out`, `split` is "" where it is to be assigned, `attributes` a dict of strings.
    regions: the columns of `data.tables.REGIONS`; may be empty.
    simulated: whether this is a made world.
    report: what was ignored, found empty or otherwise worth knowing; goes into `dataset.json`.
    log: what people did with the items, or None.
    ready: `out` already holds finished tables, which are taken as they are.
    """

    items: "pd.DataFrame"
    regions: "pd.DataFrame"
    simulated: bool
    report: dict[str, Any] = field(default_factory=dict)
    log: Log | None = None
    ready: bool = False
