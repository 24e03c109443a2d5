"""An error as one sentence: what is wrong and what to do."""

import errno

from data.errors import UserError

__all__ = ["sentence"]


def sentence(error: BaseException) -> str:
    """One line for `error`; what nobody foresaw is named with its type and the way to see more."""
    if isinstance(error, UserError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" for {error.filename}" if error.filename else ""
        return f"the disk is full{where}; free some space, or point CORKBOARD_HOME at a larger disk, and run again"
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename} cannot be read or written; check its permissions"
    lines = str(error).strip().splitlines()
    detail = f": {lines[0][:300]}" if lines else ""
    return f"unexpected {type(error).__name__}{detail} (run again with --debug for the traceback)"
