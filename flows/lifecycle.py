"""The lifecycle as a Prefect flow: the steps of `components/lifecycle/steps.py`, each a task on these terms."""

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow, get_run_logger, runtime, tags
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from components.lifecycle.command import COMMANDS
from components.lifecycle.plan import Plan, make_plan
from components.lifecycle.reasons import invalid, reason
from components.lifecycle.results import Summary
from components.lifecycle.run import Journal, guarded, summarise
from data.environment import prepare
from data.locks import locked
from data.project import home
from flows.artifacts import Bar, conclude
from flows.burial import bury
from flows.events import champion_changed
from flows.step import Terms, carry_out
from flows.watch import Log, Watch, watching

__all__ = ["TERMS", "lifecycle"]

T = TypeVar("T")
TERMS = {
    "ingest": Terms(hours=6, retries=2, tags=("data",)),
    "validate": Terms(hours=2, tags=("data",)),
    "fit": Terms(hours=48, tags=("training",)),
    "evaluate": Terms(hours=6, tags=("training",)),
    "gate": Terms(hours=0.5, tags=("release",)),
    "register": Terms(hours=0.5, tags=("release",)),
    "promote": Terms(hours=0.5, tags=("release",)),
    "package": Terms(hours=1, tags=("release", "serving")),
    "smoke": Terms(hours=1, tags=("release", "serving")),
}
STATES = {"released": "Released", "refused": "Refused"}


def _name() -> str:
    given = runtime.flow_run.parameters
    return f"{given['system']} on {given.get('dataset') or 'its data set'}"


@flow(name="lifecycle", flow_run_name=_name, persist_result=True, result_serializer="json")
async def lifecycle(system: str, dataset: str | None = None, overrides: dict[str, Any] | None = None) -> "State[Any]":
    """Ingest, validate, fit, evaluate, gate, register, promote, package and smoke one system.

    Ends as Released, Refused (what served before is better and still serves), Invalid (bad data, nothing was trained)
    or Failed. A run that was killed anywhere and started again redoes nothing that was finished.

    Args:
        system: The name of a folder in components/systems, such as visual-search.
        dataset: A name under `datasets` in params.yaml; empty for the system's own.
        overrides: Settings to change for this run, such as {"training.epochs": 3}; `gate.` reaches the gate's policy.
    """
    prepare()
    plan = make_plan(system, dataset, overrides)
    watch = watching() or Log(get_run_logger())
    with tags(plan.system, plan.dataset), locked(home() / "locks" / f"run-{plan.system}.lock", _waits(plan, watch)):
        await bury(plan)
        summary = _run(plan, watch)
    watch.ended(summary)
    if summary.status == "released" and "promote" not in summary.reused and summary.version is not None:
        champion_changed(plan.system, summary.version)
    await conclude(plan, summary)
    if summary.status in STATES:
        return Completed(name=STATES[summary.status], message=reason(summary), data=summary)
    return Failed(name=summary.status.capitalize(), message=reason(summary))


def _run(plan: Plan, watch: Watch) -> Summary:
    """The bare sequence with a task for every call."""
    journal = Journal()
    bar = Bar(plan)
    now = "start"

    def call(name: str, function: Callable[..., T], *arguments: Any) -> T:
        nonlocal now
        now = name
        watch.started(name)
        try:
            result = journal.call(name, carry_out, name, TERMS[name], function, *arguments)
        except BaseException:
            watch.failed(name, journal.seconds[name])
            raise
        watch.finished(name, journal.seconds[name], bool(getattr(result, "reused", False)))
        return result

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        watch.progress(now, doing, done, total, figures)
        bar.update(now, doing, done, total)

    try:
        summary = guarded(plan, progress, journal, call, COMMANDS)
    except Exception as fault:
        watch.ended(summarise(plan, "failed", journal, f"unexpected {type(fault).__name__} in {now}: {fault}"))
        raise
    if summary.status == "invalid":
        return summary.model_copy(update={"error": invalid(plan.dataset, journal.results["validate"])})
    return summary


def _waits(plan: Plan, watch: Watch) -> Callable[[], None]:
    return lambda: watch.waiting(f"another run of {plan.system} is under way; this one starts when it has ended")
