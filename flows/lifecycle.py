"""The lifecycle as a Prefect flow: each step of `components/lifecycle/steps.py` is a task with the terms below."""

from collections.abc import Callable
from typing import Any

from prefect import flow, get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from components.lifecycle.command import COMMANDS
from components.lifecycle.plan import Plan, make_plan
from components.lifecycle.reasons import reason
from components.lifecycle.record import end_left_runs
from components.lifecycle.results import Summary
from components.lifecycle.run import Journal, Watch, run
from data.environment import set_environment
from data.locks import locked
from data.project import home
from flows.artifacts import Bar, conclude
from flows.choices import Dataset, System
from flows.dead_runs import mark_dead_runs
from flows.events import champion_changed
from flows.step import Terms, as_task
from flows.watch import LoggedWatch, watching

__all__ = ["TERMS", "lifecycle"]

TERMS = {
    "ingest": Terms(hours=6, retries=2),
    "validate": Terms(hours=2),
    "fit": Terms(hours=48),
    "evaluate": Terms(hours=6),
    "gate": Terms(hours=0.5),
    "register": Terms(hours=0.5),
    "promote": Terms(hours=0.5),
    "package": Terms(hours=1),
    "smoke": Terms(hours=1),
}
STATES = {"released": "Released", "refused": "Refused"}


def _name() -> str:
    given = runtime.flow_run.parameters
    return f"{given['system']} on {given.get('dataset') or 'its data set'}"


@flow(name="lifecycle", flow_run_name=_name, persist_result=True, result_serializer="json")
async def lifecycle(
    system: System, dataset: Dataset | None = None, overrides: dict[str, Any] | None = None
) -> "State[Any]":
    """Ingest, validate, fit, evaluate, gate, register, promote, package and smoke one system.

    Ends as Released, Refused (what served before is better and still serves), Invalid (bad data, nothing was trained)
    or Failed. A run that is started again after a kill does not repeat finished steps.

    Args:
        system: The name of a folder in components/systems, written with hyphens.
        dataset: A name under `datasets` in params.yaml; empty for the system's own.
        overrides: Settings to change for this run, such as {"training.epochs": 3}; `gate.` reaches the gate's policy.
    """
    set_environment()
    plan = make_plan(system, dataset, overrides)
    watch = watching() or LoggedWatch(get_run_logger())
    with locked(home() / "locks" / f"run-{plan.system}.lock", _waits(plan, watch)):
        await mark_dead_runs(plan.system, plan.dataset)
        end_left_runs(plan.system)
        summary = _run(plan, watch)
    watch.ended(summary)
    if summary.status == "released" and "promote" not in summary.reused and summary.version is not None:
        champion_changed(plan.system, summary.version)
    await conclude(plan, summary)
    if summary.status in STATES:
        return Completed(name=STATES[summary.status], message=reason(summary), data=summary)
    return Failed(name=summary.status.capitalize(), message=reason(summary))


def _run(plan: Plan, watch: Watch) -> Summary:
    """Run the lifecycle with a task for every step."""
    journal = Journal(watch, as_task(TERMS))
    bar = Bar(plan.system)

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        watch.progress(journal.step, doing, done, total, figures)
        bar.update(journal.step, doing, done, total)

    return run(plan, progress, journal, COMMANDS)


def _waits(plan: Plan, watch: Watch) -> Callable[[], None]:
    return lambda: watch.waiting(f"another run of {plan.system} is under way; this one starts when it has ended")
