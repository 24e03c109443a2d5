"""Step 1, ingest: bring the data set up to date, and check that it stays the same while it is read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from components.lifecycle.erased import read_tombstones
from components.lifecycle.inputs import champions, optional_champions, used
from components.lifecycle.plan import Plan
from components.lifecycle.results import Ingested
from components.system import Progress, load_system
from data.dataset import Dataset, open_dataset
from data.errors import UserError
from data.versioned import current, reproduce, version

__all__ = ["DatasetChangedError", "ingest", "ingest_dataset", "read_by", "unchanged"]


class DatasetChangedError(UserError):
    """The prepared data set was replaced by another version while a run was reading it."""


def ingest(plan: Plan, progress: Progress | None = None) -> Ingested:
    """Bring the plan's data set, and look up the champions that the system builds on; `reused`: the data is as before.

    Raises:
        UserError: the data cannot be brought, lacks a table or a column that the system reads, or a champion is
            missing.
    """
    needed = champions(plan.system)  # first: data may take hours
    made = _bring(plan.dataset, progress)
    dataset = current(plan.dataset)
    inputs = used({**needed, **optional_champions(plan.system, dataset)})
    return read_by(plan.system, dataset, reused=not made).model_copy(update={"inputs": inputs})


def read_by(system: str, dataset: Dataset, reused: bool = False) -> Ingested:
    """`dataset` as the input of `system`.

    Raises:
        UserError: it lacks a table or a column that the system reads.
    """
    declared = load_system(system)
    missing = [name for name in declared.tables if not dataset.rows.get(name)]
    if missing:
        raise UserError(
            f"{system} needs rows in {' and '.join(missing)}, and data set {dataset.name!r} has none; choose another "
            f"with --dataset"
        )
    return _ingested(dataset, declared.reads(dataset.rows), reused)


def ingest_dataset(name: str, progress: Progress | None = None) -> Ingested:
    """Bring data set `name` for no system in particular: all of its columns count as read."""
    made = _bring(name, progress)
    dataset = current(name)
    reads = {table: tuple(content.columns) for table, content in dataset.tables.items()}
    return _ingested(dataset, reads, not made)


def _bring(name: str, progress: Progress | None) -> bool:
    def report(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress(what, done, total, {})

    read_tombstones()
    return reproduce(name, report)


def _ingested(dataset: Dataset, reads: Mapping[str, tuple[str, ...]], reused: bool) -> Ingested:
    return Ingested(
        reused=reused,
        dataset=dataset.name,
        path=str(dataset.path),
        data_version=dataset.version,
        simulated=dataset.simulated,
        rows=dataset.rows,
        damaged=dataset.damaged,
        reads=dict(reads),
        tables=dataset.versions(reads),
        truth=dataset.truth,
    )


@contextmanager
def unchanged(ingested: Ingested) -> Iterator[Dataset]:
    """What the system reads of the ingested data set, open for the length of the block.

    The block ends only if the data set was the same throughout. The folder is one for all versions: whoever prepares
    the data set meanwhile replaces it.

    Raises:
        DatasetChangedError: another version was prepared before or while the block ran.
    """
    _check_version(ingested)
    try:
        dataset = open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version)
        yield dataset.limited(ingested.reads)
    finally:  # also where the block failed, since a replaced folder may be why
        _check_version(ingested)


def _check_version(ingested: Ingested) -> None:
    if version(ingested.dataset) != ingested.data_version:
        raise DatasetChangedError(
            f"data set {ingested.dataset!r} was prepared anew while this run was reading it; run again"
        )
