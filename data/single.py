"""A single file of raw data, opened: as it lies there or unpacked, and verified by its content."""

import csv
import hashlib
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from data.disk import room_on
from data.download import bring_archive
from data.entries import is_litter
from data.errors import UserError
from data.files import sha256_file
from data.origin import file_of, readable
from data.params import Download, FromFile
from data.project import home
from data.reporting import Progress

__all__ = ["single_file"]

CHUNK_BYTES = 1 << 20
PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
}  # by a file's first bytes
SUFFIXES = (".gz", ".bz2", ".zst", ".xz")
# what unpackers and readers of tables raise about the content of a file; an OSError counts if it has no number
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # of a zip: encrypted, or packed in a way that is not known
    pa.ArrowException,
    UnicodeError,
    csv.Error,
)


@contextmanager
def single_file(given: FromFile, workplace: Path, progress: Progress, zips: bool = True) -> Iterator[Path]:
    """The file that `given` names. What is packed, whatever its name, is unpacked below `workplace`, and removed in the
    end.

    What reading it within the block brings to light becomes one sentence with the file. zips: whether a zip is a
    package; otherwise it is the file itself, such as NumPy's .npz.

    Raises:
        UserError: it is missing, damaged, holds no or several files, or is not the content that `params.yaml` promises.
    """
    local = file_of(given)
    if local is not None:
        path, promised = local, None
        with readable(path), path.open("rb"):
            pass
    else:
        assert given.file is not None
        path, promised = bring_archive(given.file, progress), given.file
    packing = _packing(path, zips)
    if promised and packing not in ("zip", "xz"):
        _verify(path, sha256_file(path), promised)
    if packing is None:
        with _told(path, "cannot be read ({error}); correct it, or bring it again"):
            yield path
        return
    workplace.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workplace, prefix=".unpacked-") as folder:
        with _told(path, f"is cut short or damaged ({packing}: {{error}}); bring it again"):
            unpacked, digest = _unpacked(path, packing, promised.member if promised else None, Path(folder))
        if promised and packing in ("zip", "xz"):
            _verify(path, digest, promised)
        with _told(path, "cannot be read ({error}); correct it, or bring it again"):
            yield unpacked


def _packing(path: Path, zips: bool) -> str | None:
    if zips and zipfile.is_zipfile(path):
        return "zip"
    with path.open("rb") as file:
        first = file.read(8)
    return next((name for magic, name in PACKED.items() if first.startswith(magic)), None)


def _unpacked(path: Path, packing: str, member: str | None, folder: Path) -> tuple[Path, str]:
    """The file that was packed, below `folder`, and the SHA-256 of its content."""
    if packing == "zip":
        with zipfile.ZipFile(path) as archive:
            name = _member(path, archive, member)
            with archive.open(name) as packed:
                return _written(packed, folder / Path(name).name)
    name = path.stem if path.suffix in SUFFIXES else path.name
    with lzma.open(path) if packing == "xz" else pa.input_stream(str(path), compression=packing) as stream:
        return _written(stream, folder / name)


def _member(path: Path, archive: zipfile.ZipFile, member: str | None) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir() and not is_litter(info.filename)]
    wanted = [name for name in names if member in (None, name)]
    if len(wanted) != 1:
        raise UserError(
            f"{path} holds {', '.join(names) or 'nothing'}, and one file is needed; name it as `member`, or unpack it "
            f"and give its path"
        )
    return wanted[0]


def _written(packed: IO[bytes], target: Path) -> tuple[Path, str]:
    digest = hashlib.sha256()
    with room_on(target.parent, "unpacking"), target.open("wb") as file:
        while chunk := packed.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    return target, digest.hexdigest()


@contextmanager
def _told(path: Path, sentence: str) -> Iterator[None]:
    """Turn what the content of a file brings to light into a sentence with its `{error}`."""
    try:
        yield
    except (*FAULTS, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UserError(f"{path} {sentence.format(error=error)}") from error


def _verify(path: Path, digest: str, promised: Download) -> None:
    """A differing file that had been downloaded is removed, so that the next run downloads it again."""
    if digest == promised.sha256:
        return
    if path.is_relative_to(home() / "downloads"):
        path.unlink()
    raise UserError(
        f"the content of {path} is not what params.yaml promises: sha256 {digest} instead of {promised.sha256}; fetch "
        f"it again, or correct the entry if it is meant to have changed"
    )
