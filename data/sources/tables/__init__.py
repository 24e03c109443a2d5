"""A folder that already holds the canonical tables and their pictures; taken as it is, for validation to judge."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.disk import room_on
from data.errors import UserError
from data.origin import folder_of, readable
from data.params import TablesParams
from data.sources.raw import Progress, Raw
from data.tables import ITEMS, REGIONS, TABLES

__all__ = ["read"]


def read(params: TablesParams, out: Path, progress: Progress) -> Raw:
    """Copy the folder to `out`; a table that is not there is added empty, `items` excepted.

    Raises:
        UserError: the folder or its `items.parquet` is missing or no Parquet file, or a file cannot be read.
    """
    folder = folder_of(params)
    assert folder is not None
    if not (folder / ITEMS.file).is_file():
        raise UserError(f"{folder} has no {ITEMS.file}; correct `path` in params.yaml or put the table there")

    def copy(source: str, target: str) -> None:  # raises no OSError, which `copytree` would keep to itself
        with readable(folder), room_on(out, "copying tables"):
            shutil.copyfile(source, target)

    with readable(folder):
        shutil.copytree(folder, out, copy_function=copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    for table in TABLES.values():
        if not (out / table.file).is_file():
            pq.write_table(table.schema.empty_table(), out / table.file)
    progress("copy tables", 1, 1)
    return Raw(items=_read(out / ITEMS.file), regions=_read(out / REGIONS.file), simulated=False, report={}, ready=True)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pq.read_table(path).to_pandas()
    except pa.ArrowInvalid as error:
        raise UserError(f"{path.name} is not a Parquet file ({error}); write it again") from error
