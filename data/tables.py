"""The canonical tables: schema, key, and the meaning and unit of each column.

Legend: `_px` pixels of the stored picture after EXIF rotation, origin at its top left; boxes are half open.
"""

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["ITEMS", "REGIONS", "SPLITS", "TABLES", "Table"]

SPLITS = ("train", "validation", "test", "excluded")


@dataclass(frozen=True)
class Table:
    """A canonical table: its name, Arrow schema (each field's metadata says what it means) and key columns."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.parquet"


def _column(name: str, kind: pa.DataType, meaning: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


ITEMS = Table(
    "items",
    pa.schema(
        [
            _column("item_id", pa.string(), "key"),
            _column("image", pa.string(), "path of the picture, relative to the data set's folder, with /"),
            _column("title", pa.string(), "what a person would call it"),
            _column("category", pa.string(), "label; empty for whole scenes"),
            _column("split", pa.string(), "train, validation, test, or excluded (a duplicate of another split's item)"),
            _column("width_px", pa.int32(), "null if the file does not decode", nullable=True),
            _column("height_px", pa.int32(), "null if the file does not decode", nullable=True),
            _column("size_bytes", pa.int64(), "of the file"),
            _column("sha256", pa.string(), "of the file, hexadecimal"),
            _column("phash", pa.string(), "64-bit perceptual hash, hexadecimal; null if undecodable", nullable=True),
            _column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as colour: red"),
        ]
    ),
    ("item_id",),
)

REGIONS = Table(
    "regions",
    pa.schema(
        [
            _column("region_id", pa.string(), "key"),
            _column("item_id", pa.string(), "the picture it lies in"),
            _column("label", pa.string(), "category of what it shows"),
            _column("x0_px", pa.float32(), "left edge of the box"),
            _column("y0_px", pa.float32(), "top edge"),
            _column("x1_px", pa.float32(), "right edge, exclusive"),
            _column("y1_px", pa.float32(), "bottom edge, exclusive"),
            _column("mask", pa.string(), "path of a PNG of region numbers, as large as the picture", nullable=True),
            _column("mask_value", pa.int32(), "this region's number in that PNG", nullable=True),
            _column("attributes", pa.map_(pa.string(), pa.string()), "name to value"),
        ]
    ),
    ("region_id",),
)

TABLES = {table.name: table for table in (ITEMS, REGIONS)}
