"""Decode pictures to arrays, the same way in training, evaluation and serving."""

from data.images.decode import decode, picture_size
from data.images.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedPicture
from data.images.header import MAX_BYTES, MAX_PIXELS, claimed_header
from data.images.provenance import MADE, is_made, made_picture
from data.images.square import LEAST_BOX_PX, Framing, check_box, square, to_square

__all__ = [
    "LEAST_BOX_PX",
    "MADE",
    "MAX_BYTES",
    "MAX_PIXELS",
    "BrokenPicture",
    "Framing",
    "PictureError",
    "PictureTooLarge",
    "UnsupportedPicture",
    "check_box",
    "claimed_header",
    "decode",
    "is_made",
    "made_picture",
    "picture_size",
    "square",
    "to_square",
]
