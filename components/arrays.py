"""Arrays of a bundle in NumPy's `.npz`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from data.errors import UserError

__all__ = ["opened_arrays"]


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
