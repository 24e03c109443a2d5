"""Errors of requests, besides those of `data.errors`."""

from data.errors import UserError

__all__ = ["NotFound"]


class NotFound(UserError):
    """A well-formed request for something that is not there, such as an unknown item."""
