"""Bytes of a picture to an array of pixels.

Legend: H height, W width, C colour channels (red, green, blue).
"""

import io
import struct
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from data.images.errors import BrokenPicture
from data.images.header import Header, read_header
from data.images.orientation import read_orientation, turned
from data.images.stream import MAX_SCANS, jpeg_stream, png_stream

__all__ = ["decode", "picture_size"]

FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,  # raised where warnings are errors
)
END = b"\xff\xd9"
# warnings of libjpeg that viewers ignore
HARMLESS = ("extraneous bytes before marker", "Invalid SOS parameters", "unknown JFIF revision number")
BROKEN = "the picture is truncated or damaged; send it again or as another file"


def decode(data: bytes, least_px: int | None = None) -> np.ndarray:
    """Decode a JPEG, PNG or WebP to uint8 RGB (H, W, C), rotated as EXIF says, transparency on white, first frame.

    least_px: the picture may come smaller than it is, but with no side below this (or below the original). None
        gives the original size. JPEGs are scaled in the DCT, which costs less than decoding in full.

    Raises:
        UnsupportedPicture, PictureTooLarge, BrokenPicture: before decoding where the header tells.
    """
    header = read_header(data)
    image_HWC = (
        _decode_jpeg(data, header, least_px) if header.kind == "jpeg" else _decode_pillow(data, header, least_px)
    )
    return turned(image_HWC, read_orientation(data))


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels after EXIF rotation, without decoding; same errors as `decode`."""
    header = read_header(data)
    size = (header.width_px, header.height_px)
    return size[::-1] if read_orientation(data) >= 5 else size


def _decode_jpeg(data: bytes, header: Header, least_px: int | None) -> np.ndarray:
    data, scans = jpeg_stream(data)
    if scans > MAX_SCANS:
        raise BrokenPicture("the picture has more scans than any camera writes; save it again")
    try:
        if header.components in (1, 3) and _known_sampling(data):
            try:
                return simplejpeg.decode_jpeg(data, min_height=least_px or 0, min_width=least_px or 0)
            except ValueError as error:
                # The end-of-image marker proves that nothing is missing behind the harmless deviation.
                if not any(warning in str(error) for warning in HARMLESS) or not data.endswith(END):
                    raise
        with _opened(data, header) as picture:  # ink colours, rare chroma sampling, harmless deviations
            if least_px:
                picture.draft(None, (least_px, least_px))
            return np.array(picture.convert("RGB"))
    except FAULTS:
        raise BrokenPicture(BROKEN) from None


def _known_sampling(data: bytes) -> bool:
    try:
        simplejpeg.decode_jpeg_header(data, strict=False)
    except (KeyError, ValueError):
        return False
    return True


def _opened(data: bytes, header: Header) -> Any:
    """Pillow's picture, no pixel of it decoded yet and no larger than the header that was held against the limits."""
    stream = png_stream(data) if header.kind == "png" else data
    if stream is None:
        raise BrokenPicture(BROKEN)
    if header.kind == "webp" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise BrokenPicture(BROKEN)
    try:
        picture = Image.open(io.BytesIO(stream), formats=(header.kind.upper(),))
    except FAULTS:
        raise BrokenPicture(BROKEN) from None
    if picture.size != (header.width_px, header.height_px):  # Pillow uses a second header in the file
        picture.close()
        raise BrokenPicture(BROKEN)
    return picture


def _decode_pillow(data: bytes, header: Header, least_px: int | None) -> np.ndarray:
    with _opened(data, header) as picture:
        try:
            picture.load()
            rgb = _rgb(picture)
        except FAULTS:
            raise BrokenPicture(BROKEN) from None
    factor = min(rgb.size) // least_px if least_px else 1
    return np.array(rgb.reduce(factor) if factor > 1 else rgb)


def _rgb(picture: Any) -> Any:
    """8-bit RGB of any mode of Pillow, composed on white where it is transparent."""
    if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip instead of scale
        grey_HW = (np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey_HW).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    white = Image.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white
