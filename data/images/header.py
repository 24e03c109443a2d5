"""Kind and size of a picture, read from its first bytes; nothing is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data.images.errors import BrokenPicture, PictureTooLarge, UnsupportedPicture

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Header", "claimed_header", "jpeg_segments", "read_header"]

MAX_BYTES = 256 * 1024 * 1024
MAX_PIXELS = 64_000_000

Kind = Literal["jpeg", "png", "webp"]


@dataclass(frozen=True)
class Header:
    """Size in pixels as stored, before any EXIF rotation."""

    kind: Kind
    width_px: int
    height_px: int
    components: int | None = None  # of a JPEG: 1 grey, 3 colour, 4 CMYK


def read_header(data: bytes) -> Header:
    """Read kind and size, and hold them against the limits.

    Raises:
        BrokenPicture: empty, or the header is damaged.
        PictureTooLarge: over 256 MiB or 64 megapixels.
        UnsupportedPicture: not JPEG, PNG or WebP.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge(
            f"the picture has {len(data) / 2**20:.1f} MiB, the limit is {MAX_BYTES // 2**20}; send a smaller one"
        )
    header = claimed_header(data)
    if header.width_px * header.height_px > MAX_PIXELS:
        raise PictureTooLarge(
            f"the picture is {header.width_px} x {header.height_px} px, the limit is {MAX_PIXELS // 10**6} megapixels; "
            "send a smaller one"
        )
    return header


def claimed_header(data: bytes) -> Header:
    """What the header claims, whatever the limits.

    Raises:
        BrokenPicture: empty, or the header is damaged.
        UnsupportedPicture: not JPEG, PNG or WebP.
    """
    if not data:
        raise BrokenPicture("the picture is empty; send the bytes of a JPEG, PNG or WebP file")
    try:
        header = _parse(data)
    except UnsupportedPicture:
        raise
    except (struct.error, ValueError):
        raise BrokenPicture("the picture's header is damaged; send it again or as another file") from None
    if header.width_px < 1 or header.height_px < 1:
        raise BrokenPicture("the picture's header gives no size; send it again or as another file")
    return header


def _parse(data: bytes) -> Header:
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg_frame(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        if data[12:16] != b"IHDR":
            raise ValueError("no IHDR")
        return Header("png", *struct.unpack_from(">II", data, 16))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Header("webp", *_webp_size(data))
    raise UnsupportedPicture("the file is no JPEG, PNG or WebP picture; convert it to one of these")


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment's content up to the first scan. ITU-T T.81, annex B.

    Raises:
        struct.error: the data end inside a segment.
    """
    position = 2
    while True:
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == 0xFFFF:  # fill bytes may come before a marker
            position += 1
            continue
        if marker <= 0xFF00 or marker == 0xFFDA or length < 2:
            return
        yield marker, position + 4, position + 2 + length
        position += 2 + length


def _jpeg_frame(data: bytes) -> Header:
    for marker, start, _ in jpeg_segments(data):
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height_px, width_px, components = struct.unpack_from(">xHHB", data, start)
            return Header("jpeg", width_px, height_px, components)
    raise ValueError("no frame header")


def _webp_size(data: bytes) -> tuple[int, int]:
    """WebP container specification, sections "Simple file format" and "Extended file format"."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        low, high = struct.unpack_from("<IH", data, 24)
        canvas = low | high << 32
        return (canvas & 0xFFFFFF) + 1, (canvas >> 24 & 0xFFFFFF) + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width_px, height_px = struct.unpack_from("<HH", data, 26)
        return width_px & 0x3FFF, height_px & 0x3FFF
    raise ValueError("no picture chunk")
