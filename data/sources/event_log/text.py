"""The text of a file, whatever its compression and encoding, as UTF-8 with lines that end in LF."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from data.disk import room_on
from data.errors import UserError

__all__ = ["first_lines", "opened", "plain_text"]

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}  # compression by the first bytes of a file
CHUNK_BYTES = 1 << 20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAMPLE_CHARACTERS = 1 << 16
MOST_LINES = 100


@contextmanager
def plain_text(path: Path, encoding: str, workplace: Path) -> Iterator[Path]:
    """`path` itself where it is such text; otherwise a copy below `workplace`, which is removed in the end.

    Raises:
        UserError: the file is damaged, or no text in `encoding`; names the line.
    """
    if _packing(path) is None and codecs.lookup(encoding).name == "utf-8" and _ends_in_lf(path, encoding):
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


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where they are packed by gzip, bzip2 or zstd, whatever its name.

    Raises:
        UserError: what is packed ends too soon or is damaged.
    """
    packing = _packing(path)
    try:
        stream: Any = path.open("rb") if packing is None else pa.input_stream(str(path), compression=packing)
        with stream:
            yield stream
    except OSError as error:
        if packing is None or error.errno is not None:
            raise
        raise UserError(f"{path.name} is cut short or damaged ({packing}: {error}); bring it again") from error


def _packing(path: Path) -> str | None:
    with path.open("rb") as file:
        first = file.read(4)
    return next((name for magic, name in PACKED.items() if first.startswith(magic)), None)


def _newlines(encoding: str) -> io.IncrementalNewlineDecoder:
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)


def _ends_in_lf(path: Path, encoding: str) -> bool:
    decoder = _newlines(encoding)
    return all(decoder.newlines in (None, "\n") for _ in _decoded(path, encoding, decoder))


def _decoded(path: Path, encoding: str, decoder: io.IncrementalNewlineDecoder) -> Iterator[str]:
    lines = 0
    with opened(path) as file:
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
            yield text if lines or not text.startswith("\ufeff") else text.removeprefix("\ufeff")
            if not chunk:
                return


def _undecodable(path: Path, encoding: str, lines: int, error: UnicodeError) -> str:
    with opened(path) as file:
        begins = file.read(2)
    if begins in UTF_16 and not encoding.lower().startswith("utf-16"):
        return f"{path.name} is not {encoding}: it begins as UTF-16 does; set `encoding: utf-16` in params.yaml"
    where = ""
    if isinstance(error, UnicodeDecodeError):
        lines += error.object[: error.start].decode(encoding, "ignore").count("\n")
        where = f": line {lines + 1} has the byte 0x{error.object[error.start : error.start + 1].hex()}"
    return f"{path.name} is not {encoding}{where}; set its `encoding` in params.yaml, such as latin-1, cp1252 or utf-16"
