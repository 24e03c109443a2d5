"""A folder that already holds canonical tables and their files; taken as it is, for validation to judge."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from data.disk import room_on
from data.errors import UserError
from data.origin import folder_of, readable
from data.params import TablesParams
from data.reading import reading
from data.sources.raw import Progress, Raw
from data.table import held

__all__ = ["read"]


def read(params: TablesParams, out: Path, progress: Progress) -> Raw:
    """Copy the folder to `out`, without tables that have no rows.

    Raises:
        UserError: the folder is missing, holds no rows or a table that nothing describes, or a file cannot be read.
    """
    folder = folder_of(params)
    assert folder is not None
    with readable(folder):
        files = [table.file for table in held(folder).values()]
        empty = [file for file in files if not _rows(folder / file)]
    if files == empty:
        raise UserError(f"{folder} has no table with rows; correct `path` in params.yaml or put tables there")

    def copy(source: str, target: str) -> None:  # raises no OSError, which `copytree` would keep to itself
        with readable(folder), room_on(out, "copying tables"):
            shutil.copyfile(source, target)

    with readable(folder):
        ignored = shutil.ignore_patterns(".*", *empty)
        shutil.copytree(folder, out, copy_function=copy, dirs_exist_ok=True, ignore=ignored)
    progress("copy tables", 1, 1)
    return Raw(simulated=False, ready=True)


def _rows(path: Path) -> int:
    with reading(path):
        return int(pq.read_metadata(path).num_rows)
