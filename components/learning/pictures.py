"""Pictures decoded once, as one uint8 array on disk that every epoch reads.

Legend: N pictures, S side in pixels, 3 colour channels.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from data import images
from data.files import atomic, sha256_tree

__all__ = ["decoded_pictures"]

CHUNK = 256


def decoded_pictures(
    paths: Sequence[Path],
    size_px: int,
    cache: Path,
    version: str,
    progress: Callable[[int, int], None],
    framing: images.Framing = "squash",
) -> np.memmap:
    """The pictures of `paths` as squares of `size_px`, a read-only memory map `pixels_NSS3` of uint8.

    cache: folder of the arrays, whose names say all that their content depends on. version: hash of the files; part of
    the array's key. framing: see `images.square`.
    progress: called with (pictures done, pictures in all).

    Raises:
        PictureError: a file does not decode.
    """
    names = "\n".join(path.as_posix() for path in paths)
    key = hashlib.sha256(f"{version}\n{size_px}\n{framing}\n{_decoder()}\n{names}".encode()).hexdigest()[:24]
    target = cache / f"{key}.npy"
    if not target.is_file():
        _write(paths, size_px, target, progress, framing)
    return np.load(target, mmap_mode="r")


def _decoder() -> str:
    """Hash of the code that decodes: other code may give other pixels."""
    return sha256_tree(Path(images.__file__).parent, "*.py")


def _write(
    paths: Sequence[Path], size_px: int, target: Path, progress: Callable[[int, int], None], framing: images.Framing
) -> None:
    def squared(path: Path) -> np.ndarray:
        return images.square(path.read_bytes(), size_px, framing=framing)

    header = {"descr": "|u1", "fortran_order": False, "shape": (len(paths), size_px, size_px, 3)}
    with atomic(target) as file, ThreadPoolExecutor() as pool:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(paths), CHUNK):  # bounds what waits in memory to be written
            for pixels_SS3 in pool.map(squared, paths[start : start + CHUNK]):
                file.write(pixels_SS3.tobytes())
            progress(min(start + CHUNK, len(paths)), len(paths))
