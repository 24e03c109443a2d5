"""Prepare a data set: read its source, turn the rows into tables, and write them with a card that describes them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from data.checks.personal import without_personal
from data.content import describe
from data.dataset import CARD, TRUTH
from data.disk import room_on
from data.errors import UserError
from data.event_tables.build import build
from data.event_tables.rules import remove_spent, rules_of
from data.files import sha256_tree, write_json
from data.locks import locked
from data.origin import content_of
from data.params import DatasetParams, Engine
from data.project import store
from data.sources import read
from data.sources.raw import Progress, Raw
from data.table import tables

__all__ = ["prepare"]


def prepare(
    name: str, params: DatasetParams, progress: Progress, target: Path | None = None, engine: Engine = "duckdb"
) -> Path:
    """Prepare data set `name` into `target` (by default its folder in the store), which is replaced as a whole.

    Equal input gives equal bytes, whatever the engine.

    Raises:
        UserError: the source's raw data is missing, unusable or without rows, too many pictures are damaged, or the
            disk is full.
    """
    target = target or store() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(target) as temporary:
        out = temporary / "new"
        out.mkdir()
        with room_on(target.parent, f"preparing {name}"):
            raw = read(params, out, progress)
            report = raw.report if raw.ready else raw.report | _write_tables(raw, params, out, engine, progress)
            origin = content_of(params)
            report |= {"origin_sha256": origin} if origin else {}
            write_json(out / CARD, _card(name, params, raw.simulated, report, out))
        if target.exists():
            target.rename(temporary / "former")
        out.rename(target)
    return target


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """A folder beside `target`, removed in the end; one that a killed preparation left is removed first."""
    folder = target.with_name(f".{target.name}.preparing")
    with locked(target.with_name(f".{target.name}.lock"), _busy):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _busy() -> None:
    raise UserError("another process prepares this data set; wait for it to end, then run this again")


def _write_tables(raw: Raw, params: DatasetParams, out: Path, engine: Engine, progress: Progress) -> dict[str, Any]:
    known = tables()
    report: dict[str, Any] = {}
    given = {name: rows for name, rows in raw.tables.items() if len(rows)}
    for name, rows in given.items():
        table = known[name]
        written, facts = table.prepare(table, rows, params, out, progress)
        if getattr(params, "personal", "name") == "redact":
            written = without_personal(table, written)
        pq.write_table(written, out / table.file)
        report |= facts
    if raw.log is not None:
        report["log"] = build(raw.log, rules_of(params), out, engine, progress, with_items="items" not in given)
        remove_spent(raw.log, out)
    return report


def _card(name: str, params: DatasetParams, simulated: bool, report: dict[str, Any], out: Path) -> dict[str, Any]:
    content = describe(out)
    if not content:
        raise UserError(f"data set {name!r} would have no table with a row; put something in its source")
    return {
        "name": name,
        "source": params.source,
        "licence": params.licence,
        "simulated": simulated,
        "tables": content,
        "truth": sha256_tree(out / TRUTH) if (out / TRUTH).is_dir() else None,
        "report": report,
    }
