"""Local files as raw data: whether they are readable, and unchanged since the data set was prepared."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import UserError
from data.files import files_below, sha256_file, sha256_tree
from data.params import DatasetParams, FromFile, FromFolder
from data.project import root

__all__ = ["content_of", "file_of", "folder_of", "is_current", "origins_of", "readable"]


def folder_of(params: DatasetParams | FromFolder | None) -> Path | None:
    """The local folder that `params` names, if it names one; relative paths count from the project.

    Raises:
        UserError: the folder is missing.
    """
    path = getattr(params, "path", None)
    folder = root() / path.expanduser() if path and not isinstance(params, FromFile) else None
    if folder and not folder.is_dir():
        raise UserError(f"the folder {folder} is missing; correct `path` in params.yaml or put it back")
    return folder


def origins_of(params: DatasetParams) -> tuple[Path, ...]:
    """All local files and folders that `params` names.

    Raises:
        UserError: one of them is missing.
    """
    folders = [folder_of(params), folder_of(getattr(params, "pictures", None))]
    return (*[folder for folder in folders if folder], *_files(params))


def content_of(params: DatasetParams) -> str | None:
    """Hash of the names and contents of the local files; None where the raw data is not local."""
    hashes = [_content(path) for path in origins_of(params)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest() if hashes else None


def file_of(section: FromFile) -> Path | None:
    """The local file that `section` names, if it names one; relative paths count from the project.

    Raises:
        UserError: it is missing, or a folder.
    """
    if section.path is None:
        return None
    path = root() / section.path.expanduser()
    if not path.is_file():
        kind = "is a folder, and a file is needed" if path.is_dir() else "is missing"
        raise UserError(f"the file {path} {kind}; correct `path` in params.yaml or put it back")
    return path


def _files(params: DatasetParams) -> Iterator[Path]:
    listed = (one for _, value in params for one in (value if isinstance(value, tuple) else (value,)))
    for section in (params, *listed):
        if isinstance(section, FromFile) and (path := file_of(section)):
            yield path


def _content(path: Path) -> str:
    with readable(path):
        if path.is_file():
            return sha256_file(path)
        digest = sha256_tree(path)
    # broken links and the like count too: when they change, the source reads again and decides whether they matter
    odd = [child.relative_to(path).as_posix() for child in files_below(path) if not child.is_file()]
    if not odd:
        return digest
    return hashlib.sha256(os.fsencode("\n".join([digest, *odd]))).hexdigest()


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turn a file below `folder` that cannot be read within the block into a `UserError` that names it."""
    try:
        yield
    except shutil.SpecialFileError as error:
        raise UserError(f"{error}, no file that can be copied; remove it from {folder}") from error
    except shutil.Error as error:  # copytree collects its errors and raises them at the end
        source, _, reason = error.args[0][0]
        raise UserError(f"{source} cannot be copied ({reason}); make it readable, or remove it") from error
    except OSError as error:
        if error.filename is None or not Path(error.filename).is_relative_to(folder):
            raise
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror}); put it back, make it readable, or remove it"
        ) from error


def is_current(params: DatasetParams, prepared: str | None) -> bool:
    """Whether the local files still have the content `prepared`; always true where the raw data is not local."""
    return not origins_of(params) or content_of(params) == prepared
