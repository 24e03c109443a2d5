"""The canonical tables: schema, key, and the meaning and unit of each column.

Legend: `_px` pixels of the stored picture after EXIF rotation, origin at its top left; boxes are half open. `_s` whole
seconds since 1970-01-01 00:00 UTC. An attribute with several values joins them with `|`.
"""

from dataclasses import dataclass

import pyarrow as pa

from data.actions import ACTIONS

__all__ = ["ACTIONS", "EVENTS", "ITEMS", "REGIONS", "SPLITS", "TABLES", "USERS", "Table"]

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
            _column("image", pa.string(), "path of the picture below the data set's folder; null: none", nullable=True),
            _column("title", pa.string(), "what a person would call it"),
            _column("category", pa.string(), "label; empty for whole scenes"),
            _column(
                "split",
                pa.string(),
                "of the pictures: train, validation, test, or excluded (a duplicate of another split's item)",
                nullable=True,
            ),
            _column("width_px", pa.int32(), "null if the file does not decode", nullable=True),
            _column("height_px", pa.int32(), "null if the file does not decode", nullable=True),
            _column("size_bytes", pa.int64(), "of the file", nullable=True),
            _column("sha256", pa.string(), "of the file, hexadecimal", nullable=True),
            _column("phash", pa.string(), "64-bit perceptual hash, hexadecimal; null if undecodable", nullable=True),
            _column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as colour: red"),
            _column("created_s", pa.int64(), "since when it can be shown; null: unknown", nullable=True),
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

USERS = Table(
    "users",
    pa.schema(
        [
            _column("user_id", pa.string(), "key"),
            _column("events", pa.int64(), "how many there are of this user"),
            _column("first_s", pa.int64(), "time of the first event; null: unknown", nullable=True),
            _column("last_s", pa.int64(), "time of the last event; null: unknown", nullable=True),
            _column("attributes", pa.map_(pa.string(), pa.string()), "name to value, such as country: NL"),
        ]
    ),
    ("user_id",),
)

EVENTS = Table(
    "events",
    pa.schema(
        [
            _column("user_id", pa.string(), "who; first part of the key"),
            _column("place", pa.int32(), "among the user's events, from 0, oldest first; second part of the key"),
            _column("item_id", pa.string(), "on what"),
            _column("action", pa.string(), "one of ACTIONS"),
            _column("surface", pa.string(), "where: home, search, related …; empty: unknown"),
            _column("time_s", pa.int64(), "when; null: only the order is known", nullable=True),
            _column("session_id", pa.string(), "null: unknown", nullable=True),
            _column("position", pa.int32(), "of the item in what was shown, from 0; null: unknown", nullable=True),
            _column("propensity", pa.float32(), "probability that it was looked at; null: unknown", nullable=True),
            _column("split", pa.string(), "train, validation or test: which of them may learn from it or asks for it"),
        ]
    ),
    ("user_id", "place"),
)

TABLES = {table.name: table for table in (ITEMS, REGIONS, USERS, EVENTS)}
