"""Locks between processes, freed by the kernel when their holder dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked"]

POLL_S = 0.1


@contextmanager
def locked(path: Path, busy: Callable[[], None]) -> Iterator[None]:
    """Wait until the lock file `path` is free, and hold it for the length of the block.

    busy: called once if another process holds the lock; it may print that we wait, or raise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        called = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not called:
                    busy()
                called = True
                time.sleep(POLL_S)
        yield
