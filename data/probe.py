"""What is in a picture file: whether it decodes, its size, and its hashes.

A picture is bounded by its header: what claims more than `MAX_PIXELS` is never decoded.
"""

import hashlib
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from data.sources.raw import Progress

__all__ = ["MAX_PIXELS", "PICTURE_SUFFIXES", "THUMB_PX", "Probe", "probe", "probe_all"]

MAX_PIXELS = 64_000_000
MAX_BYTES = 256 * 2**20
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
FORMATS = ("JPEG", "PNG", "WEBP")
REDUCED_PX = 128  # a perceptual hash looks at 32 x 32 pixels: a JPEG need not be decoded at full scale for it
THUMB_PX = 16
EXIF_ORIENTATION = 0x0112
TRANSPOSED = (5, 6, 7, 8)  # orientations that swap width and height


@dataclass(frozen=True)
class Probe:
    """What a file turned out to be. Sizes are after EXIF rotation; `problem` says why it is no usable picture."""

    size_bytes: int
    sha256: str
    width_px: int | None = None
    height_px: int | None = None
    phash: str | None = None  # 64 bits, hexadecimal
    thumb: bytes | None = None  # THUMB_PX x THUMB_PX x RGB
    problem: str | None = None


def probe(path: Path) -> Probe:
    """Read and decode one file; a file that is missing or no picture is told in `problem`, never raised."""
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
    found = Probe(len(content), hashlib.sha256(content).hexdigest())
    try:
        return _look(content, found)
    except Exception as error:  # decoders of hostile bytes raise nearly anything, and all of it means the same
        return replace(found, width_px=None, height_px=None, problem=f"does not decode ({_reason(error)})")


def probe_all(paths: Iterable[Path], progress: Progress, what: str = "look at pictures") -> list[Probe]:
    """Probe files in threads (the decoders release the interpreter), in the order given."""
    paths = list(paths)
    found: list[Probe] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, result in enumerate(pool.map(probe, paths), 1):
            found.append(result)
            if done % 64 == 0 or done == len(paths):
                progress(what, done, len(paths))
    return found


def _look(content: bytes, found: Probe) -> Probe:
    with _open(content) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:  # before anything else: a PNG's EXIF data may stand behind its pixels
            problem = f"has {width} x {height} pixels, more than {MAX_PIXELS // 10**6} million"
            return replace(found, width_px=width, height_px=height, problem=problem)
        orientation = image.getexif().get(EXIF_ORIENTATION, 1)
        width, height = image.size[::-1] if orientation in TRANSPOSED else image.size
        found = replace(found, width_px=width, height_px=height)
        small = _reduced(content) if image.format == "JPEG" else None
        small = _rgb(image) if small is None else small
    if orientation != 1:
        small.getexif()[EXIF_ORIENTATION] = orientation
        small = ImageOps.exif_transpose(small)
    import imagehash

    thumb = small.resize((THUMB_PX, THUMB_PX), Image.Resampling.BOX)
    return replace(found, phash=str(imagehash.phash(small)), thumb=thumb.tobytes())


def _open(content: bytes) -> Image.Image:
    """Open by header alone. `Image.open` refuses large pictures before one can learn their size, so ask the formats."""
    Image.init()
    for name in FORMATS:
        factory, accepts = Image.OPEN[name]
        if accepts and accepts(content[:16]) is True:
            return factory(io.BytesIO(content), "")
    raise ValueError("not a JPEG, PNG or WebP file")


def _reduced(content: bytes) -> Image.Image | None:
    """A JPEG decoded strictly at the smallest scale that suffices, or None where only Pillow may know its kind."""
    import simplejpeg

    try:
        pixels = simplejpeg.decode_jpeg(content, "RGB", min_height=REDUCED_PX, min_width=REDUCED_PX, strict=True)
    except ValueError:
        return None  # truncated, or merely unusual such as CMYK: Pillow's strict decoder decides
    return Image.fromarray(pixels)


def _rgb(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode == "RGB":
        return image
    if image.mode in ("P", "PA", "LA"):
        image = image.convert("RGBA")
    return image.convert("RGB")


def _reason(error: Exception) -> Any:
    return str(error).strip().rstrip(".") or type(error).__name__
