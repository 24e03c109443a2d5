"""Bring the data set: up to date, prepared and versioned; and see to it that it stays the same while it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.lifecycle.inputs import champions, used
from components.lifecycle.plan import Plan
from components.lifecycle.results import Ingested
from components.system import Progress, load_system
from data.dataset import Dataset, open_dataset
from data.errors import UserError
from data.versioned import current, reproduce, version

__all__ = ["DatasetChangedError", "check_tables", "ingest", "ingest_dataset", "unchanged"]


class DatasetChangedError(UserError):
    """The prepared data set was replaced by another version while a run was reading it."""


def ingest(plan: Plan, progress: Progress | None = None) -> Ingested:
    """Bring the plan's data set, and look up the champions that the system builds on; `reused`: the data is as before.

    Raises:
        UserError: the data cannot be brought or lacks a table that the system needs, or a champion is missing.
    """
    inputs = used(champions(plan.system))  # first: data may take hours
    ingested = ingest_dataset(plan.dataset, progress)
    check_tables(plan.system, ingested)
    return ingested.model_copy(update={"inputs": inputs})


def check_tables(system: str, ingested: Ingested) -> None:
    """Raise `UserError` if a table that `system` needs has no rows."""
    missing = [table for table in load_system(system).tables if not ingested.rows.get(table)]
    if missing:
        raise UserError(
            f"{system} needs rows in {' and '.join(missing)}, and data set {ingested.dataset!r} has none; "
            f"choose another with --dataset"
        )


def ingest_dataset(name: str, progress: Progress | None = None) -> Ingested:
    """Bring data set `name`, whatever it is for."""

    def report(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress(what, done, total, {})

    made = reproduce(name, report)
    dataset = current(name)
    return Ingested(
        reused=not made,
        dataset=name,
        path=str(dataset.path),
        data_version=dataset.version,
        simulated=dataset.simulated,
        rows=dataset.rows,
        damaged=dataset.damaged,
    )


@contextmanager
def unchanged(ingested: Ingested) -> Iterator[Dataset]:
    """The ingested data set, open for the length of the block, which ends only if it was the same throughout.

    The folder is one for all versions: whoever prepares the data set meanwhile replaces it.

    Raises:
        DatasetChangedError: another version was prepared before or while the block ran.
    """
    _check_version(ingested)
    try:
        yield open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version)
    finally:  # also where the block failed, since a replaced folder may be why
        _check_version(ingested)


def _check_version(ingested: Ingested) -> None:
    if version(ingested.dataset) != ingested.data_version:
        raise DatasetChangedError(
            f"data set {ingested.dataset!r} was prepared anew while this run was reading it; run again"
        )
