"""Unpack a tar or zip safely, and verify what came out of it by content."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from data.disk import DiskFullError, room_on
from data.errors import UserError
from data.files import sha256_tree
from data.params import Archive
from data.project import home
from data.reporting import Progress

__all__ = ["unpack", "unpack_verified"]

MAX_RATIO = 50  # unpacked bytes to packed bytes: about 1 for pictures, a thousand for a zip bomb
SLACK_BYTES = 64 * 2**20
DAMAGED = (
    tarfile.ReadError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    NotImplementedError,
)


def unpack_verified(path: Path, archive: Archive, into: Path, progress: Progress) -> Path:
    """Unpack `path` into the empty folder `into` and compare the content with what `archive` promises.

    Returns the folder with the content: `into`, or the only folder in it. A damaged or differing file that had been
    downloaded is removed, so that the next run downloads it again; one in a mirror is left.

    Raises:
        UserError: unsafe, damaged, too large, or not the content that `params.yaml` promises.
    """
    try:
        unpack(path, into, archive.files, progress, archive.only)
        folder = _content(into)
        count = sum(file.is_file() for file in folder.rglob("*"))
        digest = sha256_tree(folder)
        if (count, digest) != (archive.files, archive.content_sha256):
            raise UserError(
                f"the content of {path} is not what params.yaml promises: {count} files with content_sha256 {digest} "
                f"instead of {archive.files} files with {archive.content_sha256}; fetch the archive again, or correct "
                f"the entry if it is meant to have changed"
            )
    except DiskFullError:
        raise
    except UserError:
        if path.is_relative_to(home() / "downloads"):
            path.unlink()
        raise
    return folder


def unpack(path: Path, into: Path, most_files: int, progress: Progress, only: tuple[str, ...] | None = None) -> None:
    """Unpack a tar (of any compression) or zip. Paths outside `into` and zip bombs are refused.

    only: patterns of the files that are unpacked, matched from the right as by `PurePath.match`; None: all.
    """
    into.mkdir(parents=True, exist_ok=True)
    bound = path.stat().st_size * MAX_RATIO + SLACK_BYTES
    try:
        with room_on(into, "unpacking"):
            members = (_zip_members if zipfile.is_zipfile(path) else _tar_members)(path, into, only)
            size = count = 0
            for size_bytes in members:
                size, count = size + size_bytes, count + 1
                if count > most_files:
                    raise UserError(f"{path} holds more than the {most_files} files that params.yaml promises")
                if size > bound:
                    raise UserError(f"{path} unpacks to over {MAX_RATIO} times its size; it is taken for a bomb")
                if count % 200 == 0 or count == most_files:
                    progress("unpack", count, most_files)
    except tarfile.FilterError as error:
        raise UserError(f"{path} is unsafe to unpack: {error}; get it from a source you trust") from error
    except DAMAGED as error:
        raise UserError(f"{path} is damaged ({error}); remove it and fetch it again") from error
    except OSError as error:
        if error.errno is not None:
            raise
        # an error without errno comes from a decompressor, not from the system
        raise UserError(f"{path} is damaged ({error}); remove it and fetch it again") from error


def _tar_members(path: Path, into: Path, only: tuple[str, ...] | None) -> Iterator[int]:
    """Extract file by file; yields each size before its bytes are written (more than its header says is never read)."""
    with tarfile.open(path) as tar:
        for member in tar:
            if not _wanted(member.name, only):
                continue
            if member.isfile():
                yield member.size
            tar.extract(member, into, filter="data")


def _zip_members(path: Path, into: Path, only: tuple[str, ...] | None) -> Iterator[int]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if Path(member.filename).is_absolute() or ".." in Path(member.filename).parts:
                raise UserError(f"{path} is unsafe to unpack: {member.filename!r} lies outside; get it from elsewhere")
            if not _wanted(member.filename, only):
                continue
            if not member.is_dir():
                yield member.file_size
            archive.extract(member, into)


def _wanted(name: str, only: tuple[str, ...] | None) -> bool:
    return only is None or any(PurePosixPath(name).match(pattern) for pattern in only)


def _content(into: Path) -> Path:
    entries = list(into.iterdir())
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else into
