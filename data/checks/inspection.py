"""The input of a table's checks: all tables of the data set, as frames or as expressions of the engine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq

from data.dataset import Dataset
from data.engine import Tables, connect
from data.reporting import Progress
from data.table import Table, tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Inspection", "inspecting"]


@dataclass
class Inspection:
    """One validation of a data set.

    held: its tables. usable: of each, the columns that are there and of their type. report: of the card. labels: the
    only categories allowed, or None. former: the shares of the categories in the last version that passed, or None.
    now_s: events after it are in the future. shares and sections are for checks to fill: what the next version is held
    against, and parts of the page, as HTML.
    """

    dataset: Dataset
    held: Mapping[str, Table]
    usable: Mapping[str, set[str]]
    engine: Tables
    report: Mapping[str, Any]
    labels: tuple[str, ...] | None
    former: Mapping[str, float] | None
    now_s: float
    progress: Progress
    shares: dict[str, float] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    _rows: "dict[str, ir.Table]" = field(default_factory=dict)

    def frame(self, name: str) -> pd.DataFrame:
        """The usable columns of a table that fits into memory; no rows if the data set lacks the table.

        Attributes, which are maps, become text.
        """
        if name not in self.held:
            return tables()[name].schema.empty_table().to_pandas()
        table = self.held[name]
        names = [column for column in table.schema.names if column in self.usable[name]]
        frame: pd.DataFrame = pq.read_table(self.dataset.path / table.file, columns=names).to_pandas()
        if "attributes" in frame:
            frame["attributes"] = frame["attributes"].map(str, na_action="ignore")
        return frame

    def rows(self, name: str) -> "ir.Table | None":
        """The usable columns of a table of any size; None if there are none. No rows of a missing table."""
        if name not in self._rows:
            table = tables()[name]
            if name not in self.held:
                import ibis

                self._rows[name] = ibis.memtable(table.schema.empty_table().select(list(table.key)))
            elif not self.usable[name]:
                return None
            else:
                read = self.engine.read([self.dataset.path / table.file], name)
                self._rows[name] = read.select(*[one for one in table.schema.names if one in self.usable[name]])
        return self._rows[name]


@contextmanager
def inspecting(folder: Path, **facts: Any) -> Iterator[Inspection]:
    """An inspection whose engine spills to `folder` what does not fit into memory."""
    with connect("duckdb", folder) as engine:
        yield Inspection(engine=engine, **facts)
