"""Arrays of a bundle: several in NumPy's `.npz`, or one in `.npy`, which processes map and share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from data.errors import UserError
from data.files import atomic

__all__ = ["mapped", "opened_arrays", "save_array"]


@contextmanager
def opened_arrays(path: Path, lack: str) -> Iterator[Mapping[str, np.ndarray]]:
    """The arrays at `path` by name, open for the length of the block.

    lack: what the error says of a file that lacks what the block reads, such as "holds no profile".

    Raises:
        UserError: the file is missing, damaged, or lacks what the block reads of it.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            yield arrays
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} {lack} ({reason}); make or fetch the bundle again") from None


def save_array(folder: Path, name: str, array: np.ndarray) -> None:
    """Write an array that `mapped` opens."""
    with atomic(folder / f"{name}.npy") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)


def mapped(folder: Path, name: str) -> np.ndarray:
    """An array on disk, which processes share; raises `UserError` if it is missing or damaged."""
    path = folder / f"{name}.npy"
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is missing or damaged ({reason}); make or fetch the bundle again") from None
