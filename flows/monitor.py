"""The flow `monitor`: a look at what is served; each step of `components/monitor/steps.py` is a task."""

from pathlib import Path
from typing import Annotated, Any

from prefect import artifacts, flow, get_run_logger, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from components.lifecycle.faults import foreseen
from components.lifecycle.run import Journal
from components.monitor.report import Report
from components.monitor.steps import Monitored, MonitorPlan, Recorded, newly_lasting
from components.monitor.steps import monitor as look
from components.volume.picture import data_url
from data.environment import set_environment
from flows.artifacts import mlflow_page
from flows.choices import System
from flows.events import drifted
from flows.step import Terms, as_task
from flows.watch import LoggedWatch, watching

__all__ = ["TERMS", "monitor"]

TERMS = {
    "collect": Terms(hours=1, retries=2),
    "check": Terms(hours=0.5),
    "compare": Terms(hours=1),
    "record": Terms(hours=0.2, retries=2),
}
Days = Annotated[int, Field(ge=1, le=35)]


def _name() -> str:
    return f"monitor of {runtime.flow_run.parameters.get('system') or 'everything'}"


@flow(name="monitor", flow_run_name=_name, persist_result=True, result_serializer="json")
async def monitor(
    system: System | None = None, days: Days = 14, demo: bool = False, now_s: int | None = None
) -> "State[Any]":
    """Compare what is served with what was trained on. A change that lasts trains the systems that it concerns again.

    Ends as Well, Alarmed (the report says why) or Failed (nothing was asked, or the log is wrong).

    Args:
        system: The system to look at; empty for all.
        days: How many days back the report goes.
        demo: Look at a simulated world instead, whose changes are known.
        now_s: The time of the look, in seconds since 1970; empty for now.
    """
    set_environment()
    import time

    watch = watching() or LoggedWatch(get_run_logger())
    journal = Journal(watch, as_task(TERMS))

    def progress(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        watch.progress(journal.step, doing, done, total, figures)

    error = None
    try:
        look(MonitorPlan(now_s=now_s or int(time.time()), system=system, days=days, demo=demo), progress, journal.call)
    except Exception as fault:
        error = foreseen(fault)
        if error is None:
            raise
    found, recorded = journal.results.get("compare"), journal.results.get("record")
    result = Monitored(
        report=found,
        checked=journal.results.get("check"),
        recorded=recorded,
        seconds={step: round(spent, 3) for step, spent in journal.seconds.items()},
        error=error,
    )
    watch.ended(result)
    if found is None or recorded is None:
        return Failed(message=error)
    if not demo:
        for name in newly_lasting(found):
            drifted(name, sorted(one.name for one in found.series if one.lasting and name in one.systems))
    await _conclude(found, recorded)
    message = "; ".join(found.alarms[:3]) or f"{len(found.series)} signals as before"
    return Completed(name="Alarmed" if found.alarms else "Well", message=message, data=result)


async def _conclude(found: Report, recorded: Recorded) -> None:
    """Make the artifacts of the report, in the flow run itself."""
    key = f"monitor-{found.system or 'all'}"
    try:
        lines = [f"# {found.counted}", "", *(f"- {one}" for one in found.alarms), "", recorded.page]
        await artifacts.acreate_markdown_artifact("\n".join(lines), key=key)
        picture = data_url(Path(recorded.picture).read_bytes())
        await artifacts.acreate_image_artifact(picture, key=f"{key}-signals", description="Shares of their limits.")
        rows = [
            {
                "signal": one.name,
                "systems": ", ".join(one.systems),
                "size": one.points[-1].size,
                "limit": one.points[-1].limit,
                "passed": one.since_s is not None,
                "held against": one.against,
            }
            for one in found.series
        ]
        if rows:
            await artifacts.acreate_table_artifact(rows, key=f"{key}-table", description="The last look.")
        server = mlflow_page()
        if server:
            page = f"{server}/get-artifact?run_uuid={recorded.run_id}&path=report.html"
            await artifacts.acreate_link_artifact(page, "The report", key=f"{key}-report")
    except Exception as error:  # of any server or store; the report is recorded by now
        get_run_logger().warning("the artifacts of the report could not be made: %s", error)
