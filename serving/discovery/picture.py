"""Pictures as the service shows them: JPEG, at most 474 px wide.

Legend: H height, W width, C colour channels (red, green, blue).
"""

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import simplejpeg
from PIL import Image

from data.images import check_box, decode, is_made
from data.images.header import read_header
from data.images.orientation import read_orientation
from data.images.provenance import SOURCE_TYPE
from serving.discovery.near_duplicates import thumbnail

__all__ = ["WIDTH_PX", "Shown", "part_of", "shown"]

WIDTH_PX = 474
TALLEST_PX = 2 * WIDTH_PX  # a picture that is narrower than half its height is shown smaller
QUALITY = 88
AS_IT_IS_BYTES = 100_000
LEAST_PX = 32  # of a side, where a picture stays as it is and only its colours are looked at
START, STUFFED = b"\xff\xd8", (0x00, *range(0xD0, 0xD8))  # after 0xff within a scan: that byte itself, and restarts
FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive
TABLES = (0xDB, 0xC4, 0xDD)  # DQT, DHT, DRI
JFIF, SCAN, END = 0xE0, 0xDA, b"\xff\xd9"
XMP_SEGMENT, XMP_NAME = b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0"
MADE_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/></rdf:RDF></x:xmpmeta>'
).encode()


@dataclass(frozen=True)
class Shown:
    """A picture as it is shown. dominant: its mean colour, `#rrggbb`. version: names its content.

    thumbnail: tells it from others, base64.
    """

    picture: bytes
    width_px: int
    height_px: int
    dominant: str
    version: str
    thumbnail: str

    def details(self) -> dict[str, str | int]:
        return {
            "width_px": self.width_px,
            "height_px": self.height_px,
            "dominant": self.dominant,
            "version": self.version,
            "thumbnail": self.thumbnail,
        }


def shown(picture: bytes) -> Shown:
    """Turn a picture into the one that is shown; of its metadata is kept that a model made it, no more.

    A small plain JPEG stays as it is, byte for byte, if it holds nothing but what its pixels are made of.

    Raises:
        PictureError: it cannot be used.
    """
    header = read_header(picture)
    plain = header.kind == "jpeg" and header.components in (1, 3) and read_orientation(picture) == 1
    small = header.width_px <= WIDTH_PX and header.height_px <= TALLEST_PX and len(picture) <= AS_IT_IS_BYTES
    if plain and small and _is_bare(picture):
        return _described(picture, decode(picture, LEAST_PX), header.width_px, header.height_px)
    image_HWC = _fitted(decode(picture, WIDTH_PX))
    height_px, width_px = image_HWC.shape[:2]
    encoded = _encoded(image_HWC)
    return _described(_marked_as_made(encoded) if is_made(picture) else encoded, image_HWC, width_px, height_px)


def part_of(picture: bytes, box: Sequence[float]) -> bytes:
    """The part of a picture in `box` (x0, y0, x1, y1 in pixels after EXIF rotation), as it would be shown.

    Raises:
        PictureError: the picture cannot be used, or the box does not fit.
    """
    image_HWC = decode(picture)
    x0, y0, x1, y1 = check_box(box, image_HWC.shape[1], image_HWC.shape[0])
    return _encoded(_fitted(image_HWC[int(y0) : math.ceil(y1), int(x0) : math.ceil(x1)]))


def _is_bare(picture: bytes) -> bool:
    """Whether a JPEG is made of its size, tables and scans alone: no comment, no metadata, nothing after its end."""
    if not picture.startswith(START):
        return False
    at = len(START)
    while at + 4 <= len(picture) and picture[at] == 0xFF:
        marker, size = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4])
        if marker == JFIF:  # with a thumbnail it is longer
            if size != 16 or picture[at + 4 : at + 9] != b"JFIF\0":
                return False
        elif marker not in (*FRAMES, *TABLES, SCAN):
            return False
        at += 2 + size
        if marker == SCAN:
            at = _end_of_scan(picture, at)
            if picture[at:] == END:
                return True
    return False


def _end_of_scan(picture: bytes, at: int) -> int:
    """Where the marker after the scan is that begins at `at`; the end of the file if there is none."""
    while 0 <= (at := picture.find(b"\xff", at)) < len(picture) - 1 and picture[at + 1] in STUFFED:
        at += 2
    return at if at >= 0 else len(picture)


def _fitted(image_HWC: np.ndarray) -> np.ndarray:
    height_px, width_px = image_HWC.shape[:2]
    scale = min(1.0, WIDTH_PX / width_px, TALLEST_PX / height_px)
    if scale == 1:
        return image_HWC
    size = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    return np.asarray(Image.fromarray(image_HWC).resize(size, Image.Resampling.BILINEAR))


def _encoded(image_HWC: np.ndarray) -> bytes:
    encoded: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(image_HWC), QUALITY, "RGB", "420")
    return encoded


def _marked_as_made(jpeg: bytes) -> bytes:
    content = XMP_NAME + MADE_XMP
    return START + XMP_SEGMENT + (len(content) + 2).to_bytes(2, "big") + content + jpeg[len(START) :]


def _described(picture: bytes, image_HWC: np.ndarray, width_px: int, height_px: int) -> Shown:
    red, green, blue = (round(value) for value in image_HWC.reshape(-1, 3).mean(axis=0).tolist())
    version = hashlib.sha256(picture).hexdigest()[:8]
    small = base64.b64encode(thumbnail(image_HWC)).decode()
    return Shown(picture, width_px, height_px, f"#{red:02x}{green:02x}{blue:02x}", version, small)
