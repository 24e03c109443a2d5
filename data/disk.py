"""A disk that is full, or that must not be written, as one sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import UserError
from data.project import home

__all__ = ["DiskFullError", "denied", "full", "room_on"]

DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(UserError):
    """No space left, or a quota or limit reached."""

    def __init__(self, place: Path | str, doing: str | None = None) -> None:
        during = f" while {doing}" if doing else ""
        super().__init__(f"the disk or quota of {place} is full{during}; free some space there and run this again")


def full(error: OSError) -> str | None:
    """The sentence for "no space left", which names the file if the error does; None for any other error."""
    return str(DiskFullError(error.filename or home())) if error.errno in FULL else None


def denied(error: OSError) -> str | None:
    """The sentence for a file that must not be read or written; None for any other error."""
    if error.errno not in DENIED or not error.filename:
        return None
    return (
        f"{error.filename} cannot be read or written ({error.strerror}); check its permissions, or use another folder"
    )


@contextmanager
def room_on(folder: Path, doing: str) -> Iterator[None]:
    """Turn "no space left" within the block into a `DiskFullError` that says where and while `doing` what."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFullError(folder, doing) from error
