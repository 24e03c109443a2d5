"""Whether a data set is up to date: what DVC compares, and a check that takes milliseconds where DVC takes seconds."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from data.code import Code, code_of, versions
from data.erased import tombstones
from data.files import files_below, sha256_file, write_json
from data.origin import origins_of
from data.params import DatasetParams, load
from data.project import home, root, store

__all__ = ["is_stamped", "stamp", "stats", "write_code"]

CODE = ".code.json"  # in the store, one entry per data set; DVC reads it as parameters


def write_code() -> None:
    """Write down the code and the libraries that prepare each data set of `params.yaml`, for DVC to compare."""
    codes = {name: _code(params) for name, params in load().datasets.items()}
    entries = {name: {"code": code.hash, "libraries": code.versions} for name, code in codes.items()}
    write_json(store() / CODE, entries)


def is_stamped(name: str, params: DatasetParams, locked: Mapping[str, Any]) -> bool:
    """Whether DVC judged the stage `locked` (its entry in `dvc.lock`) up to date in exactly the present state.

    DVC judges a file by its size and times too before it hashes its content.
    """
    path = _path(name)
    if not path.is_file():
        return False
    former = json.loads(path.read_text(encoding="utf-8"))
    return bool(former == _state(name, params, locked, former["code"], former.get("libraries", ())))


def stamp(name: str, params: DatasetParams, locked: Mapping[str, Any]) -> None:
    """Remember the present state, which DVC has just judged up to date."""
    code = _code(params)
    files = map(str, code.modules.values())
    write_json(_path(name), _state(name, params, locked, files, code.versions))


def stats(folder: Path) -> str:
    """Hash of the names, sizes and times of all files below `folder`; also of a single file."""
    digest = hashlib.sha256()
    for path in [folder] if folder.is_file() else files_below(folder):
        name = os.fsencode(path.relative_to(folder).as_posix())
        try:
            stat = path.stat()
        except OSError as error:  # such as a broken link; the source decides whether it matters
            digest.update(name + f"\0{error.errno}\n".encode())
        else:
            digest.update(name + f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _code(params: DatasetParams) -> Code:
    # the checks beside the tables do not decide what the tables hold
    return code_of(["data.prepare", f"data.sources.{params.source}"], stops=("data.checks",))


def _state(
    name: str, params: DatasetParams, locked: Mapping[str, Any], code: Iterable[str], libraries: Iterable[str]
) -> dict[str, Any]:
    origins = origins_of(params)
    return {
        "project": str(root()),
        "stages": hashlib.sha256((root() / "dvc.yaml").read_bytes()).hexdigest(),
        "lock": locked,
        "params": params.model_dump(mode="json"),
        "code": {path: _content(Path(path)) for path in code},
        "libraries": versions(libraries),
        "store": stats(store() / name),
        "origin": [stats(origin) for origin in origins],
        "erased": sorted(tombstones()),
    }


def _content(path: Path) -> str:
    return sha256_file(path) if path.is_file() else "missing"


def _path(name: str) -> Path:
    return home() / "brought" / f"{name}.json"
