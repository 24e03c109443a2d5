"""The flow `experiment`: the report of an experiment; each step of `components/experiments/steps.py` is a task."""

from typing import Any

from prefect import artifacts, flow, get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from components.experiments.report import Report
from components.experiments.steps import Recorded, Reported, ReportPlan, report
from components.lifecycle.faults import foreseen
from components.lifecycle.run import Journal
from data.environment import set_environment
from flows.artifacts import mlflow_page
from flows.step import Terms, as_task
from flows.watch import LoggedWatch, watching

__all__ = ["TERMS", "experiment"]

TERMS = {
    "analyse": Terms(hours=0.5),
    "record": Terms(hours=0.2, retries=2),
}


def _name() -> str:
    return f"report of {runtime.flow_run.parameters.get('name') or 'the demonstration'}"


@flow(name="experiment", flow_run_name=_name, persist_result=True, result_serializer="json")
async def experiment(
    now_s: int, name: str | None = None, outcomes: str | None = None, units: str | None = None
) -> "State[Any]":
    """Report on an experiment by its last full day.

    Args:
        now_s: The time of the report, in seconds since 1970.
        name: An experiment that was started; without one, the demonstration.
        outcomes: A file of Parquet or CSV with what its units did.
        units: A file of Parquet or CSV with what was known of them before.
    """
    set_environment()
    watch = watching() or LoggedWatch(get_run_logger())
    journal = Journal(watch, as_task(TERMS))
    error = None
    try:
        report(ReportPlan(name=name, outcomes=outcomes, units=units, now_s=now_s), journal.call)
    except Exception as fault:
        error = foreseen(fault)
        if error is None:
            raise
    made, recorded = journal.results.get("analyse"), journal.results.get("record")
    seconds = {step: round(spent, 3) for step, spent in journal.seconds.items()}
    result = Reported(report=made, recorded=recorded, seconds=seconds, error=error)
    watch.ended(result)
    if made is None or recorded is None:
        return Failed(message=error)
    await _conclude(made, recorded)
    return Completed(name="Reported", message=made.decision, data=result)


async def _conclude(made: Report, recorded: Recorded) -> None:
    """Make the artifacts of the report, in the flow run itself."""
    columns = {"metric", "arm", "control_value", "arm_value", "relative", "low", "high", "q", "verdict", "guardrail"}
    try:
        lines = [f"# {made.name}, day {made.day} of {made.days}", "", made.decision, "", *made.notes, "", recorded.page]
        await artifacts.acreate_markdown_artifact("\n".join(lines), key=f"experiment-{made.name}")
        await artifacts.acreate_table_artifact(
            [one.model_dump(include=columns) for one in made.comparisons],
            key=f"experiment-{made.name}-effects",
            description="Changes as shares of the control; the intervals hold at every look.",
        )
        server = mlflow_page()
        if server:
            from components.lifecycle.tracking import client

            place = client().get_run(recorded.run_id).info.experiment_id
            address = f"{server}/#/experiments/{place}/runs/{recorded.run_id}/artifacts"
            await artifacts.acreate_link_artifact(address, "The report in MLflow", key=f"experiment-{made.name}-mlflow")
    except Exception as error:  # of any server or store; the report is recorded by now
        get_run_logger().warning("the artifacts of the report could not be made: %s", error)
