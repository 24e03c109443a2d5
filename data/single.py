"""A single file of raw data, opened: as it lies there or unpacked, and verified by its content."""

import bz2
import gzip
import hashlib
import lzma
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from data.disk import room_on
from data.download import bring_archive
from data.entries import is_litter
from data.errors import UserError, short
from data.files import sha256_file
from data.origin import file_of, readable
from data.params import Download, FromFile
from data.project import home
from data.reading import reading
from data.reporting import Progress

__all__ = ["single_file"]

CHUNK_BYTES = 1 << 20
MOST_SHOWN = 200  # characters of the names in a zip
EXCEL = "[Content_Types].xml"  # in every file of that kind
PACKED = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d1AY&SY" % level: "bz2" for level in range(1, 10)},
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\0": "xz",
}  # by a file's first bytes
OPENS: dict[str, Callable[[Path], IO[bytes]]] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}  # type: ignore[dict-item]
LONGEST = 60  # characters of a member's name that are kept, its suffix among them
SUFFIXES = (".gz", ".bz2", ".zst", ".xz")
# what zipfile raises where a member is encrypted, or packed in a way that it does not know
LOCKED = (RuntimeError, NotImplementedError)


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
        with reading(path):
            yield path
        return
    workplace.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workplace, prefix=".unpacked-") as folder:
        with reading(path, f"is cut short or damaged ({packing}: {{error}}); bring it again"):
            unpacked, digest = _unpacked(path, packing, promised.member if promised else None, Path(folder))
        if promised and packing in ("zip", "xz"):
            _verify(path, digest, promised)
        with reading(path):
            yield unpacked


def _packing(path: Path, zips: bool) -> str | None:
    if zips and zipfile.is_zipfile(path):
        return "zip"
    with path.open("rb") as file:
        first = file.read(16)
    return next((name for magic, name in PACKED.items() if first.startswith(magic)), None)


def _unpacked(path: Path, packing: str, member: str | None, folder: Path) -> tuple[Path, str]:
    """The file that was packed, below `folder`, and the SHA-256 of its content."""
    if packing == "zip":
        with zipfile.ZipFile(path) as archive:
            name = _member(path, archive, member)
            try:
                with archive.open(name) as packed:
                    return _written(packed, folder / Path(name).name[-LONGEST:])
            except LOCKED as error:
                raise UserError(f"{path}: {short(str(error))}; unpack it and give the file in it") from error
    name = path.stem if path.suffix in SUFFIXES else path.name
    with OPENS[packing](path) if packing in OPENS else pa.input_stream(str(path), compression=packing) as stream:
        return _written(stream, folder / name)


def _member(path: Path, archive: zipfile.ZipFile, member: str | None) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir() and not is_litter(info.filename)]
    if EXCEL in names:
        raise UserError(f"{path} is a workbook of Excel; save it as CSV")
    wanted = [name for name in names if member in (None, name)]
    if len(wanted) != 1:
        held = short(", ".join(names), MOST_SHOWN) or "nothing"
        raise UserError(
            f"{path} holds {held}, and one file is needed; name it as `member`, or unpack it and give its path"
        )
    return wanted[0]


def _written(packed: IO[bytes], target: Path) -> tuple[Path, str]:
    digest = hashlib.sha256()
    with room_on(target.parent, "unpacking"), target.open("wb") as file:
        while chunk := packed.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    return target, digest.hexdigest()


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
