"""What two versions of a system differ in: settings, data, code, libraries, inputs, and their figures in pairs."""

import json
import math
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from components.bundle import Manifest, read_manifest
from components.code import code_of_fit
from components.evaluation import Evaluation, Figure
from components.lifecycle.bundles import bundle_of
from components.lifecycle.comparison import own
from components.lifecycle.pairs import paired
from components.lifecycle.plan import make_plan, trained
from components.lifecycle.record import flat
from components.lifecycle.registry import find, mended
from components.lifecycle.results import Release
from components.lifecycle.tracking import client, tracking_uri
from components.metrics import Metric
from components.metrics.bootstrap import change
from data.code import ROOT
from data.errors import UserError
from data.params import Strict

__all__ = ["Difference", "Moved", "difference"]

SLICE_SIZE = 20  # examples that a slice needs to be told from noise
HASH = 12  # characters of a hash that people read
UNCOMMITTED = "+changes"


class Moved(Strict):
    """A figure of both versions. The change is the second's minus the first's, with its 95 % interval where the two
    were measured on the same examples, and otherwise null.
    """

    name: str
    first: float | None
    second: float | None
    change: tuple[float, float, float] | None = None
    examples: int = 0


class Difference(Strict):
    """The facts that differ, by name, as (first, second); what is equal is left out."""

    system: str
    first: int
    second: int
    settings: dict[str, tuple[Any, Any]]
    data: dict[str, tuple[Any, Any]]
    code: dict[str, tuple[Any, Any]]
    changed_files: tuple[str, ...]  # of the system's and shared code, between the two revisions
    libraries: dict[str, tuple[Any, Any]]
    inputs: dict[str, tuple[Any, Any]]
    figures: tuple[Moved, ...]
    slices: tuple[Moved, ...]  # of the gate's primary metric, the greatest loss first
    notes: tuple[str, ...]  # why something could not be compared


def difference(system: str, first: int, second: int) -> Difference:
    """Compare two registered versions.

    Raises:
        UserError: a version that is not there, or whose bundle or evaluation can no longer be read.
    """
    releases = mended(system)
    one, other = (find(releases, system, number) for number in (first, second))
    ours, theirs = (read_manifest(bundle_of(release)) for release in (one, other))
    notes: list[str] = []
    files = _changed_files(ours, theirs, notes)
    figures, slices = _figures(one, other, notes)
    return Difference(
        system=system,
        first=first,
        second=second,
        settings=_apart(*(flat({**trained(each.config), "seed": each.seed}) for each in (ours, theirs))),
        data=_apart(_data(one, ours), _data(other, theirs)),
        code=_apart(_code(ours), _code(theirs)),
        changed_files=files,
        libraries=_apart(ours.libraries, theirs.libraries),
        inputs=_apart(
            *({name: f"version {used.version}" for name, used in each.inputs.items()} for each in (ours, theirs))
        ),
        figures=figures,
        slices=slices,
        notes=tuple(notes),
    )


def _apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*first, *second])
    return {name: (first.get(name), second.get(name)) for name in names if first.get(name) != second.get(name)}


def _data(release: Release, manifest: Manifest) -> dict[str, Any]:
    """Name and versions of what was read, with the rows of each table as its run recorded them."""
    facts: dict[str, Any] = {"data set": manifest.dataset}
    rows: dict[str, int] = {}
    recorded = client().get_run(release.run_id).inputs
    for given in recorded.dataset_inputs if recorded else ():
        if given.dataset.name == manifest.dataset and given.dataset.profile:
            rows = json.loads(given.dataset.profile)
    for table, version in manifest.tables.items():
        facts[f"{table}, content"] = version[:HASH]
        if table in rows:
            facts[f"{table}, rows"] = rows[table]
    return facts


def _code(manifest: Manifest) -> dict[str, str]:
    return {"code": manifest.code[:HASH], "git revision": manifest.git_revision[:HASH]}


def _changed_files(ours: Manifest, theirs: Manifest, notes: list[str]) -> tuple[str, ...]:
    """The files that a training of the system imports today and that differ between the two revisions."""
    if ours.code == theirs.code:
        return ()
    revisions = [manifest.git_revision.removesuffix(UNCOMMITTED) for manifest in (ours, theirs)]
    if any(manifest.git_revision.endswith(UNCOMMITTED) for manifest in (ours, theirs)):
        notes.append("one of the two was trained by code with changes that were not committed; they are not named")
    files = [str(path.relative_to(ROOT)) for path in code_of_fit(ours.system).modules.values()]
    git = shutil.which("git")
    command = [git or "", "diff", "--name-only", *revisions, "--", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) if git else None
    if done is None or done.returncode:
        notes.append("git does not know both revisions here, so the files that differ are not named")
        return ()
    return tuple(done.stdout.split())


def _figures(one: Release, other: Release, notes: list[str]) -> tuple[tuple[Moved, ...], tuple[Moved, ...]]:
    """Every figure of either version, and the primary metric by slice."""
    ours, theirs = _evaluation(one), _evaluation(other)
    first, second = own(one.metrics), own(other.metrics)
    primary, figures, slices = make_plan(one.system, other.dataset).gate.primary, list[Moved](), list[Moved]()
    for name in dict.fromkeys([*first, *second]):
        moved = Moved(name=name, first=_value(first.get(name)), second=_value(second.get(name)))
        if one.dataset == other.dataset and theirs.metric(name) is not None:
            try:
                metric, before = paired(theirs, ours, name)
            except UserError:
                notes.append(f"{name} was not measured in the same way on the same examples")
            else:
                change, examples = _change(metric, before, theirs.examples), len(before)
                moved = moved.model_copy(update={"change": change, "examples": examples})
                if name == primary:
                    slices = _slices(metric, before, theirs)
        figures.append(moved)
    if one.dataset != other.dataset:
        notes.append("the two were measured on different data sets, so their figures are not comparable")
    return tuple(figures), tuple(slices)


def _value(figure: Figure | None) -> float | None:
    return figure.value if figure else None


def _slices(metric: Metric, before: pd.DataFrame, theirs: Evaluation) -> list[Moved]:
    """The metric in every slice that is large enough, the greatest loss first."""
    moves = [
        Moved(
            name=name,
            first=metric.value(before.iloc[rows]),
            second=metric.value(theirs.examples.iloc[rows]),
            change=_change(metric, before.iloc[rows], theirs.examples.iloc[rows]),
            examples=len(rows),
        )
        for name, rows in theirs.parts()
        if len(rows) >= SLICE_SIZE
    ]
    better = 1 if metric.direction == "higher" else -1
    return sorted(moves, key=lambda moved: better * moved.change[0] if moved.change else math.inf)


def _change(metric: Metric, before: pd.DataFrame, after: pd.DataFrame) -> tuple[float, float, float] | None:
    """How far the metric moved, with its interval; None where it is undefined."""
    try:
        return change(metric.sample(after), metric.sample(before), f"the change of {metric.name}")
    except UserError:
        return None


def _evaluation(release: Release) -> Evaluation:
    """The evaluation that the version's run keeps."""
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory(prefix="corkboard-evaluation-") as folder:
        try:
            for name in ("evaluation.json", "examples.parquet"):
                download_artifacts(
                    run_id=release.run_id,
                    artifact_path=f"evaluation/{name}",
                    dst_path=folder,
                    tracking_uri=tracking_uri(),
                )
        except (MlflowException, OSError):
            raise UserError(
                f"the run of {release.system} version {release.version} no longer holds its evaluation, so its figures "
                f"cannot be compared"
            ) from None
        return Evaluation.load(Path(folder))
