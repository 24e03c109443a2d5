"""Step 2, validate: check the data set; a critical failure stops the run before any training."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from components.lifecycle.plan import Plan
from components.lifecycle.results import Failure, Ingested, Validated
from components.system import Progress
from data.code import code_of
from data.dataset import open_dataset
from data.files import write_json
from data.params import DatasetParams, load
from data.project import home
from data.reference import write_reference

__all__ = ["validate", "validate_dataset", "validation_summary"]

MOST_SHOWN = 8  # rows of a check named on the terminal; the report has more


def validate(plan: Plan, ingested: Ingested, progress: Progress | None = None) -> Validated:
    """Validate the plan's data set; see `validate_dataset`."""
    assert plan.dataset == ingested.dataset
    return validate_dataset(ingested, progress)


def validate_dataset(ingested: Ingested, progress: Progress | None = None) -> Validated:
    """Check the tables and every file; `passed` is false if any critical expectation failed.

    The report and Data Docs lie below `CORKBOARD_HOME/validation/<data set>/<version>`. A version that had passed the
    same suites is not checked again. What passes becomes the reference of the next version.

    Raises:
        BrokenCheckError: a check could not run, which says nothing about the data.
    """
    params = load().datasets[ingested.dataset]
    folder = home() / "validation" / ingested.dataset / ingested.data_version
    key = _key(params, ingested.rows)
    earlier = _earlier(folder, key)
    if earlier is not None:
        return earlier
    from data.validation import check

    shutil.rmtree(folder, ignore_errors=True)
    dataset = open_dataset(ingested.dataset, Path(ingested.path), ingested.data_version)
    report = check(dataset, params, folder / "docs", _plain(progress))
    validated = Validated(
        passed=not any(failure["severity"] == "critical" for failure in report.failures),
        failures=tuple(Failure(**failure) for failure in report.failures),
        checks=report.checks,
        docs=str(report.docs),
    )
    if validated.passed:
        write_reference(ingested.dataset, ingested.data_version, report.shares)
    write_json(folder / "report.json", {"key": key, "validated": validated.model_dump(mode="json")})
    return validated


def validation_summary(validated: Validated) -> str:
    """A text for the terminal: each failed check with its rows, the critical ones first."""
    critical = sum(failure.severity == "critical" for failure in validated.failures)
    failed = f"the data is not fit for training: {critical} critical check{'s' if critical > 1 else ''} failed"
    lines = [failed if critical else "the data passed"]
    for failure in validated.failures:
        lines.append(
            f"  {failure.severity}: {failure.table}, {failure.check}: {failure.message}; {failure.count} failed"
        )
        lines += [f"    {_line(row)}" for row in failure.rows[:MOST_SHOWN]]
        shown = min(MOST_SHOWN, len(failure.rows))
        lines += [f"    and {failure.count - shown} more"] if shown and failure.count > shown else []
    return "\n".join([*lines, f"  Data Docs: {validated.docs}"])


def _line(row: dict[str, str]) -> str:
    """The keys of a row, its faulty value, and its file."""
    return "  ".join(row[name] for name in sorted(row, key=lambda name: (name == "found", name == "image")))


def _earlier(folder: Path, key: str) -> Validated | None:
    path = folder / "report.json"
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    validated = Validated.model_validate(content["validated"])
    whole = content["key"] == key and validated.passed and Path(validated.docs).is_file()
    return validated.model_copy(update={"reused": True}) if whole else None


def _key(params: DatasetParams, tables: Iterable[str]) -> str:
    """Hash of what decides beside the data: the data set's entry, the code that checks its tables, and libraries."""
    code = code_of(["data.validation", *(f"data.tables.{name}" for name in sorted(tables))])
    content = [params.model_dump(mode="json"), code.hash, code.versions]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _plain(progress: Progress | None) -> Callable[[str, int, int], None]:
    def report(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress(what, done, total, {})

    return report
