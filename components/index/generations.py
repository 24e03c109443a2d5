"""The bases of a live index on disk, each in a folder of its own that counts once its manifest is there."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.files import write_json

__all__ = ["Generation", "Generations"]

MANIFEST = "generation.json"
KEPT = 2  # another process may be opening the one before


@dataclass(frozen=True)
class Generation:
    """A base that is whole. seq: the last change that it holds."""

    folder: Path
    number: int
    seq: int
    kind: str


class Generations:
    """The generations below one folder, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self) -> Generation | None:
        generations = self._whole()
        return generations[-1] if generations else None

    @contextmanager
    def writing(self) -> Iterator[Path | None]:
        """The folder of the next generation; None while another process or thread writes one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            self._drop_unfinished()
            yield self.folder / f"{max(self._numbers(), default=0) + 1:08d}"

    def commit(self, folder: Path, seq: int, kind: str) -> Generation:
        """Make a written folder count, even after a loss of power, and delete what is older than the one before."""
        for path in [*folder.iterdir(), folder]:
            _sync(path)
        write_json(folder / MANIFEST, {"seq": seq, "kind": kind})
        for path in (folder, self.folder):
            _sync(path)
        for old in self._whole()[:-KEPT]:
            shutil.rmtree(old.folder)
        return Generation(folder, int(folder.name), seq, kind)

    def _whole(self) -> list[Generation]:
        generations = []
        for number in sorted(self._numbers()):
            folder = self.folder / f"{number:08d}"
            try:
                about: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            generations.append(Generation(folder, number, int(about["seq"]), str(about["kind"])))
        return generations

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        return [int(path.name) for path in self.folder.iterdir() if path.name.isdigit() and path.is_dir()]

    def _drop_unfinished(self) -> None:
        for number in self._numbers():
            folder = self.folder / f"{number:08d}"
            if not (folder / MANIFEST).is_file():
                shutil.rmtree(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
