"""Hashes of the content of tables: one per column, over its values in order and the files that it names.

Equal content gives equal hashes, however a Parquet file is cut or compressed and whatever wrote it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.files import sha256_file
from data.table import Table, held, names_files

__all__ = ["combined", "describe"]

BATCH_ROWS = 1 << 16
LENGTH = 32  # hexadecimal digits of a hash


def describe(folder: Path) -> dict[str, dict[str, Any]]:
    """For each table in `folder`: `rows`, `columns` with a hash each, and `version`, the hash of them all.

    Raises:
        UserError: a file belongs to no canonical table, or is no Parquet file.
    """
    described = {}
    for name, table in held(folder).items():
        try:
            rows, columns = _columns(table, folder)
        except pa.ArrowInvalid as error:
            raise UserError(f"{folder / table.file} is not a Parquet file ({error}); write it again") from error
        described[name] = {"rows": rows, "columns": columns, "version": combined(columns)}
    return described


def combined(hashes: Mapping[str, str]) -> str:
    """One hash of several, by name."""
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:LENGTH]


class _Column:
    """The hash of one column. Each part of its values has a digest of its own, so that batches may end anywhere."""

    def __init__(self, kind: pa.DataType, folder: Path | None) -> None:
        self.kind, self.folder = kind, None if pa.types.is_nested(kind) else folder
        self.parts: defaultdict[str, Any] = defaultdict(hashlib.sha256)
        self.files: dict[str, str] = {}

    def add(self, values: pa.Array) -> None:
        self._add(values, "")
        if self.folder is not None:
            for name in values.unique().to_pylist():
                if name is not None and name not in self.files:
                    self.files[str(name)] = _file(self.folder, str(name))

    def hash(self) -> str:
        parts = {name: digest.hexdigest() for name, digest in self.parts.items()}
        return combined({"type": str(self.kind), "files": combined(self.files)} | parts)

    def _add(self, values: pa.Array, name: str) -> None:
        kind = values.type
        self.parts[f"{name} given"].update(np.ascontiguousarray(values.is_valid().to_numpy(zero_copy_only=False)))
        if pa.types.is_dictionary(kind):
            self._add(values.dictionary_decode(), name)
        elif pa.types.is_map(kind):
            pairs = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
            self._add(values.cast(pa.list_(pairs)), name)
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            self.parts[f"{name} lengths"].update(_numbers(values.value_lengths()))
            self._add(values.flatten(), f"{name} item")
        elif pa.types.is_struct(kind):
            for place, part in enumerate(values.flatten()):
                self._add(part, f"{name} {kind.field(place).name}")
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
            self.parts[f"{name} values"].update(_numbers(values))
        else:
            lengths, text = _texts(values)
            self.parts[f"{name} lengths"].update(lengths)
            self.parts[f"{name} values"].update(text)


def _columns(table: Table, folder: Path) -> tuple[int, dict[str, str]]:
    """The number of rows, and the hash of every column, also of columns that the schema does not have."""
    known = {field.name: field for field in table.schema}
    with pq.ParquetFile(folder / table.file) as file:
        columns = {
            field.name: _Column(field.type, folder if field.name in known and names_files(known[field.name]) else None)
            for field in file.schema_arrow
        }
        for batch in file.iter_batches(BATCH_ROWS):
            for name, column in columns.items():
                column.add(batch.column(name))
        return file.metadata.num_rows, {name: column.hash() for name, column in columns.items()}


def _numbers(values: pa.Array) -> np.ndarray:
    return np.ascontiguousarray(values.fill_null(0).to_numpy(zero_copy_only=False))


def _texts(values: pa.Array) -> tuple[np.ndarray, memoryview]:
    """The length of every value in bytes, and all values, one after another."""
    text = values.cast(pa.string()) if not _is_text(values.type) else values
    binary = text.cast(pa.large_binary()).fill_null(b"")
    _, ends, content = binary.buffers()
    offsets = np.frombuffer(ends, np.int64)[binary.offset : binary.offset + len(binary) + 1]
    return np.diff(offsets), memoryview(content or b"")[offsets[0] : offsets[-1]]


def _is_text(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _file(folder: Path, name: str) -> str:
    """The hash of a file below `folder`; "absent" if it is missing or outside, which validation reports."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    return sha256_file(folder / path) if inside and (folder / path).is_file() else "absent"
