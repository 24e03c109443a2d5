"""Evaluations that hold rows of erased people: in MLflow they are written again without them, local ones are deleted.

Figures stay: they are sums over everybody. Pictures of such an evaluation go, since they may show what a person did.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.lifecycle.erased import Holder, holder
from components.lifecycle.tracking import client
from data.erased import PERSON, tombstones
from data.files import write_json
from data.project import home
from data.tombstone import mark_of

__all__ = ["evaluations_holding"]

FOLDER, EXAMPLES, FIGURES = "evaluation", "examples.parquet", "evaluation.json"
NAMED = (*PERSON, "example_id")  # `user/place` names the user too
MENDED_BY = "corkboard erased --delete"


def evaluations_holding(delete: bool = False) -> list[Holder]:
    """Each evaluation with rows of erased people; with `delete` there are none, once they are taken out."""
    if not tombstones():
        return []
    found = [*_local(delete), *_logged(delete)]
    return [] if delete else found


def _local(delete: bool) -> Iterator[Holder]:
    for path in sorted((home() / "evaluations").glob(f"*/*/{EXAMPLES}")):
        marks, _ = _read(path)
        if marks:
            yield holder("evaluation", path.parts[-3], path.parts[-2], marks, MENDED_BY)
            if delete:
                shutil.rmtree(path.parent)  # it is made again when it is asked for


def _logged(delete: bool) -> Iterator[Holder]:
    tracker = client()
    for experiment in tracker.search_experiments():
        for run in _runs(experiment.experiment_id):
            listed = {file.path for file in tracker.list_artifacts(run.info.run_id, FOLDER)}
            if f"{FOLDER}/{EXAMPLES}" not in listed:
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = Path(tracker.download_artifacts(run.info.run_id, f"{FOLDER}/{EXAMPLES}", folder))
                marks, kept = _read(path)
                if marks:
                    yield holder("evaluation in MLflow", experiment.name, run.info.run_id[:8], marks, MENDED_BY)
                if marks and delete:
                    _rewrite(run, kept, Path(folder))


def _runs(experiment_id: str) -> Iterator[Any]:
    from mlflow.entities import ViewType

    token = None
    while True:
        page = client().search_runs([experiment_id], run_view_type=ViewType.ALL, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _read(path: Path) -> tuple[set[str], pa.Table]:
    """The tombstones of whom the rows name, and the rows that name none of them."""
    table = pq.read_table(path)
    marks, wrong_N = set[str](), [False] * table.num_rows
    for column in (name for name in NAMED if name in table.column_names):
        marked = {value: _marks(str(value)) for value in table[column].unique().to_pylist() if value is not None}
        if any(marked.values()):
            marks = marks.union(*marked.values())
            values = table[column].to_pylist()
            wrong_N = [wrong or bool(marked.get(value)) for wrong, value in zip(wrong_N, values, strict=True)]
    return marks, table.filter(pa.array([not wrong for wrong in wrong_N], pa.bool_())) if marks else table


def _marks(value: str) -> set[str]:
    return {mark_of(value), mark_of(value.rpartition("/")[0])} & tombstones().keys()


def _rewrite(run: Any, kept: pa.Table, folder: Path) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    tracker = client()
    figures = Path(tracker.download_artifacts(run.info.run_id, f"{FOLDER}/{FIGURES}", str(folder)))
    write_json(figures, json.loads(figures.read_text(encoding="utf-8")) | {"pictures": []})
    pq.write_table(kept, figures.with_name(EXAMPLES))
    get_artifact_repository(run.info.artifact_uri).delete_artifacts(FOLDER)
    tracker.log_artifacts(run.info.run_id, str(figures.parent), FOLDER)
