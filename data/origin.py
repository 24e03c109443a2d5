"""A folder of the user's own as raw data: whether its files are still those that were prepared."""

import hashlib
import json
from pathlib import Path

from data.errors import UserError
from data.files import sha256_tree, write_json
from data.params import DatasetParams
from data.project import home, root

__all__ = ["content_of", "folder_of", "is_current"]


def folder_of(params: DatasetParams) -> Path | None:
    """The local folder that `params` names, if it names one; relative paths count from the project."""
    path = getattr(params, "path", None)
    return root() / path.expanduser() if path else None


def content_of(params: DatasetParams) -> str | None:
    """Hash of the local folder's names and contents; None for data that does not come from one.

    Raises:
        UserError: the folder is missing.
    """
    folder = folder_of(params)
    if folder is None:
        return None
    if not folder.is_dir():
        raise UserError(f"the folder {folder} is missing; correct `path` in params.yaml or put it back")
    return sha256_tree(folder)


def is_current(name: str, params: DatasetParams, prepared: str | None) -> bool:
    """Whether the folder still has the content `prepared`. Files of unchanged size and time are not read again."""
    folder = folder_of(params)
    if folder is None:
        return True
    kept = home() / "origins" / f"{name}.json"
    seen = {"folder": str(folder), "stat": _stat(folder) if folder.is_dir() else "", "content": prepared}
    if kept.is_file() and json.loads(kept.read_text(encoding="utf-8")) == seen:
        return True
    if content_of(params) != prepared:
        return False
    write_json(kept, seen)
    return True


def _stat(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
