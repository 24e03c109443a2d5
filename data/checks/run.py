"""Run suites with Great Expectations, quietly, and report failures in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.checks.quietly import great_expectations
from data.dataset import Dataset
from data.errors import BrokenCheckError, short

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations import Expectation

__all__ = ["Checked", "checked_rows", "run_suites"]

MOST_ROWS = 20  # rows named for each failure; Data Docs show more
SITE = "docs"


@dataclass(frozen=True)
class Checked:
    """A frame to be checked: its table, its name in Data Docs, its suite, and the key that names its rows.

    totals: the number of failing rows by column, where the frame holds only some of them.
    """

    table: str
    name: str
    frame: pd.DataFrame
    suite: "Sequence[Expectation]"
    key: tuple[str, ...]
    totals: Mapping[str, int] = field(default_factory=dict)


def checked_rows(
    table: str,
    name: str,
    frame: pd.DataFrame,
    suite: "Sequence[Expectation]",
    key: Sequence[str],
    totals: Mapping[str, int] | None = None,
) -> Checked:
    """A frame to check. Expectations on missing or mistyped columns are left out: the schema's suite reports them."""
    possible = [one for one in suite if getattr(one, "column", None) in frame.columns]
    return Checked(table, name, frame, possible, tuple(one for one in key if one in frame.columns), totals or {})


def run_suites(dataset: Dataset, checked: Sequence[Checked], docs: Path) -> tuple[list[dict[str, Any]], int]:
    """Run every suite on its frame; returns the failures, critical ones first, and how many expectations ran.

    Raises:
        BrokenCheckError: an expectation raised instead of judging.
    """
    context = _context(docs)
    source = context.data_sources.add_pandas(dataset.name)
    failures, count = [], 0
    for one in checked:
        for result in _run(context, source, one, dataset.version):
            count += 1
            if not result.success:
                failures.append(_failure(one, result))
    context.build_data_docs()  # once for all: an action would render the site after every checkpoint
    rank = {"critical": 0, "warning": 1, "info": 2}
    return sorted(failures, key=lambda failure: rank[failure["severity"]]), count


def _context(docs: Path) -> "EphemeralDataContext":
    gx = great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for name in context.get_site_names():
        context.delete_data_docs_site(name)
    context.add_data_docs_site(
        SITE,
        {
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        },
    )
    return context


def _run(
    context: "EphemeralDataContext", source: Any, one: Checked, version: str
) -> "Iterable[ExpectationValidationResult]":
    gx = great_expectations()
    suite = context.suites.add(gx.ExpectationSuite(one.name, expectations=list(one.suite)))
    batch = source.add_dataframe_asset(one.name).add_batch_definition_whole_dataframe(one.name)
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=one.name, data=batch, suite=suite))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=one.name,
            validation_definitions=[definition],
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": list(one.key)},
        )
    )
    run = gx.RunIdentifier(run_name=version)
    result = checkpoint.run(batch_parameters={"dataframe": one.frame}, run_id=run)
    return [outcome for run in result.run_results.values() for outcome in run.results]


def _failure(one: Checked, result: "ExpectationValidationResult") -> dict[str, Any]:
    config = result.expectation_config
    assert config is not None
    check, message = config.meta["check"], config.notes
    _judged(one, check, result)
    column = config.kwargs.get("column", "")
    named = [_row(row, column) for row in (result.result.get("unexpected_index_list") or [])[:MOST_ROWS]]
    absent = [{"missing": str(value)} for value in result.result.get("partial_missing_list") or []]
    count = int(result.result.get("unexpected_count") or result.result.get("missing_count") or 1)
    return {
        "table": one.table,
        "check": check,
        "severity": config.severity.value,
        "message": message,
        "count": one.totals.get(column, count),
        "rows": named or absent,
    }


def _judged(one: Checked, check: str, result: "ExpectationValidationResult") -> None:
    """Raise an error where an expectation raised one: such a failure says nothing about the data."""
    info = result.exception_info or {}
    causes = [info] if "raised_exception" in info else list(info.values())
    raised = [cause for cause in causes if cause.get("raised_exception")]
    if raised:
        raise BrokenCheckError(f"the check {check!r} of {one.name} could not run: {raised[0].get('exception_message')}")


def _row(row: dict[str, Any], column: str) -> dict[str, str]:
    """Key columns as they are; the value that failed under `found`."""
    cells = {name: _text(value) for name, value in row.items() if name != column}
    return cells | {column if column in ("item_id", "region_id", "image") else "found": _text(row.get(column))}


def _text(value: Any) -> str:
    if pd.isna(value):
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else short(str(value))
