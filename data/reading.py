"""What people hand in, as libraries read it: each library's own error as one sentence with the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import SpecialFileError

from data.errors import UserError, short

__all__ = ["format_of", "reading"]

LIBRARIES = frozenset({"pyarrow", "_duckdb", "zipfile", "zlib", "_lzma", "_csv", "json", "tarfile", "pandas"})
ELSEWISE = "give delimited text or Parquet"
UNPACK = "unpack it and give the file in it"
FORMATS = {
    b"PK\x03\x04": ("a zip without its end", "bring it again"),
    b"7z\xbc\xaf": ("a 7z archive", UNPACK),
    b"Rar!": ("a RAR archive", UNPACK),
    b"ARROW1": ("an Arrow file", ELSEWISE),
    b"SQLite format 3": ("a database", ELSEWISE),
    b"\x89HDF": ("HDF5", ELSEWISE),
    b"\xd0\xcf\x11\xe0": ("a workbook of Excel", "save it as CSV"),
    b"\x89PNG": ("a picture", ELSEWISE),
    b"\xff\xd8\xff": ("a picture", ELSEWISE),
    b"%PDF": ("a PDF", ELSEWISE),
    b"<!doctype": ("a page of HTML, such as one to log in on", "bring the file itself"),
    b"<html": ("a page of HTML, such as one to log in on", "bring the file itself"),
    b"version https://git-lfs": ("what Git LFS has instead of the file", "run `git lfs pull`"),
}
TAR = (257, b"ustar")


@contextmanager
def reading(path: Path, says: str = "cannot be read ({error}); correct it, or bring it again") -> Iterator[None]:
    """Turn an error that a library raises within the block, as it reads `path`, into a sentence with its `{error}`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if not _is_of_a_reader(error):
            raise
        raise UserError(f"{path} {says.format(error=short(str(error)).rstrip('.') or type(error).__name__)}") from error


def _is_of_a_reader(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno is None and not isinstance(error, SpecialFileError)  # from a decompressor, not the system
    library = type(error).__module__.partition(".")[0]
    return library in LIBRARIES or isinstance(error, UnicodeError | EOFError | RecursionError)


def format_of(begins: bytes) -> tuple[str, str] | None:
    """What a file is that is no text, by its first bytes, and what to do; None for any other."""
    if begins[TAR[0] :].startswith(TAR[1]):
        return "a tar archive", UNPACK
    lowered = begins.lower()
    return next(
        (known for magic, known in FORMATS.items() if begins.startswith(magic) or lowered.startswith(magic)), None
    )
