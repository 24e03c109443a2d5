"""The steps of a report: analyse → record."""

import math
from pathlib import Path

import pandas as pd
from pandas.api.types import is_float_dtype

from components.experiments.analysis import analyse
from components.experiments.checks import joined
from components.experiments.demo import DEMO, demo
from components.experiments.page import write_report
from components.experiments.report import Report
from components.experiments.store import RESERVED, Store
from components.lifecycle.call import Call
from components.lifecycle.tracking import MODELS, client, experiment_named
from data.errors import UserError
from data.files import write_json
from data.params import Strict
from data.project import home
from data.reading import reading

__all__ = ["Recorded", "ReportPlan", "Reported", "opened_store", "report"]

EXPERIMENT = "experiments"
WHOLE = 2.0**53  # above, a float is not every whole number
PURPOSE = "Online experiments: a run a report, with its page."
SIMULATED = "The demonstration is simulated: no figure here is of real people."


class ReportPlan(Strict):
    """outcomes, units: files of Parquet or CSV, as `joined` reads them; without a name, the demonstration."""

    name: str | None
    outcomes: str | None = None
    units: str | None = None
    now_s: int

    @property
    def folder(self) -> Path:
        return home() / "experiments" / (self.name or RESERVED)


class Recorded(Strict):
    """The page, and the run of MLflow that has it too."""

    page: str
    run_id: str


class Reported(Strict):
    """The result of a run; `error` is the sentence of a failed one."""

    report: Report | None
    recorded: Recorded | None
    seconds: dict[str, float]
    error: str | None


def opened_store() -> Store:
    """The experiments of the state folder."""
    return Store(home() / "experiments.db")


def report(plan: ReportPlan, call: Call) -> None:
    """Analyse an experiment and record the report."""
    analysed = call("analyse", analysed_report, plan)
    call("record", record, plan, analysed)


def analysed_report(plan: ReportPlan) -> Report:
    """The report by the last full day."""
    if plan.name is None:
        plan.folder.mkdir(parents=True, exist_ok=True)
        (plan.folder / "demo.db").unlink(missing_ok=True)  # it runs anew each time
        store = Store(plan.folder / "demo.db")
        outcomes, units, now_s = demo(store)
        rows = joined(store.exposures(DEMO.name), outcomes, units)
        made = analyse(DEMO, store.get(DEMO.name)[1], rows, now_s)
        return made.model_copy(update={"notes": [SIMULATED, *made.notes]})
    store = opened_store()
    design, started_s, stopped_s = store.get(plan.name)
    if plan.outcomes is None:
        raise UserError(f"--outcomes has to name what the units of {plan.name} did, a file of Parquet or CSV")
    rows = joined(store.exposures(plan.name), _read(plan.outcomes), _read(plan.units) if plan.units else None)
    return analyse(design, started_s, rows, min(plan.now_s, stopped_s or plan.now_s))


def _read(path: str) -> pd.DataFrame:
    file = Path(path)
    if not file.is_file():
        raise UserError(f"{path} is no file; give one of Parquet or CSV")
    with reading(file):
        of_parquet = file.suffix == ".parquet"  # in text, 007 is not 7
        rows = pd.read_parquet(file) if of_parquet else pd.read_csv(file, dtype={"unit_id": str})
    if "unit_id" not in rows:
        raise UserError(f"{path} has no column unit_id; its columns are {', '.join(map(str, rows.columns))}")
    ids = rows["unit_id"]
    missing = int((ids.isna() | (ids == "")).sum())
    if missing:
        raise UserError(f"{path} has {missing} rows without a unit_id; give it to them, or leave them out")
    if is_float_dtype(ids):
        if (ids % 1 != 0).any() or (ids.abs() >= WHOLE).any():
            raise UserError(f"{path} has a unit_id that is no whole number below 2^53; write each as text")
        ids = ids.astype(int)
    return rows.assign(unit_id=ids.astype(str))


def record(plan: ReportPlan, made: Report) -> Recorded:
    """Write the page, and log it with the figures as a run of MLflow."""
    from mlflow.entities import Metric, Param

    design = DEMO if plan.name is None else opened_store().get(plan.name)[0]
    lower = [metric.name for metric in design.metrics if metric.direction == "lower"]
    page = plan.folder / "report.html"
    write_report(page, made, lower, design.guardrails)
    write_json(plan.folder / "report.json", made.model_dump(mode="json"))
    tracker = client()
    tags = {"experiment": made.name, "decision": made.decision, "simulated": str(plan.name is None).lower()}
    run = tracker.create_run(
        experiment_named(EXPERIMENT, PURPOSE, MODELS), tags=tags, run_name=f"{made.name} day {made.day}"
    )
    named = {"sample_ratio_p": made.ratio_p} | {
        f"{one.metric}/{one.arm}/{name}": value
        for one in made.comparisons
        for name, value in (("relative", one.relative), ("low", one.low), ("high", one.high), ("q", one.q))
    }
    figures = {name: value for name, value in named.items() if math.isfinite(value)}
    params = [Param(name, str(value)) for name, value in design.model_dump(exclude={"metrics"}).items()]
    tracker.log_batch(run.info.run_id, [Metric(name, value, 0, made.day) for name, value in figures.items()], params)
    for file in (page, plan.folder / "report.json"):
        tracker.log_artifact(run.info.run_id, str(file))
    tracker.set_terminated(run.info.run_id, "FINISHED")
    return Recorded(page=str(page), run_id=run.info.run_id)
