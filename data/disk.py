"""A full disk, said in one sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import UserError

__all__ = ["DiskFullError", "room_on"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(UserError):
    """No space left, or a quota or limit reached."""


@contextmanager
def room_on(folder: Path, doing: str) -> Iterator[None]:
    """Turn "no space left" within the block into a `DiskFullError` that says where and while `doing` what."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFullError(
            f"the disk or quota of {folder} is full while {doing}; free some space there and run this again"
        ) from error
