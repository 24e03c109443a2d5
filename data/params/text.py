"""The format of a table in a text file: delimiter, header, quotes and encoding."""

import codecs
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictInt, model_validator

from data.params.origins import FromFile

__all__ = ["Column", "Key", "TextTable", "check_columns", "columns_of"]

MOST_BYTES = 4  # of a delimiter, as DuckDB reads them


def _counted(column: int | str) -> int | str:
    if isinstance(column, int) and column < 1:
        raise ValueError("the first column is 1")
    return column


# A column: its name in the header, or its position, counted from 1, where there is no header.
Column = Annotated[StrictInt | str, AfterValidator(_counted)]
# A column that holds ids, or several that tell things apart by their values, of which an id is made.
Key = Column | tuple[Column, ...]


class TextTable(FromFile):
    """A file with one row per line. Settings of text are refused for Parquet and JSON lines, where they mean nothing.

    Where `delimiter` is left out, a comma, a semicolon or a tab is detected from the file.
    """

    delimiter: str | None = Field(None, description="what separates the columns, such as ';', '::' or a tab")
    header: bool = Field(True, description="whether the first line names the columns")
    quote: str = Field('"', description="what may surround a value; empty where quotes are part of the text")
    multiline: bool = Field(False, description="whether a value in quotes may go on in the next line")
    encoding: str = Field("utf-8", description="by the name that Python has for it")

    def called(self, column: str) -> str:
        """The column in a sentence: by its name, or by its position where the file has no names."""
        return column if self.header else f"column {column}"

    @model_validator(mode="after")
    def _readable(self) -> "TextTable":
        if len(self.quote.encode()) > 1 or self.quote in {"\n", "\r", "\0", " "}:
            raise ValueError(f'quote is {self.quote!r}; give one character of ASCII, or "" for none')
        if self.multiline and not self.quote:
            raise ValueError("multiline needs a quote; without one every line is a row")
        if self.delimiter is not None:
            _check_delimiter(self.delimiter, self.quote)
        try:
            codec = codecs.lookup(self.encoding)
        except LookupError:
            codec = None
        if codec is None or not getattr(codec, "_is_text_encoding", True):
            raise ValueError(
                f"encoding {self.encoding!r} is unknown; give one that Python knows, such as utf-8, latin-1, cp1252 or "
                f"utf-16"
            )
        return self


def _check_delimiter(delimiter: str, quote: str) -> None:
    if delimiter == "\\t":
        raise ValueError('delimiter is a backslash and a t; write a tab in double quotes, as "\\t"')
    if not 0 < len(delimiter.encode()) <= MOST_BYTES:
        raise ValueError(f"delimiter has {len(delimiter.encode())} bytes; give one of 1 to {MOST_BYTES}")
    if set(delimiter) & {"\n", "\r", "\0"} or (quote and quote in delimiter):
        raise ValueError(f"delimiter is {delimiter!r}; it may hold no end of a line and no quote")


def columns_of(section: Iterable[tuple[str, Any]], within: str = "columns") -> dict[str, Column | None]:
    """The columns that a section names, each by where it stands in `params.yaml`."""
    named: dict[str, Column | None] = {}
    for meaning, given in section:
        if isinstance(given, tuple):
            named |= {f"{within}.{meaning}.{place}": column for place, column in enumerate(given, 1)}
        else:
            named[f"{within}.{meaning}"] = given
    return named


def check_columns(header: bool, named: Mapping[str, Column | None], needed: tuple[str, ...] = ()) -> None:
    """Check that columns are given by name where there is a header, otherwise by position.

    needed: columns that have to be given where there is no header to find them by.

    Raises:
        ValueError: one goes the other way, or is needed and left out.
    """
    for meaning, column in named.items():
        if header and isinstance(column, int):
            raise ValueError(
                f"{meaning} is the position {column}, and the first line names the columns; give the name, or set "
                f"`header: false` where there are none"
            )
        if not header and isinstance(column, str):
            raise ValueError(
                f"{meaning} is the name {column!r}, and `header: false` says that there are none; give the position, "
                f"counted from 1"
            )
        if not header and column is None and meaning in needed:
            raise ValueError(f"{meaning} is left out; with `header: false` give its position, counted from 1")
