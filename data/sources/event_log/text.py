"""The text of a file, whatever its encoding, as UTF-8 with lines that end in LF."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.disk import room_on
from data.errors import UserError

__all__ = ["first_lines", "plain_text"]

CHUNK_BYTES = 1 << 20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAMPLE_CHARACTERS = 1 << 16
MOST_LINES = 100


@contextmanager
def plain_text(path: Path, encoding: str, workplace: Path) -> Iterator[Path]:
    """`path` itself where it is such text; otherwise a copy below `workplace`, which is removed in the end.

    Raises:
        UserError: the file is no text in `encoding`; names the line.
    """
    if codecs.lookup(encoding).name == "utf-8" and _ends_in_lf(path, encoding):
        yield path
        return
    workplace.mkdir(parents=True, exist_ok=True)
    copy = workplace / f"text-{path.name}"
    try:
        with room_on(workplace, "decoding"), copy.open("w", encoding="utf-8", newline="\n") as file:
            for text in _decoded(path, encoding, _newlines(encoding)):
                file.write(text)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def first_lines(path: Path) -> list[str]:
    """At most `MOST_LINES` whole lines of plain text."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        text = file.read(SAMPLE_CHARACTERS)
        whole = not file.read(1)
    lines = text.split("\n")
    if not whole and len(lines) > 1:
        lines.pop()
    return lines[:MOST_LINES]


def _newlines(encoding: str) -> io.IncrementalNewlineDecoder:
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)


def _ends_in_lf(path: Path, encoding: str) -> bool:
    decoder = _newlines(encoding)
    return all(decoder.newlines in (None, "\n") for _ in _decoded(path, encoding, decoder))


def _decoded(path: Path, encoding: str, decoder: io.IncrementalNewlineDecoder) -> Iterator[str]:
    lines, begun = 0, False
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                raise UserError(_undecodable(path, encoding, lines, error)) from error
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n") + 1
                raise UserError(
                    f"{path.name} line {line} has a zero byte, which no text has; give a table, or its `encoding` in "
                    f"params.yaml"
                )
            lines += text.count("\n")
            yield text if begun else text.removeprefix("\ufeff")
            begun = begun or bool(text)
            if not chunk:
                return


def _undecodable(path: Path, encoding: str, lines: int, error: UnicodeError) -> str:
    with path.open("rb") as file:
        begins = file.read(2)
    if begins in UTF_16 and not encoding.lower().startswith("utf-16"):
        return f"{path.name} is not {encoding}: it begins as UTF-16 does; set `encoding: utf-16` in params.yaml"
    where = ""
    if isinstance(error, UnicodeDecodeError):
        lines += error.object[: error.start].decode(encoding, "ignore").count("\n")
        where = f": line {lines + 1} has the byte 0x{error.object[error.start : error.start + 1].hex()}"
    return f"{path.name} is not {encoding}{where}; set its `encoding` in params.yaml, such as latin-1, cp1252 or utf-16"
