"""The lifecycle, here and now: the bare steps in order, with the time that each takes."""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.faults import foreseen
from components.lifecycle.plan import Plan
from components.lifecycle.results import Status, Step, Summary
from components.lifecycle.steps import Call, lifecycle
from components.lifecycle.tracking import check
from components.system import Progress

__all__ = ["Journal", "guarded", "run", "summarise"]

T = TypeVar("T")
OnStep = Callable[[str, Any, float], None]  # step, its result, seconds
MEGABYTE = 1_000_000


class Journal:
    """What the steps of one run returned, and how long each took."""

    def __init__(self, on_step: OnStep | None = None) -> None:
        self.results: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self.on_step = on_step

    def call(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        """Carry out a step and write down what it returned."""
        started = time.perf_counter()
        try:
            result = function(*arguments)
        finally:
            self.seconds[name] = time.perf_counter() - started
        self.results[name] = result
        if self.on_step:
            self.on_step(name, result, self.seconds[name])
        return result


def run(plan: Plan, progress: Progress, on_step: OnStep | None = None, commands: Commands = COMMANDS) -> Summary:
    """Run the lifecycle; an error that people can mend ends it with the status `failed` and its sentence."""
    journal = Journal(on_step)
    return guarded(plan, progress, journal, journal.call, commands)


def guarded(plan: Plan, progress: Progress, journal: Journal, call: Call, commands: Commands) -> Summary:
    """Carry out the lifecycle through `call` and sum up what `journal` saw, errors that people can mend included."""
    error: str | None = None
    status: Status
    try:
        check()
        status = lifecycle(plan, progress, call, commands)
    except Exception as fault:
        status, error = "failed", foreseen(fault)
        if error is None:
            raise
    return summarise(plan, status, journal, error)


def summarise(plan: Plan, status: Status, journal: Journal, error: str | None = None) -> Summary:
    """What a run did, from the results of its steps as far as it came."""
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
