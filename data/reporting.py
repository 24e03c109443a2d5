"""Progress of a preparation: a bar for people, or lines of JSON for the parent process."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import rich.progress

__all__ = ["LINES", "Progress", "Reporter", "reporter"]

# Called with (what is being done, steps done, steps in all; 0 in all where that is unknown).
Progress = Callable[[str, int, int], None]

LINES = "CORKBOARD_PROGRESS_LINES"  # set in the environment: lines of JSON on stdout instead of a bar on stderr


class Reporter(Protocol):
    def progress(self, what: str, done: int, total: int) -> None: ...

    def fail(self, sentence: str) -> None: ...


class _Lines:
    def progress(self, what: str, done: int, total: int) -> None:
        sys.stdout.write(json.dumps({"what": what, "done": done, "total": total}) + "\n")
        sys.stdout.flush()

    def fail(self, sentence: str) -> None:
        sys.stdout.write(json.dumps({"error": sentence}) + "\n")
        sys.stdout.flush()


class _Bars:
    """One bar per kind of work, drawn by rich."""

    def __init__(self, bars: "rich.progress.Progress") -> None:
        self.bars = bars
        self.tasks: dict[str, rich.progress.TaskID] = {}

    def progress(self, what: str, done: int, total: int) -> None:
        if what not in self.tasks:
            self.tasks[what] = self.bars.add_task(what)
        self.bars.update(self.tasks[what], completed=done, total=total or None)

    def fail(self, sentence: str) -> None:
        self.bars.stop()
        sys.stderr.write(f"error: {sentence}\n")


@contextmanager
def reporter() -> Iterator[Reporter]:
    """The reporter that the environment variable selects."""
    if os.environ.get(LINES):
        yield _Lines()
        return
    import rich.console
    import rich.progress

    with rich.progress.Progress(console=rich.console.Console(stderr=True)) as bars:
        yield _Bars(bars)
