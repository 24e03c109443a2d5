"""A canonical table: its schema and key, how it is made of a source's rows, and its checks."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from data.params import DatasetParams
    from data.reporting import Progress

__all__ = ["SPLITS", "Table", "as_given", "column", "held", "names_files", "tables"]

SPLITS = ("train", "validation", "test", "excluded")
FILE = b"file"
PACKAGE = "data.tables"  # never imported by name, since what lies there imports this module


def column(name: str, kind: pa.DataType, meaning: str, nullable: bool = False, file: bool = False) -> pa.Field:
    """A column and what it means, with its unit. `file`: it names files below the data set's folder."""
    return pa.field(name, kind, nullable, {"meaning": meaning} | ({FILE: "true"} if file else {}))


def names_files(field: pa.Field) -> bool:
    """Whether a column names files, whose content belongs to the table."""
    return FILE in (field.metadata or {})


def as_given(
    table: "Table", rows: "pd.DataFrame", _params: "DatasetParams", _folder: Path, _progress: "Progress"
) -> tuple[pa.Table, dict[str, Any]]:
    """The rows in the order of the key, with the split that the source gives, if the table has one."""
    ordered = rows.reindex(columns=table.schema.names).sort_values(list(table.key), ignore_index=True)
    return pa.Table.from_pandas(ordered, table.schema, preserve_index=False), {}


@dataclass(frozen=True)
class Table:
    """A canonical table: a module `data/tables/<name>.py` with one of these as `TABLE`.

    schema: the columns, each made by `column`. key: the columns that no two rows share.
    prepare: turns the rows of a source into those that are written, which includes their split; called with the table,
        the rows, the data set's parameters, its folder and a progress; also returns what the card reports.
    checks: what validation holds the table against; by default that keys are unique and values are given. Called
        with the table and an `Inspection`, returns the `Checked` frames.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    prepare: "Callable[[Table, pd.DataFrame, DatasetParams, Path, Progress], tuple[pa.Table, dict[str, Any]]]" = (
        as_given
    )
    checks: "Callable[[Table, Any], list[Any]] | None" = None

    @property
    def file(self) -> str:
        return f"{self.name}.parquet"


def tables() -> dict[str, Table]:
    """All canonical tables by name: one per module of `data/tables`."""
    package = import_module(PACKAGE)
    by_name = {}
    for module in iter_modules(package.__path__):
        table = import_module(f"{PACKAGE}.{module.name}").TABLE
        assert table.name == module.name, f"data/tables/{module.name}.py calls its table {table.name!r}"
        by_name[table.name] = table
    return by_name


def held(folder: Path) -> dict[str, Table]:
    """The tables whose files lie in `folder`, by name.

    Raises:
        UserError: a file belongs to no canonical table.
    """
    known = tables()
    names = sorted(path.stem for path in folder.glob("*.parquet"))
    for name in names:
        if name not in known:
            raise UserError(
                f"{folder} holds {name}.parquet, and nothing says what a table {name!r} has to be; write "
                f"data/tables/{name}.py, or remove the file"
            )
    return {name: known[name] for name in names}
