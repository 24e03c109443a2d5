"""CSV, Parquet and JSON lines in batches, whatever their size."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from data.errors import UserError

__all__ = ["batches", "is_parquet", "names"]

BATCH_ROWS = 1 << 16
BLOCK_BYTES = 8 << 20


def names(path: Path, delimiter: str) -> list[str]:
    """The names of the columns, in their order."""
    with _readable(path):
        if is_parquet(path):
            return list(pq.read_schema(path).names)
        with _csv(path, delimiter, None) as reader:
            return list(reader.schema.names)


def batches(path: Path, columns: Iterable[str], delimiter: str) -> Iterator[pa.RecordBatch]:
    """Batches with `columns` alone; those of a CSV are text, null where a cell is empty."""
    wanted = list(dict.fromkeys(columns))
    with _readable(path):
        if is_parquet(path):
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(BATCH_ROWS, columns=wanted)
            return
        with _csv(path, delimiter, wanted) as reader:
            yield from reader


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


class _readable:  # noqa: N801, a context manager
    """Turn what the readers say of a file that is none into a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        if self.path.stat().st_size == 0:
            raise UserError(f"{self.path.name} is empty; expected a table with a line of column names")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (pa.ArrowInvalid, pa.ArrowKeyError)):
            raise UserError(f"{self.path.name} cannot be read as a table ({' '.join(str(error).split())})") from error


def _csv(path: Path, delimiter: str, columns: list[str] | None) -> pc_csv.CSVStreamingReader:
    convert = pc_csv.ConvertOptions(strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True)
    if columns is not None:
        convert.include_columns = columns
        convert.column_types = {name: pa.string() for name in columns}
    return pc_csv.open_csv(
        path,
        read_options=pc_csv.ReadOptions(block_size=BLOCK_BYTES),
        parse_options=pc_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=convert,
    )
