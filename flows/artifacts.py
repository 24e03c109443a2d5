"""Prefect artifacts of a run: tables, the verdict, progress, links and pictures."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import artifacts, get_run_logger

from components.evaluation import Evaluation
from components.lifecycle.comparison import comparison, own
from components.lifecycle.plan import Plan
from components.lifecycle.reasons import faulty_rows, reason
from components.lifecycle.results import Evaluated, Summary, Validated, Verdict
from components.lifecycle.tracking import location

__all__ = ["MLFLOW_UI", "Bar", "conclude", "mlflow_page", "show"]

MLFLOW_UI = "CORKBOARD_MLFLOW_UI"  # address of the MLflow server that shows the runs, where there is one
TRAINING = "workflowType=machine_learning"  # MLflow's pages for training, rather than those for language models
UPDATE_S = 3.0
PICTURES = 6
ROWS = 10


class Bar:
    """The progress artifact of the step that reports progress."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.step = ""
        self.made: UUID | None = None
        self.updated = 0.0

    def update(self, step: str, doing: str, done: int, total: int) -> None:
        """Show `done` of `total`, but not more often than every few seconds; called inside the step's task run."""
        now = time.monotonic()
        if total <= 0 or (step == self.step and done < total and now - self.updated < UPDATE_S):
            return
        percent = min(100.0, 100.0 * done / total)
        if step != self.step:
            self.step, self.made = step, None
        self.updated = now
        _try(lambda: self._send(step, doing, percent))

    def _send(self, step: str, doing: str, percent: float) -> None:
        if self.made is None:
            key = f"{self.name}-{step}-progress"
            self.made = artifacts.create_progress_artifact(percent, key=key, description=f"{step}: {doing}")  # type: ignore[assignment]
        else:
            artifacts.update_progress_artifact(self.made, percent, description=f"{step}: {doing}")


def show(result: Any, arguments: tuple[Any, ...]) -> None:
    """Make the artifacts of a step that ended; called inside its task run."""
    plan = arguments[0]
    if isinstance(result, Validated):
        _try(lambda: _validation(plan, result))
    elif isinstance(result, Evaluated):
        _try(lambda: _metrics(plan, result))
    elif isinstance(result, Verdict):
        _try(lambda: _verdict(plan, result))


def _validation(plan: Plan, validated: Validated) -> None:
    rows = [
        {
            "table": failure.table,
            "check": failure.check,
            "severity": failure.severity,
            "rows": failure.count,
            "what": failure.message,
            "which": faulty_rows(failure, ROWS),
        }
        for failure in validated.failures
    ]
    artifacts.create_table_artifact(
        rows or [{"checks": validated.checks, "failures": 0}],
        key=f"{plan.system}-validation",
        description=f"{validated.checks} checks on {plan.dataset}. Data Docs: {validated.docs}",
    )


def _metrics(plan: Plan, evaluated: Evaluated) -> None:
    evaluation = Evaluation.load(Path(evaluated.folder))
    champion = (
        Evaluation.load(Path(evaluated.champion_folder)).totals() if evaluated.champion_folder is not None else {}
    )
    rows = []
    for name, figure in own(evaluated.metrics).items():
        measured = evaluation.metric(name) or evaluation.scalars[name]
        row: dict[str, Any] = {"metric": name, "value": figure.value, "low": figure.low, "high": figure.high}
        row |= {"unit": measured.unit, "better": measured.direction or ""}
        if champion:
            other = champion.get(name)
            row[f"champion (version {evaluated.champion_version})"] = other.value if other else None
        rows.append(row)
    artifacts.create_table_artifact(
        rows, key=f"{plan.system}-metrics", description="With 95 % intervals, champion on the same examples."
    )
    columns, beside_baselines = comparison(evaluated.metrics)
    if beside_baselines:
        artifacts.create_table_artifact(
            [dict(zip(columns, cells, strict=True)) for cells in beside_baselines],
            key=f"{plan.system}-baselines",
            description="With 95 % intervals, baselines on the same examples.",
        )


def _verdict(plan: Plan, verdict: Verdict) -> None:
    lines = [f"# {'Passed' if verdict.passed else 'Refused'}", "", *(f"- {sentence}" for sentence in verdict.reasons)]
    artifacts.create_markdown_artifact("\n".join(lines), key=f"{plan.system}-verdict")


async def conclude(plan: Plan, summary: Summary) -> None:
    """Make the summary with its links, in the flow run itself."""
    try:
        await artifacts.acreate_markdown_artifact(_summary(summary), key=f"{plan.system}-summary")
        await artifacts.acreate_markdown_artifact(lineage(summary), key=f"{plan.system}-lineage")
        server = mlflow_page()
        if server and summary.run_id:
            run = await _run_page(server, summary.run_id)
            await artifacts.acreate_link_artifact(run, "The run in MLflow", key=f"{plan.system}-mlflow-run")
            if summary.version:
                page = f"{server}/#/models/{plan.system}/versions/{summary.version}?{TRAINING}"
                await artifacts.acreate_link_artifact(page, "The model version", key=f"{plan.system}-model-version")
            await _pictures(plan, server, summary.run_id)
        if summary.version:
            await _audit(plan, server, summary.version)
    except Exception as error:  # of any server or store; the result of the run is settled by now
        get_run_logger().warning("the summary's artifacts could not be made: %s", error)


def _summary(summary: Summary) -> str:
    facts = {
        "data": f"{summary.dataset}, version {summary.data_version}",
        "MLflow run": summary.run_id,
        "model version": summary.version,
        "Bento": summary.bento,
        "Data Docs": summary.docs,
        "reused": ", ".join(summary.reused),
    }
    lines = [f"# {summary.system}: {summary.status}", "", reason(summary), "", *summary.notes, "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items() if value]
    lines += ["", "| step | seconds |", "|---|---|"]
    return "\n".join(lines + [f"| {step} | {seconds:.1f} |" for step, seconds in summary.seconds.items()])


def lineage(summary: Summary) -> str:
    """The lineage as Markdown: from the data and the champions below to the version and its Bento."""
    rows = [("data set", summary.dataset, summary.data_version or "unknown")]
    rows += [("builds on", f"{name} version {one.version}", one.bundle_hash) for name, one in summary.inputs.items()]
    rows += [("run", summary.system, summary.run_id)] if summary.run_id else []
    rows += [("version", f"{summary.system} version {summary.version}", "")] if summary.version else []
    rows += [("Bento", summary.bento, "")] if summary.bento else []
    chain = " → ".join(which for _, which, _ in rows)
    table = ["| what | which | hash or id |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([f"# Lineage of {summary.system}", "", chain, "", *table])


def mlflow_page() -> str | None:
    """A server that a browser can open: the tracking server itself, or the one that shows the same store."""
    uri = location()  # without a password: everybody who sees the run sees its links
    address = uri if uri.startswith("http") else os.environ.get(MLFLOW_UI)
    return address.rstrip("/") if address else None


async def _run_page(server: str, run_id: str) -> str:
    from components.lifecycle.tracking import client

    return f"{server}/#/experiments/{client().get_run(run_id).info.experiment_id}/runs/{run_id}?{TRAINING}"


async def _pictures(plan: Plan, server: str, run_id: str) -> None:
    """Image artifacts of the evaluation's pictures; they link into MLflow, so they need its server."""
    from components.lifecycle.tracking import client

    paths = [file.path for file in client().list_artifacts(run_id, "evaluation")]
    for path in [path for path in paths if path.endswith((".png", ".jpg"))][:PICTURES]:
        name = Path(path).stem.replace("_", "-").lower()
        address = f"{server}/get-artifact?run_uuid={run_id}&path={path}"
        await artifacts.acreate_image_artifact(address, key=f"{plan.system}-{name}", description=path)


async def _audit(plan: Plan, server: str | None, version: int) -> None:
    """Write the audit of the version; its artifact links into MLflow, so it needs its server."""
    from components.lifecycle.audit import write_audit
    from components.lifecycle.registry import find, releases

    release = find(releases(plan.system), plan.system, version)
    write_audit(release)
    if server:
        page = f"{server}/get-artifact?run_uuid={release.run_id}&path=audit.html"
        await artifacts.acreate_link_artifact(page, "The audit", key=f"{plan.system}-audit")


def _try(make: Callable[[], None]) -> None:
    """Log an artifact that cannot be made; it must neither fail nor repeat the step that it describes."""
    try:
        make()
    except Exception as error:  # of any server or store
        get_run_logger().warning("an artifact could not be made: %s", error)
