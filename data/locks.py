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
    """Hold the lock file `path`, once its holder has let go of it.

    `busy` is called once if somebody else holds it: it may tell people that they wait, or raise.
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
