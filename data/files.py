"""Atomic writes: a temporary file beside the target, fsync, rename."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["atomic", "files_below", "sha256_file", "sha256_tree", "write_json", "write_text"]


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A binary file that replaces `path` when the block succeeds; if the block fails, nothing is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    with atomic(path) as file:
        file.write(text.encode())


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that equal content is equal bytes."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_tree(folder: Path, pattern: str = "*") -> str:
    """One hash over the sorted relative path and content of every regular file below `folder` that fits `pattern`."""
    digest = hashlib.sha256()
    for path in files_below(folder):
        if path.match(pattern) and path.is_file():
            digest.update(os.fsencode(path.relative_to(folder).as_posix()) + f"\0{sha256_file(path)}\n".encode())
    return digest.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Everything below `folder` that is no folder, sorted: also broken links, and what lies in linked folders.

    A link to a folder that it lies in is not followed.

    Raises:
        OSError: a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise error

    found: list[Path] = []
    for place, inner, names in os.walk(folder, onerror=refuse, followlinks=True):
        real = Path(place).resolve()
        inner[:] = [name for name in inner if not real.is_relative_to((real / name).resolve())]
        found += [Path(place, name) for name in names]
    return sorted(found)
