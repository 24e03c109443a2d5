"""The orientation in the EXIF block of a picture: how it is turned before it is used.

A damaged block counts as none, as in viewers: the picture is shown as it is stored.
"""

import struct
from collections.abc import Iterator

import numpy as np

from data.images.header import jpeg_segments

__all__ = ["read_orientation", "turned"]

ORIENTATION = 0x0112  # EXIF 2.32, table 4


def read_orientation(data: bytes) -> int:
    """EXIF orientation, 1 to 8, of a JPEG, PNG or WebP file; 1 where there is none."""
    try:
        for exif in _exif_blocks(data):
            return _tiff_orientation(exif.removeprefix(b"Exif\0\0"))
    except struct.error:
        return 1
    return 1


def turned(image_HWC: np.ndarray, orientation: int) -> np.ndarray:
    """`image_HWC` turned upright by its EXIF orientation, 1 to 8."""
    if orientation >= 5:
        image_HWC = image_HWC.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image_HWC = image_HWC[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image_HWC = image_HWC[::-1]
    return np.ascontiguousarray(image_HWC)


def _exif_blocks(data: bytes) -> Iterator[bytes]:
    if data[:2] == b"\xff\xd8":
        for marker, start, end in jpeg_segments(data):
            if marker == 0xFFE1 and data[start : start + 6] == b"Exif\0\0":
                yield data[start:end]
    elif data[:4] == b"RIFF":
        position = 12
        while position + 8 <= len(data):
            (length,) = struct.unpack_from("<I", data, position + 4)
            if data[position : position + 4] == b"EXIF":
                yield data[position + 8 : position + 8 + length]
            position += 8 + length + length % 2
    else:
        position = 8
        while position + 8 <= len(data):
            (length,) = struct.unpack_from(">I", data, position)
            if data[position + 4 : position + 8] == b"eXIf":
                yield data[position + 8 : position + 8 + length]
            position += 12 + length


def _tiff_orientation(exif: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, start)
    for entry in range(entries):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * entry)
        if tag == ORIENTATION and kind == 3:
            return value if 1 <= value <= 8 else 1
    return 1
