"""A folder of the user's own as raw data: whether its files are still those that were prepared."""

from pathlib import Path

from data.errors import UserError
from data.files import sha256_tree
from data.params import DatasetParams
from data.project import root

__all__ = ["content_of", "folder_of", "is_current"]


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
    return sha256_tree(folder) if folder else None


def is_current(params: DatasetParams, prepared: str | None) -> bool:
    """Whether the folder still has the content `prepared`; always so for data that does not come from a folder."""
    return folder_of(params) is None or content_of(params) == prepared
