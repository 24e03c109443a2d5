"""A prepared folder of tables with a version, licence and row counts."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.tables import TABLES

__all__ = ["CARD", "Dataset", "open_dataset"]

CARD = "dataset.json"  # {"name", "source", "licence", "simulated", "rows": {table: count}, "report": {...}}


@dataclass(frozen=True)
class Dataset:
    """A data set on disk. `version` is DVC's hash of the folder; `simulated` sets made worlds apart from real data.

    `damaged` is how many pictures were excluded for being damaged.
    """

    name: str
    path: Path
    version: str
    licence: str
    simulated: bool
    rows: dict[str, int]
    damaged: int = 0

    def table(self, name: str) -> pa.Table:
        """Read a canonical table, without any check beyond its being there."""
        path = self.path / TABLES[name].file
        if not path.is_file():
            raise UserError(f"data set {self.name!r} has no table {name!r}; run `corkboard data get {self.name}`")
        return pq.read_table(path)

    def file(self, relative: str) -> Path:
        """The path of a picture or mask named in a table."""
        return self.path / relative


def open_dataset(name: str, path: Path, version: str) -> Dataset:
    """Open the prepared folder `path` as version `version` of data set `name`.

    Raises:
        UserError: the folder was not prepared.
    """
    card = path / CARD
    if not card.is_file():
        raise UserError(f"data set {name!r} is not prepared; run `corkboard data get {name}`")
    content = json.loads(card.read_text(encoding="utf-8"))
    return Dataset(
        name=name,
        path=path,
        version=version,
        licence=content["licence"],
        simulated=content["simulated"],
        rows=content["rows"],
        damaged=content["report"].get("damaged", {}).get("count", 0),
    )
