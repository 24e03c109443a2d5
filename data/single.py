"""A single file of raw data, opened: as it lies there or out of a zip, and verified by its content."""

import hashlib
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from data.disk import room_on
from data.download import bring_archive
from data.errors import UserError
from data.files import sha256_file
from data.origin import file_of, readable
from data.params import Download, FromFile
from data.project import home
from data.reporting import Progress

__all__ = ["single_file"]

CHUNK_BYTES = 1 << 20
XZ = b"\xfd7zXZ\0"  # how such a file begins


@contextmanager
def single_file(given: FromFile, workplace: Path, progress: Progress, packed: bool = True) -> Iterator[Path]:
    """The file that `given` names; what is in a zip or .xz is unpacked below `workplace` and removed in the end.

    packed: whether a zip is a package; without, it is the file itself, such as NumPy's .npz.

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
    if not (packed and zipfile.is_zipfile(path)) and not _is_xz(path):
        if promised:
            _verify(path, sha256_file(path), promised)
        yield path
        return
    workplace.mkdir(parents=True, exist_ok=True)
    unpacked = workplace / f"unpacked-{path.name}"
    try:
        if _is_xz(path):
            name, digest = path.stem, _decompress(path, unpacked)
        else:
            name, digest = _unpack(path, promised.member if promised else None, unpacked)
        if promised:
            _verify(path, digest, promised)
        target = unpacked.with_name(f"unpacked-{Path(name).name}")  # its suffix says what it is
        unpacked.replace(target)
        unpacked = target
        yield target
    finally:
        unpacked.unlink(missing_ok=True)


def _unpack(path: Path, member: str | None, target: Path) -> tuple[str, str]:
    """The name of the file that was unpacked from a zip, and the SHA-256 of its content."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            wanted = [name for name in names if name == member or (member is None and not name.startswith("__MACOSX"))]
            if len(wanted) != 1:
                raise UserError(
                    f"{path} holds {', '.join(names) or 'nothing'}, and one file is needed; name it as `member`, or "
                    f"unpack it and give its path"
                )
            with archive.open(wanted[0]) as packed:
                return wanted[0], _write(packed, target)
    except (zipfile.BadZipFile, EOFError) as error:
        raise UserError(f"{path} is damaged ({error}); remove it and fetch it again") from error


def _is_xz(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(XZ)) == XZ


def _decompress(path: Path, target: Path) -> str:
    """The SHA-256 of what was in an .xz file."""
    try:
        with lzma.open(path) as packed:
            return _write(packed, target)
    except (lzma.LZMAError, EOFError) as error:
        raise UserError(f"{path} is damaged ({error}); remove it and fetch it again") from error


def _write(packed: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with room_on(target.parent, "unpacking"), target.open("wb") as file:
        while chunk := packed.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


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
