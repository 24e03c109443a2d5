"""A prepared data set: a folder of tables, each with a version of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.content import combined
from data.errors import UserError

__all__ = ["CARD", "TRUTH", "Content", "Dataset", "open_dataset", "read_card"]

CARD = "dataset.json"  # written by `data/prepare.py`
TRUTH = "truth"  # the folder of a simulator's ground truth, beside its tables


@dataclass(frozen=True)
class Content:
    """The content of a table: its number of rows, its version, and a hash of each column."""

    rows: int
    version: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Dataset:
    """A data set on disk.

    version: DVC's hash of the folder. simulated: whether a simulator made the data. tables: its tables by name.
    truth: hash of the simulator's ground truth; empty for real data. damaged: number of pictures that were excluded
    as damaged. reads: the columns that may be read, by table; None: all.
    """

    name: str
    path: Path
    version: str
    licence: str
    simulated: bool
    tables: Mapping[str, Content]
    truth: str = ""
    damaged: int = 0
    reads: Mapping[str, tuple[str, ...]] | None = None

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of each table."""
        return {name: content.rows for name, content in self.tables.items()}

    def table(self, name: str) -> pa.Table:
        """Read a table, without validating it. A `limited` data set gives only the columns that may be read.

        Raises:
            UserError: the data set has no such table, or it may not be read.
        """
        self._require(name)
        if self.reads is not None and name not in self.reads:
            raise UserError(f"the table {name!r} is read and not declared; name its columns in the system's `tables`")
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            raise UserError(f"{path} is missing; run `corkboard data get {self.name}`")
        return pq.read_table(path, columns=None if self.reads is None else list(self.reads[name]))

    def file(self, relative: str) -> Path:
        """The path of a picture or mask named in a table."""
        return self.path / relative

    def limited(self, reads: Mapping[str, tuple[str, ...]]) -> "Dataset":
        """The same data set, limited to the columns `reads` of some tables."""
        return replace(self, reads=reads)

    def versions(self, reads: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """The version of some columns of each table: it changes when one of them does, or a file that they name.

        Raises:
            UserError: the data set lacks a table or a column.
        """
        return {name: combined(self._hashes(name, columns)) for name, columns in reads.items()}

    def _hashes(self, name: str, columns: tuple[str, ...]) -> dict[str, str]:
        self._require(name)
        there = self.tables[name].columns
        missing = [column for column in columns if column not in there]
        if missing:
            raise UserError(
                f"the table {name!r} of data set {self.name!r} has no column {' and '.join(missing)}; run `corkboard "
                f"data validate {self.name}`, which says what it should have"
            )
        return {column: there[column] for column in columns}

    def _require(self, name: str) -> None:
        if name not in self.tables:
            raise UserError(
                f"data set {self.name!r} has no table {name!r}, only {' and '.join(self.tables)}; choose another data "
                f"set, or add the table to its source"
            )


def read_card(path: Path) -> dict[str, Any] | None:
    """The card of a prepared folder; None if it is missing or in the format of an earlier version of the project."""
    card = path / CARD
    content = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else {}
    return content if "tables" in content else None


def open_dataset(name: str, path: Path, version: str) -> Dataset:
    """Open the prepared folder `path` as version `version` of data set `name`.

    Raises:
        UserError: the folder was not prepared.
    """
    content = read_card(path)
    if content is None:
        raise UserError(f"data set {name!r} is not prepared; run `corkboard data get {name}`")
    return Dataset(
        name=name,
        path=path,
        version=version,
        licence=content["licence"],
        simulated=content["simulated"],
        tables={name: Content(**facts) for name, facts in content["tables"].items()},
        truth=content["truth"] or "",
        damaged=content["report"].get("damaged", {}).get("count", 0),
    )
