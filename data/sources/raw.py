"""What a source hands over: pictures below a folder, and the rows that say what they show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the command line knows `Progress` and should not wait for pandas
    import pandas as pd

__all__ = ["ITEM_COLUMNS", "Progress", "Raw"]

# Called with (what is being done, steps done, steps in all; 0 in all where that is unknown).
Progress = Callable[[str, int, int], None]

ITEM_COLUMNS = ("item_id", "image", "title", "category", "split", "attributes")


@dataclass(frozen=True)
class Raw:
    """The result of a source's `read(params, out, progress)`.

    items: a row a picture, columns `ITEM_COLUMNS`; `image` is a posix path below `out`, `split` is "" where it is to
        be assigned, `attributes` a dict of strings.
    regions: the columns of `data.tables.REGIONS`; may be empty.
    simulated: whether this is a made world.
    report: what was ignored, found empty or otherwise worth knowing; goes into `dataset.json`.
    ready: `out` already holds finished tables, which are taken as they are.
    """

    items: "pd.DataFrame"
    regions: "pd.DataFrame"
    simulated: bool
    report: dict[str, Any] = field(default_factory=dict)
    ready: bool = False
