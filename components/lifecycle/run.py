"""One run of the lifecycle: its steps in order, the time that each takes, and how the run ends."""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from components.lifecycle.call import Call, plainly
from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.faults import foreseen
from components.lifecycle.plan import Plan
from components.lifecycle.reasons import invalid
from components.lifecycle.results import Status, Step, Summary
from components.lifecycle.steps import lifecycle
from components.lifecycle.tracking import check
from components.system import Progress

__all__ = ["Ended", "Journal", "Watch", "run"]

T = TypeVar("T")
MEGABYTE = 1_000_000


class Ended(Protocol):
    """The result of a run."""

    @property
    def seconds(self) -> dict[str, float]:
        """How long each step took."""


class Watch(Protocol):
    """An observer of a run, called in its thread when a step starts, makes progress and ends. `summary` comes last."""

    summary: Ended | None

    def started(self, step: str) -> None: ...

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None: ...

    def finished(self, step: str, seconds: float, reused: bool) -> None: ...

    def failed(self, step: str, seconds: float) -> None: ...

    def waiting(self, sentence: str) -> None: ...

    def ended(self, summary: Ended) -> None: ...


class Unwatched:
    """An observer that does nothing."""

    summary: Ended | None = None

    def started(self, step: str) -> None: ...

    def progress(self, step: str, doing: str, done: int, total: int, figures: dict[str, float]) -> None: ...

    def finished(self, step: str, seconds: float, reused: bool) -> None: ...

    def failed(self, step: str, seconds: float) -> None: ...

    def waiting(self, sentence: str) -> None: ...

    def ended(self, summary: Ended) -> None: ...


class Journal:
    """Runs the steps of one run through `task`; keeps their results and how long each takes."""

    def __init__(self, watch: Watch | None = None, task: Call = plainly) -> None:
        self.watch = watch or Unwatched()
        self.task = task
        self.step = "start"
        self.results: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}

    def call(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        """Run a step and keep its result."""
        self.step = name
        self.watch.started(name)
        started = time.perf_counter()
        try:
            result = self.task(name, function, *arguments)
        except BaseException:
            self.seconds[name] = time.perf_counter() - started
            self.watch.failed(name, self.seconds[name])
            raise
        self.seconds[name] = time.perf_counter() - started
        self.results[name] = result
        self.watch.finished(name, self.seconds[name], isinstance(result, Step) and result.reused)
        return result


def run(plan: Plan, progress: Progress, journal: Journal, commands: Commands = COMMANDS) -> Summary:
    """Run the lifecycle and return its summary, which also holds an expected error.

    Raises:
        Exception: any unexpected error, after the watch has received the summary.
    """
    error: str | None = None
    status: Status
    try:
        check()
        status = lifecycle(plan, progress, journal.call, commands)
    except Exception as fault:
        status, error = "failed", foreseen(fault)
        if error is None:
            error = f"unexpected {type(fault).__name__} in {journal.step}: {fault}"
            journal.watch.ended(_summary(plan, status, journal, error))
            raise
    if status == "invalid":
        error = invalid(plan.dataset, journal.results["validate"])
    return _summary(plan, status, journal, error)


def _summary(plan: Plan, status: Status, journal: Journal, error: str | None) -> Summary:
    """The summary of a run from the results of its steps, as far as it came."""
    results = journal.results
    ingested, validated, fitted = results.get("ingest"), results.get("validate"), results.get("fit")
    evaluated, registered, smoked = results.get("evaluate"), results.get("register"), results.get("smoke")
    packaged = results.get("package")
    if error is None and smoked is not None and not smoked.passed:
        first = smoked.failures[0] if smoked.failures else "it answered wrongly"
        error = f"the packaged service failed {len(smoked.failures)} of {smoked.requests} golden requests: {first}"
    return Summary(
        system=plan.system,
        dataset=plan.dataset,
        data_version=ingested.data_version if ingested else None,
        status=status,
        metrics=evaluated.metrics if evaluated else {},
        notes=evaluated.notes if evaluated else (),
        verdict=results.get("gate"),
        version=registered.version if registered else None,
        bento=packaged.bento if packaged else None,
        seconds={name: round(seconds, 3) for name, seconds in journal.seconds.items()},
        peak_memory_mb=round(_peak_memory_mb(), 1),
        reused=tuple(name for name, result in results.items() if isinstance(result, Step) and result.reused),
        run_id=fitted.run_id if fitted else None,
        inputs=ingested.inputs if ingested else {},
        docs=validated.docs if validated else None,
        error=error,
    )


def _peak_memory_mb() -> float:
    """Peak resident memory of this process plus that of its largest child."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes here
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(peaks) * unit / MEGABYTE
