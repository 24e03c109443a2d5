"""Probe a picture file: whether it decodes, its size, and its hashes.

A picture is bounded by its header: what claims more than `MAX_PIXELS` is never decoded.
"""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from data.images import MAX_BYTES, MAX_PIXELS, PictureError, claimed_header, decode, picture_size
from data.reporting import Progress

__all__ = ["PICTURE_SUFFIXES", "THUMB_PX", "Probe", "probe", "probe_all"]

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
REDUCED_PX = 128  # a perceptual hash looks at 32 x 32 pixels: a JPEG need not be decoded at full scale for it
THUMB_PX = 16


@dataclass(frozen=True)
class Probe:
    """The properties of a picture file. Sizes are after EXIF rotation; `problem` says why it is no usable picture."""

    size_bytes: int
    sha256: str
    width_px: int | None = None
    height_px: int | None = None
    phash: str | None = None  # 64 bits, hexadecimal
    thumb: bytes | None = None  # THUMB_PX x THUMB_PX x RGB
    problem: str | None = None
    made: bool = False  # says that a model made it


def probe(path: Path, whole: bool = False) -> Probe:
    """Read and decode one file, a JPEG at a reduced scale unless `whole`.

    A file that is missing or no picture sets `problem`; nothing is raised.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Probe(size, digest, problem=f"is larger than {MAX_BYTES // 2**20} MiB")
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Probe(0, "", problem="is missing")
    except (IsADirectoryError, PermissionError) as error:
        return Probe(0, "", problem=f"cannot be read ({error.strerror})")
    hashed = Probe(len(content), hashlib.sha256(content).hexdigest())
    try:
        looked = _look(content, hashed)
        if whole and looked.problem is None:
            decode(content)
        return looked
    except PictureError as error:
        return replace(hashed, problem=f"does not decode ({error})")


def probe_all(
    paths: Iterable[Path], progress: Progress, what: str = "look at pictures", whole: bool = False
) -> list[Probe]:
    """Probe files in threads (the decoders release the interpreter), in the order given."""
    paths = list(paths)
    probes: list[Probe] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, result in enumerate(pool.map(partial(probe, whole=whole), paths), 1):
            probes.append(result)
            if done % 64 == 0 or done == len(paths):
                progress(what, done, len(paths))
    return probes


def _look(content: bytes, hashed: Probe) -> Probe:
    header = claimed_header(content)
    if header.width_px * header.height_px > MAX_PIXELS:
        problem = f"has {header.width_px} x {header.height_px} pixels, more than {MAX_PIXELS // 10**6} million"
        return replace(hashed, width_px=header.width_px, height_px=header.height_px, problem=problem)
    import imagehash
    from PIL import Image

    small = Image.fromarray(decode(content, REDUCED_PX))
    thumb = small.resize((THUMB_PX, THUMB_PX), Image.Resampling.BOX)
    width_px, height_px = picture_size(content)
    phash = str(imagehash.phash(small))
    return replace(hashed, width_px=width_px, height_px=height_px, phash=phash, thumb=thumb.tobytes())
