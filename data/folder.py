"""A folder of raw data, opened: one of the user's own, or what an archive held."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.archive import unpack_verified
from data.disk import room_on
from data.download import bring_archive
from data.origin import folder_of, readable
from data.params import FromFolder
from data.reading import reading
from data.reporting import Progress

__all__ = ["Folder", "opened_folder"]


@dataclass(frozen=True)
class Folder:
    """path: where the files are. ours: whether they were unpacked for this and may be moved away."""

    path: Path
    ours: bool

    def place(self, targets: Mapping[Path, Path], progress: Progress) -> None:
        """Copy the pictures among its files, source to target; they are moved where that is allowed."""
        for done, (source, target) in enumerate(targets.items(), 1):
            target.parent.mkdir(parents=True, exist_ok=True)
            with room_on(target.parent, "copying pictures"):
                if self.ours:
                    source.replace(target)
                else:
                    shutil.copyfile(source, target)
            if done % 200 == 0 or done == len(targets):
                progress("place pictures", done, len(targets))


@contextmanager
def opened_folder(params: FromFolder, out: Path, progress: Progress) -> Iterator[Folder]:
    """The folder that `params` names; what was in an archive lies below `out` and is removed in the end.

    Raises:
        UserError: it is missing, is not what `params.yaml` promises, or has a file that cannot be read.
    """
    folder = folder_of(params)
    if folder is not None:
        with readable(folder), reading(folder):
            yield Folder(folder, ours=False)
        return
    assert params.archive is not None
    archive = bring_archive(params.archive, progress)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unpacked-") as unpacked:
        content = unpack_verified(archive, params.archive, Path(unpacked), progress)
        with reading(archive):
            yield Folder(content, ours=True)
