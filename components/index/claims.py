"""Which folders of live indexes are in use; those that no process uses any more can go.

A process holds a shared lock on the file `in-use` of its folder for as long as it lives, however it ends. Whoever
takes that lock for itself alone knows that nobody has the folder open or mapped.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["claim", "drop_unclaimed"]

CLAIM = "in-use"
DROPPED = ".dropped-"
FILES = (CLAIM, "lock")
SPARED = 1  # the index of the previous champion, which a rollback needs


def claim(folder: Path) -> IO[bytes]:
    """Keep `folder`, which is made if need be, until the returned file is closed or the process ends."""
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / CLAIM).open("ab")
        except (FileExistsError, FileNotFoundError):  # deleted between two calls
            if folder.exists() and not folder.is_dir():
                raise
            continue
        fcntl.flock(file, fcntl.LOCK_SH)
        if _is_there(file, folder / CLAIM):
            os.utime(folder / CLAIM)
            return file
        file.close()  # deleted while this waited for the lock


def drop_unclaimed(parent: Path, spared: int = SPARED) -> list[Path]:
    """Delete the folders of live indexes below `parent` that no process has claimed; which they were.

    spared: how many of these to keep, those that were claimed last. A folder that holds anything else is left alone.
    """
    folders = [folder for folder in parent.iterdir() if folder.is_dir()] if parent.is_dir() else []
    for left in folders:  # left by a process that was killed while it deleted
        if left.name.startswith(DROPPED):
            shutil.rmtree(left, ignore_errors=True)  # another process may be at it
    ours = sorted((folder for folder in folders if _is_ours(folder)), key=_claimed_ns, reverse=True)
    dropped = []
    for folder in ours:
        with _alone(folder) as unused:
            if not unused:
                continue
            if spared:
                spared -= 1
                continue
            gone = folder.with_name(f"{DROPPED}{folder.name}-{os.getpid()}")
            folder.rename(gone)  # at once, so that whoever claims it meanwhile makes it anew
            dropped.append(folder)
        shutil.rmtree(gone, ignore_errors=True)  # another process may be at it
    return dropped


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody has claimed `folder`; if so, nobody can within the block."""
    try:
        file = (folder / CLAIM).open("ab")
    except FileNotFoundError:  # deleted by another process
        yield False
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield _is_there(file, folder / CLAIM)


def _is_ours(folder: Path) -> bool:
    """Whether it holds what a live index leaves, and nothing else."""
    if folder.name.startswith("."):
        return False
    try:
        return all(path.name in FILES or (path.name.isdigit() and path.is_dir()) for path in folder.iterdir())
    except FileNotFoundError:  # deleted by another process
        return False


def _claimed_ns(folder: Path) -> int:
    """When it was claimed last; 0: never, as those were that an earlier release made."""
    try:
        return (folder / CLAIM).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _is_there(file: IO[bytes], path: Path) -> bool:
    """Whether `path` still names the open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
