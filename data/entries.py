"""What lies in a folder that somebody hands in, without what file managers leave there."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from data.errors import UserError
from data.files import files_below

__all__ = ["Names", "files_with", "is_litter", "shown", "visible", "writable"]

LEFT_BEHIND = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information")
TOP = PurePosixPath()


def visible(folder: Path) -> list[Path]:
    """The entries of a folder, sorted, without hidden ones and those that file managers and disk stations leave."""
    return sorted(path for path in folder.iterdir() if not is_litter(path.name))


def files_with(folder: Path, suffixes: Iterable[str]) -> list[str]:
    """The paths below `folder`, as posix and sorted, of visible files with one of these suffixes in lower case.

    Raises:
        UserError: the name of one is not UTF-8.
    """
    wanted = set(suffixes)
    paths = (path.relative_to(folder) for path in files_below(folder) if path.suffix.lower() in wanted)
    return sorted(writable(folder, path.as_posix()) for path in paths if not is_litter(path.as_posix()))


def writable(folder: Path, name: str) -> str:
    """The path `name` below `folder`, if it can stand in a table; raises `UserError` where it is not UTF-8."""
    if name != shown(name):
        raise UserError(f"the file name {shown(name)} in {folder} is not UTF-8; rename it")
    return name


def shown(name: str) -> str:
    """A file name for people: bytes that are not UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def is_litter(path: str) -> bool:
    """Whether a part of the path is hidden, or what file managers and disk stations leave behind."""
    return any(name.startswith(".") or name in LEFT_BEHIND for name in path.split("/"))


class Names:
    """Finds files by the names that people write in a table: with either slash, in any Unicode form, or absolute.

    Args:
        folder: in which the files lie.
        paths: of the files, relative to the folder, as posix.
    """

    def __init__(self, folder: Path, paths: Iterable[str]) -> None:
        self.folder = folder
        self.paths = {_normal(path): path for path in paths}

    def find(self, written: str, base: PurePosixPath = TOP) -> str | None:
        """The path of the file that is written so, counted from `base` below the folder; None where there is none."""
        normal = written.strip().replace("\\", "/")
        if normal.startswith("/") and Path(normal).is_relative_to(self.folder):
            base, normal = TOP, Path(normal).relative_to(self.folder).as_posix()
        return self.paths.get(_normal((base / normal).as_posix()))


def _normal(path: str) -> str:
    return unicodedata.normalize("NFC", path)
