"""The lifecycle as one list of steps.

`call` runs a step: a journal times it, and in a Prefect flow it runs as a task.
"""

from components.lifecycle.call import Call
from components.lifecycle.command import COMMANDS, Commands
from components.lifecycle.decide import decide
from components.lifecycle.evaluate import evaluate
from components.lifecycle.fit import fit
from components.lifecycle.ingest import ingest
from components.lifecycle.plan import Plan
from components.lifecycle.promote import make_champion
from components.lifecycle.register import register
from components.lifecycle.release import prove, releasing, settle
from components.lifecycle.results import Status
from components.lifecycle.validate import validate
from components.system import Progress

__all__ = ["lifecycle"]


def lifecycle(plan: Plan, progress: Progress, call: Call, commands: Commands = COMMANDS) -> Status:
    """ingest → validate → fit → evaluate → gate → register → promote → package → smoke; returns how it ended."""

    def wait(sentence: str) -> None:
        progress(sentence, 0, 0, {})

    settle(plan.system, commands, wait)
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
    with releasing(plan.system, wait):
        promoted = call("promote", make_champion, plan.system, registered.version, evaluated.champion_version)
        smoked = prove(plan.system, promoted.version, commands, call)
    return "released" if smoked.passed else "failed"
