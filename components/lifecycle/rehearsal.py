"""Gaps between sensitive slices on validation, by a model that did not learn from it: what limits are chosen by.

Legend: N rows.
"""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from components.evaluation import Evaluation
from components.lifecycle.gaps import measured_gap
from components.lifecycle.ingest import unchanged
from components.lifecycle.inputs import opened
from components.lifecycle.plan import MEASURED, GapLimit, Plan, trained
from components.lifecycle.results import Ingested
from components.lifecycle.training import limited_to, train
from components.system import Progress, load_system
from data.dataset import Dataset
from data.errors import UserError
from data.params import Strict

__all__ = ["RehearsedGap", "before_test", "rehearse"]

STEP = 0.05  # limits are multiples of it
TIMES = ("time_ms", "time_s")


class RehearsedGap(Strict):
    """A gap with its 95 % interval, its limit in the settings, and the one that follows from the interval."""

    gap: str
    kind: str
    value: float
    low: float
    high: float
    worst: str
    best: str
    limit: float | None
    proposed: float


def rehearse(plan: Plan, ingested: Ingested, folder: Path, progress: Progress) -> list[RehearsedGap]:
    """Train and measure `plan` in `folder` without the test, and compare the gaps that its gate limits.

    Where the configuration has a split, the evaluation reads validation, which training used at most to tell when to
    end. Elsewhere training gets the data as they were `before_test`. Nothing is registered.

    Raises:
        UserError: the gate limits no gap, or one cannot be measured.
    """
    if not plan.gate.gaps:
        raise UserError(
            f"the gate of {plan.system} limits no gap on {plan.dataset}; name slices and a metric, such as "
            f"--set 'gate.gaps=[{{slices: [sex], metric: {plan.gate.primary}, difference: 1}}]'"
        )
    config = dict(plan.config)
    system, inputs = load_system(plan.system), opened(ingested.inputs)
    for name in ("data", "work", "bundle", "evaluation"):
        (folder / name).mkdir()
    with unchanged(ingested) as dataset:
        if "split" in config:
            config["split"] = "validation"
        else:
            dataset = before_test(dataset, folder / "data")
        given = limited_to(plan.system, config, trained(config))
        train(plan.system, dataset, given, folder / "work", folder / "bundle", inputs, progress)
        asked = limited_to(plan.system, config, MEASURED)
        found = system.evaluate(folder / "bundle", dataset, asked, folder / "evaluation", progress, inputs)
    return [one for limit in plan.gate.gaps for one in _rehearsed(found, limit, plan.gate.slice_size)]


def before_test(dataset: Dataset, folder: Path) -> Dataset:
    """The data set as it was before its test, in `folder`.

    Where rows of a table follow each other in time, the latest before the test play the test, as many as that had, and
    those before them the validation. Elsewhere validation plays the test, and a part of training the validation: people
    drawn by a seed that never changes, or rows where the splits do not keep people apart.
    """
    for entry in dataset.path.iterdir():
        if entry.suffix == ".parquet" and "split" in pq.read_schema(entry).names:
            pq.write_table(_before_test(pq.read_table(entry)), folder / entry.name)
        else:
            (folder / entry.name).symlink_to(entry.resolve())
    return Dataset(**{**vars(dataset), "path": folder})


def _before_test(table: pa.Table) -> pa.Table:
    split_N = np.array(table["split"].to_pylist(), dtype=object)
    train_N, later_N, test_N = (split_N == name for name in ("train", "validation", "test"))
    time_N = _times(table)
    if time_N is not None and _follow(time_N, train_N, later_N) and _follow(time_N, train_N | later_N, test_N):
        before_N = train_N | later_N
        split_N[before_N] = _in_time(time_N[before_N], int(later_N.sum()), int(test_N.sum()))
    else:
        split_N[np.flatnonzero(train_N)[_drawn(table, train_N, later_N)]] = "validation"
        split_N[later_N] = "test"
    place = table.column_names.index("split")
    return table.set_column(place, table.schema.field(place), pa.array(split_N, pa.string())).filter(~test_N)


def _times(table: pa.Table) -> np.ndarray | None:
    name = next((name for name in TIMES if name in table.column_names and not table[name].null_count), None)
    return None if name is None else table[name].to_numpy()


def _follow(time_N: np.ndarray, before_N: np.ndarray, after_N: np.ndarray) -> bool:
    return bool(before_N.any() and after_N.any() and time_N[before_N].max() <= time_N[after_N].min())


def _in_time(time_N: np.ndarray, validation: int, test: int) -> np.ndarray:
    """The split of each row (N,); at least half of them train."""
    count = len(time_N)
    held = min(test, count // 2)
    rank_N = np.searchsorted(np.sort(time_N), time_N, side="right")  # rows of one moment stay together
    return np.select([rank_N > count - held, rank_N > count - held - validation], ["test", "validation"], "train")


def _drawn(table: pa.Table, train_N: np.ndarray, later_N: np.ndarray) -> np.ndarray:
    """Which rows of training (a mask over them) become the validation."""
    count, wanted = int(train_N.sum()), min(int(later_N.sum()), int(train_N.sum()) // 2)
    users_N = np.array(table["user_id"].to_pylist()) if "user_id" in table.column_names else np.arange(len(train_N))
    apart = not set(users_N[train_N].tolist()) & set(users_N[later_N].tolist())
    known, owner_N = np.unique(users_N[train_N] if apart else np.arange(count), return_inverse=True)
    return np.random.default_rng(0).permutation(len(known))[owner_N] < len(known) * wanted / max(count, 1)


def _rehearsed(found: Evaluation, limit: GapLimit, size: int) -> list[RehearsedGap]:
    gap = measured_gap(found, limit, size)
    rows = []
    for kind, most in (("difference", limit.difference), ("ratio", limit.ratio)):
        value, low, high = getattr(gap, kind)
        upwards = kind == "difference"
        end = math.ceil(high / STEP) * STEP if upwards else math.floor(low / STEP) * STEP
        facts = {"value": value, "low": low, "high": high, "worst": gap.worst, "best": gap.best, "limit": most}
        rows.append(RehearsedGap(gap=limit.name, kind=kind, proposed=round(end, 2), **facts))
    return rows
