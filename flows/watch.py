"""The watch of a flow run: set by its caller, or writing to the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from components.lifecycle.run import Ended, Watch

__all__ = ["LoggedWatch", "watched", "watching"]


class LoggedWatch:
    """The watch of a run without a terminal: lines in the run's log."""

    def __init__(self, logger: "logging.Logger | logging.LoggerAdapter[logging.Logger]") -> None:
        self.logger = logger
        self.summary: Ended | None = None

    def started(self, step: str) -> None:
        self.logger.info("%s", step)

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        shown = " ".join(f"{name}={value:.4g}" for name, value in figures.items())
        self.logger.info("%s: %s %d/%d %s", step, doing, done, total, shown)

    def finished(self, step: str, seconds: float, reused: bool) -> None:
        self.logger.info("%s: %s in %.1f s", step, "reused" if reused else "done", seconds)

    def failed(self, step: str, seconds: float) -> None:
        self.logger.info("%s: failed after %.1f s", step, seconds)

    def waiting(self, sentence: str) -> None:
        self.logger.info("%s", sentence)

    def ended(self, summary: Ended) -> None:
        self.summary = summary  # the states of the run and of its steps say what came of it


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def watching() -> Watch | None:
    """The watch that the caller of the flow has set, if any."""
    return _watch.get()


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let `watch` follow every flow that runs in the block."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)
