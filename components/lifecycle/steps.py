"""The lifecycle as one list of steps, whoever carries them out.

`call` starts a step: a bare run calls the function and takes the time, a Prefect flow makes a task of it.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.decide import decide
from components.lifecycle.evaluate import evaluate
from components.lifecycle.fit import fit
from components.lifecycle.ingest import ingest
from components.lifecycle.package import package
from components.lifecycle.plan import Plan
from components.lifecycle.promote import promote
from components.lifecycle.register import register
from components.lifecycle.release import proven, releasing, settle
from components.lifecycle.results import Status
from components.lifecycle.smoke import smoke
from components.lifecycle.validate import validate
from components.system import Progress

__all__ = ["Call", "lifecycle"]

T = TypeVar("T")


class Call(Protocol):
    """Carry out `function(*arguments)` as the step called `name`, and return its result."""

    def __call__(self, name: str, function: Callable[..., T], *arguments: Any) -> T: ...


def lifecycle(plan: Plan, progress: Progress, call: Call, commands: Commands = COMMANDS) -> Status:
    """ingest → validate → fit → evaluate → gate → register → promote → package → smoke; returns how it ended."""
    settle(plan.system, commands)
    ingested = call("ingest", ingest, plan, progress)
    validated = call("validate", validate, plan, ingested, progress)
    if not validated.passed:
        return "invalid"
    fitted = call("fit", fit, plan, ingested, progress)
    evaluated = call("evaluate", evaluate, plan, ingested, fitted, progress)
    verdict = call("gate", decide, plan, ingested, fitted, evaluated)
    if not verdict.passed:
        return "refused"
    registered = call("register", register, plan, ingested, fitted, evaluated, verdict)
    with releasing(plan.system):
        promoted = call("promote", promote, plan, registered, evaluated)
        smoked = proven(
            plan.system,
            promoted.version,
            lambda: call("package", package, plan, promoted, commands),
            lambda packaged: call("smoke", smoke, plan, promoted, packaged, commands),
        )
    return "released" if smoked.passed else "failed"
