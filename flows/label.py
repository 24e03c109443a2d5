"""The flow `label`: a language model labels a data set; each step of `components/labels/steps.py` is a task."""

from collections.abc import Callable
from typing import Any, Literal

from prefect import artifacts, flow, get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import PositiveInt

from components.labels.plan import LabelPlan, Result, label_plan
from components.labels.steps import label as label_all
from components.lifecycle.faults import foreseen
from components.lifecycle.run import Journal, Watch
from data.environment import set_environment
from data.locks import locked
from data.project import home
from flows.artifacts import Bar, mlflow_page
from flows.choices import Dataset
from flows.dead_runs import mark_dead_runs
from flows.step import Terms, as_task
from flows.watch import LoggedWatch, watching

__all__ = ["TERMS", "label"]

TERMS = {
    "ingest": Terms(hours=6, retries=2),
    "prompt": Terms(hours=0.5),
    "ask": Terms(hours=48),
    "measure": Terms(hours=0.5),
}


def _name() -> str:
    given = runtime.flow_run.parameters
    return f"{given.get('what', 'attributes')} of {given['dataset']}"


@flow(name="label", flow_run_name=_name, persist_result=True, result_serializer="json")
async def label(
    dataset: Dataset,
    what: Literal["attributes", "grades", "captions", "guides"] = "attributes",
    split: Literal["train", "validation", "test"] = "validation",
    limit: PositiveInt | None = None,
) -> "State[Any]":
    """Let a language model label a split of a data set, and measure how far it agrees with people.

    A run that is started again after a kill asks nothing that was answered.

    Args:
        dataset: A name under `datasets` in params.yaml.
        what: Attributes of items, grades of queries and items, captions of items, or guides to collections of items.
        split: The split that is labelled; labels may teach a student if they agree on a split that it does not see.
        limit: The most questions, in an order that their ids alone decide; empty for all.
    """
    set_environment()
    plan = label_plan(dataset, what, split, limit)
    watch = watching() or LoggedWatch(get_run_logger())
    with locked(home() / "locks" / f"{plan.name}.lock", _waits(plan, watch)):
        await mark_dead_runs(plan.name, dataset)
        result = _run(plan, watch)
    watch.ended(result)
    await _conclude(plan, result)
    if result.status == "labelled":
        return Completed(name="Labelled", message=_message(result), data=result)
    return Failed(message=_message(result))


def _run(plan: LabelPlan, watch: Watch) -> Result:
    journal, bar = Journal(watch, as_task(TERMS)), Bar(plan.name)

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        watch.progress(journal.step, doing, done, total, figures)
        bar.update(journal.step, doing, done, total)

    error = None
    try:
        label_all(plan, progress, journal.call)
    except Exception as fault:
        error = foreseen(fault)
        if error is None:
            raise
    results = journal.results
    measured = results.get("measure")
    return Result(
        dataset=plan.dataset,
        what=plan.what,
        split=plan.split,
        status="failed" if error else "labelled",
        prompted=results.get("prompt"),
        labelled=results.get("ask"),
        agreement=measured.agreement if measured else {},
        teacher=measured.teacher if measured else {},
        seconds={name: round(seconds, 3) for name, seconds in journal.seconds.items()},
        error=error,
    )


def _message(result: Result) -> str:
    if result.error or result.labelled is None:
        return result.error or "nothing was labelled"
    taught = [name for name, verdict in result.teacher.items() if verdict.passed]
    teaches = f"{', '.join(taught)} may teach a student" if taught else "no student trains on these labels"
    return f"{result.labelled.new} answers, {result.labelled.before} before; {teaches}."


async def _conclude(plan: LabelPlan, result: Result) -> None:
    """Make the artifacts of the result, in the flow run itself."""
    try:
        rows = [
            {
                "label": name,
                "compared": found.count,
                "exact": found.exact.value,
                "low": found.exact.low,
                "high": found.exact.high,
                "keywords": found.keywords.value if found.keywords else None,
                "usual": found.usual.value,
                "within 1": found.within_1.value if found.within_1 else None,
                "kappa": found.kappa.value if found.kappa else None,
                "teaches": "yes" if result.teacher[name].passed else "; ".join(result.teacher[name].reasons),
            }
            for name, found in result.agreement.items()
        ]
        if rows:
            await artifacts.acreate_table_artifact(
                rows, key=f"{plan.name}-agreement", description="Agreement with people, with 95 % intervals."
            )
        server = mlflow_page()
        if server and result.prompted:
            from components.labels.record import traces_page

            await artifacts.acreate_link_artifact(
                traces_page(server, result.prompted.run_id), "The answers in MLflow", key=f"{plan.name}-traces"
            )
    except Exception as error:  # of any server or store; the result of the run is settled by now
        get_run_logger().warning("the artifacts of the result could not be made: %s", error)


def _waits(plan: LabelPlan, watch: Watch) -> Callable[[], None]:
    return lambda: watch.waiting(f"another run labels {plan.dataset}; this one starts when it has ended")
