"""Bring the data set: up to date, prepared and versioned."""

from components.lifecycle.plan import Plan
from components.lifecycle.results import Ingested
from components.system import Progress
from data.versioned import current, reproduce

__all__ = ["ingest", "ingest_dataset"]


def ingest(plan: Plan, progress: Progress | None = None) -> Ingested:
    """Bring the plan's data set; `reused` when nothing had changed. Raises `UserError` when it cannot be brought."""
    return ingest_dataset(plan.dataset, progress)


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
    )
