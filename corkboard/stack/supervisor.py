"""`python -m corkboard.stack.supervisor`: circus over the parts of the stack; it restarts what dies."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import Any

from corkboard.stack import record
from corkboard.stack.processes import PART, end, marked
from data.project import root

__all__ = ["main", "rotate"]

GRACE_S = 8.0
LOOK_S = 1.0  # between looks for dead parts
LOG_BYTES, LOGS = 10_000_000, 3
ROTATE_S = 60.0


def main() -> None:
    from circus import get_arbiter
    from circus.util import configure_logger, logger

    loaded = record.load()
    assert loaded is not None
    configure_logger(logger, "INFO", "-")
    Thread(target=_rotating, args=(list(loaded.parts),), daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="corkboard-") as sockets:  # a path of a socket is short
        get_arbiter(
            [_watcher(name, part) for name, part in loaded.parts.items()],
            controller=f"ipc://{sockets}/controller",
            pubsub_endpoint=f"ipc://{sockets}/events",
            check_delay=LOOK_S,
        ).start()


def _watcher(name: str, part: record.Part) -> dict[str, Any]:
    def clear(**_: Any) -> bool:
        """End what a killed leader left, such as a server's workers that still hold its port."""
        end(marked(os.environ[record.TOKEN], name), GRACE_S)
        return True

    return {
        "name": name,
        "cmd": "/bin/sh",
        # circus's own streams fail with "fd added twice" once a killed part has left children
        "args": ["-c", 'exec "$@" >> "$0" 2>&1', str(record.log_of(name)), *part.command],
        "working_dir": str(root()),
        "env": {**os.environ, PART: name},
        "stop_children": True,
        "graceful_timeout": GRACE_S,
        "hooks": {"before_spawn": (clear, False)} if part.port else {},  # runs of a killed worker go on
    }


def _rotating(names: list[str]) -> None:
    """Copy and truncate logs that are long, as logrotate does; the parts append."""
    while True:
        for name in names:
            rotate(record.log_of(name), LOG_BYTES)
        time.sleep(ROTATE_S)


def rotate(log: Path, most_bytes: int) -> None:
    """Move what a log holds to .1, and that to .2 and .3, if it has over `most_bytes`."""
    if log.is_file() and log.stat().st_size > most_bytes:
        for number in range(LOGS - 1, 0, -1):
            older = log.with_suffix(f".log.{number}")
            if older.is_file():
                older.replace(log.with_suffix(f".log.{number + 1}"))
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


if __name__ == "__main__":
    main()
