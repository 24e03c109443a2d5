"""A candidate's run in MLflow: opened once a fingerprint, continued after a kill, with its curves.

The run is found by its tag `fingerprint`, so that nothing on disk can disagree with MLflow about it.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from components.bundle import Manifest
from components.lifecycle.candidate import candidate_folder, short
from components.lifecycle.fingerprint import git_revision
from components.lifecycle.plan import Plan, trained
from components.lifecycle.results import Ingested
from components.lifecycle.tracking import client, experiment
from components.system import Progress

__all__ = ["curves", "end_left_runs", "failing", "flat", "log_figures", "open_run", "tag_run"]

FLUSH_S = 2.0  # seconds between batches; a batch takes tens of milliseconds on a server
BATCH = 100  # parameters that MLflow takes at once


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"training": {"epochs": 3}}` as `{"training.epochs": 3}`."""
    flattened: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        flattened |= flat(value, f"{name}.") if isinstance(value, Mapping) and value else {name: value}
    return flattened


def open_run(plan: Plan, ingested: Ingested, fingerprint: str, manifest: Manifest | None = None) -> str:
    """The id of the run of this fingerprint: the one that is there, or a new one with parameters, tags and data set."""
    tracker = client()
    place = experiment(plan.system)
    runs = tracker.search_runs([place], f"tags.fingerprint = '{fingerprint}'", max_results=1)
    if runs:
        if manifest is None:  # it goes on
            tracker.update_run(runs[0].info.run_id, status="RUNNING")
        return str(runs[0].info.run_id)
    revision = manifest.git_revision if manifest else git_revision()
    tags = {
        "fingerprint": fingerprint,
        "dataset": plan.dataset,
        "data_version": ingested.data_version,
        "simulated": str(ingested.simulated).lower(),
        "builds_on": ", ".join(f"{name} version {one.version}" for name, one in ingested.inputs.items()) or "nothing",
        "git_revision": revision,
        "mlflow.source.git.commit": revision,
        "mlflow.source.name": f"corkboard run {plan.system} --dataset {plan.dataset}",
        "mlflow.source.type": "LOCAL",
    }
    run = tracker.create_run(place, tags=tags, run_name=f"{plan.dataset} {short(fingerprint)}")
    _log_inputs(run.info.run_id, plan, ingested)
    return str(run.info.run_id)


def end_left_runs(system: str) -> None:
    """Mark runs as killed that were trained here and that nobody goes on with. Call it while no run of it is alive."""
    tracker = client()
    for run in tracker.search_runs([experiment(system)], "attributes.status = 'RUNNING'"):
        if candidate_folder(system, run.data.tags.get("fingerprint", "none")).is_dir():  # not of another machine
            tracker.set_terminated(run.info.run_id, "KILLED")


def _log_inputs(run_id: str, plan: Plan, ingested: Ingested) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param

    tracker = client()
    params = [Param(key, str(value)) for key, value in flat({"dataset": plan.dataset, **trained(plan.config)}).items()]
    for start in range(0, len(params), BATCH):
        tracker.log_batch(run_id, params=params[start : start + BATCH])
    data = Dataset(
        name=ingested.dataset,
        digest=ingested.read_version,
        source_type="local",
        source=json.dumps({"uri": ingested.path, "tables": ingested.tables}),
        profile=json.dumps({name: ingested.rows[name] for name in ingested.tables}),
    )
    tracker.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])


def tag_run(run_id: str, **tags: str) -> None:
    from mlflow.entities import RunTag

    client().log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])


def log_figures(run_id: str, figures: Mapping[str, float], ingested: Ingested) -> None:
    """Log figures of an evaluation, attached to its data set."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    data = {"dataset_name": ingested.dataset, "dataset_digest": ingested.read_version}
    client().log_batch(run_id, metrics=[Metric(name, value, now, 0, **data) for name, value in figures.items()])


@contextmanager
def curves(run_id: str, progress: Progress) -> Iterator[Progress]:
    """A progress that passes everything on and logs the figures to MLflow, in batches."""
    from mlflow.entities import Metric

    waiting: list[Metric] = []
    flushed = time.monotonic()

    def flush() -> None:
        nonlocal flushed
        flushed = time.monotonic()
        if waiting:
            client().log_batch(run_id, metrics=waiting)
            waiting.clear()

    def report(doing: str, done: int, total: int, figures: dict[str, float]) -> None:
        progress(doing, done, total, figures)
        now = int(time.time() * 1000)
        waiting.extend(Metric(name, value, now, done) for name, value in figures.items())
        if time.monotonic() - flushed > FLUSH_S:
            flush()

    try:
        yield report
    finally:
        flush()


@contextmanager
def failing(run_id: str) -> Iterator[None]:
    """Mark the run as failed if the block fails."""
    try:
        yield
    except BaseException as error:
        client().set_terminated(run_id, "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
