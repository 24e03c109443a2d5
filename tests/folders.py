"""Folders of pictures for tests: a folder a class, pictures that differ to the eye, and files that are none."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["bomb", "class_folders", "picture", "quiet"]

SIDE_PX = 64


def picture(seed: int, side_px: int = SIDE_PX) -> Image.Image:
    """Smooth coloured noise: no two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side_px, side_px), Image.Resampling.BICUBIC)


def class_folders(folder: Path, classes: tuple[str, ...] = ("hat", "shoe"), count: int = 10) -> Path:
    """`<class>/<number>.jpg`, `count` pictures each."""
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            picture(1000 * place + number).save(folder / name / f"{number:02d}.jpg", quality=90)
    return folder


def bomb(path: Path, side_px: int = 30_000) -> None:
    """A well-formed PNG of side_px x side_px black pixels: small as a file, gigabytes when decoded."""
    packer = zlib.compressobj(9)
    line = bytes(1 + side_px // 8)
    content = b"".join(packer.compress(line) for _ in range(side_px)) + packer.flush()
    header = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", content), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""
