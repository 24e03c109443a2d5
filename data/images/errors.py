"""Errors of pictures."""

from data.errors import UserError

__all__ = ["BrokenPicture", "PictureError", "PictureTooLarge", "UnsupportedPicture"]


class PictureError(UserError):
    """A picture that cannot be used; the message says why and what to do."""


class UnsupportedPicture(PictureError):
    """Not a JPEG, PNG or WebP file."""


class PictureTooLarge(PictureError):
    """More bytes or pixels than the limits allow; raised before anything is decoded."""


class BrokenPicture(PictureError):
    """Empty, truncated or damaged."""
