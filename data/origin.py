"""A folder of the user's own as raw data: whether its files are still those that were prepared, and can be read."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import UserError
from data.files import sha256_tree
from data.params import DatasetParams
from data.project import root

__all__ = ["content_of", "folder_of", "is_current", "readable"]


def folder_of(params: DatasetParams) -> Path | None:
    """The local folder that `params` names, if it names one; relative paths count from the project.

    Raises:
        UserError: the folder is missing.
    """
    path = getattr(params, "path", None)
    folder = root() / path.expanduser() if path else None
    if folder and not folder.is_dir():
        raise UserError(f"the folder {folder} is missing; correct `path` in params.yaml or put it back")
    return folder


def content_of(params: DatasetParams) -> str | None:
    """Hash of the local folder's names and contents; None for data that does not come from one."""
    folder = folder_of(params)
    if folder is None:
        return None
    with readable(folder):
        found = sha256_tree(folder)
    # links to nowhere and the like count too, so that the source is asked again, which tells whether they matter
    odd = sorted(path for path in folder.rglob("*") if not path.is_file() and not path.is_dir())
    if not odd:
        return found
    names = "\n".join(path.relative_to(folder).as_posix() for path in odd)
    return hashlib.sha256(f"{found}\n{names}".encode()).hexdigest()


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turn a file below `folder` that cannot be read within the block into a `UserError` that names it."""
    try:
        yield
    except shutil.SpecialFileError as error:
        raise UserError(f"{error}, no file that can be copied; remove it from {folder}") from error
    except shutil.Error as error:  # of `copytree`, which goes on after a folder that it could not enter
        source, _, reason = error.args[0][0]
        raise UserError(f"{source} cannot be copied ({reason}); make it readable, or remove it") from error
    except OSError as error:
        if error.filename is None or not Path(error.filename).is_relative_to(folder):
            raise
        raise UserError(
            f"{error.filename} cannot be read ({error.strerror}); put it back, make it readable, or remove it"
        ) from error


def is_current(params: DatasetParams, prepared: str | None) -> bool:
    """Whether the folder still has the content `prepared`; always so for data that does not come from a folder."""
    return folder_of(params) is None or content_of(params) == prepared
