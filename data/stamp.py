"""Whether anything that DVC would look at has changed, told in milliseconds instead of a DVC start."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.files import write_json
from data.origin import origins_of
from data.params import DatasetParams
from data.project import home, root, store

__all__ = ["is_stamped", "stamp", "stats"]


def is_stamped(name: str, params: DatasetParams, locked: Mapping[str, Any]) -> bool:
    """Whether the stage `locked` (its entry in `dvc.lock`) was up to date when all was as it is now.

    DVC judges a file by its size and times too before it hashes its content.
    """
    path = _path(name)
    return path.is_file() and json.loads(path.read_text(encoding="utf-8")) == _state(name, params, locked)


def stamp(name: str, params: DatasetParams, locked: Mapping[str, Any]) -> None:
    """Remember the present state, which DVC has just found up to date."""
    write_json(_path(name), _state(name, params, locked))


def stats(folder: Path) -> str:
    """Hash of the names, sizes and times of all files below `folder`; also of a single file."""
    digest = hashlib.sha256()
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if not path.is_dir())
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            stat = path.stat()
        except OSError as error:  # such as a link to nowhere: whether that matters is for the source to say
            digest.update(f"{name}\0{error.errno}\n".encode())
        else:
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _state(name: str, params: DatasetParams, locked: Mapping[str, Any]) -> dict[str, Any]:
    origins = origins_of(params)
    return {
        "project": str(root()),
        "stages": hashlib.sha256((root() / "dvc.yaml").read_bytes()).hexdigest(),
        "lock": locked,
        "params": params.model_dump(mode="json"),
        "code": {dep["path"]: _code(root() / dep["path"]) for dep in locked["deps"]},
        "store": stats(store() / name),
        "origin": [stats(origin) for origin in origins],
    }


def _code(path: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        digest.update(file.read_bytes() if file.is_file() else b"missing")
    return digest.hexdigest()


def _path(name: str) -> Path:
    return home() / "brought" / f"{name}.json"
