"""Bytes of a picture to arrays, the same way in training, evaluation and serving."""

from components.images.decode import decode, picture_size
from components.images.errors import BrokenPicture, PictureError, PictureTooLarge, UnsupportedPicture
from components.images.header import MAX_BYTES, MAX_PIXELS
from components.images.square import LEAST_BOX_PX, check_box, square, to_square

__all__ = [
    "LEAST_BOX_PX",
    "MAX_BYTES",
    "MAX_PIXELS",
    "BrokenPicture",
    "PictureError",
    "PictureTooLarge",
    "UnsupportedPicture",
    "check_box",
    "decode",
    "picture_size",
    "square",
    "to_square",
]
