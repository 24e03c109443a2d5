"""Raw to tables: read a source, look at every file, split, keep duplicates on one side, write."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.behaviour.build import build
from data.behaviour.rules import remove_spent, rules_of
from data.damaged import allowed_share, exclude_damaged
from data.dataset import CARD
from data.disk import room_on
from data.duplicates import Duplicates, find_duplicates
from data.errors import UserError
from data.files import write_json
from data.locks import locked
from data.origin import content_of
from data.params import DatasetParams, Engine, ImageFolderParams, Splits
from data.probe import Probe, probe_all
from data.project import store
from data.sources import read
from data.sources.raw import ITEM_COLUMNS, Progress, Raw
from data.splits import assign_splits, exclude_leaks
from data.tables import EVENTS, ITEMS, REGIONS, TABLES, USERS

__all__ = ["prepare"]


def prepare(
    name: str, params: DatasetParams, progress: Progress, target: Path | None = None, engine: Engine = "duckdb"
) -> Path:
    """Prepare data set `name` into `target` (by default its folder in the store), which is replaced as a whole.

    Equal input gives equal bytes, whatever the engine. Pictures that do not decode keep their row, for
    validation to name; where the entry says `damaged`, they are excluded.

    Raises:
        UserError: the source's raw data is missing or not usable, too many pictures are damaged, or the disk is full.
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
    regions = raw.regions.reindex(columns=REGIONS.schema.names).sort_values("region_id", ignore_index=True)
    pq.write_table(pa.Table.from_pandas(regions, REGIONS.schema, preserve_index=False), out / REGIONS.file)
    report = {}
    if len(raw.items) or raw.log is None:
        report = _write_pictures(raw.items, params, out, progress)
    if raw.log is not None:
        report["log"] = build(raw.log, rules_of(params), out, engine, progress, with_items=not len(raw.items))
        remove_spent(raw.log, out)
    else:
        for table in (USERS, EVENTS):
            pq.write_table(table.schema.empty_table(), out / table.file)
    return report


def _write_pictures(given: pd.DataFrame, params: DatasetParams, out: Path, progress: Progress) -> dict[str, Any]:
    columns = [*ITEM_COLUMNS, *(["created_s"] if "created_s" in given else [])]
    items = given[columns].sort_values("item_id", ignore_index=True)
    allowed = allowed_share(params)
    probes = probe_all([out / image for image in items["image"]], progress, whole=allowed is not None)
    report: dict[str, Any] = {}
    if allowed is not None:
        items["split"], report["damaged"] = exclude_damaged(items, probes, allowed)
    progress("look for duplicates", 0, 1)
    duplicates = find_duplicates(probes)
    items["split"] = assign_splits(items, duplicates.groups, _shares(params))
    items["split"], excluded = exclude_leaks(items, duplicates)
    progress("look for duplicates", 1, 1)
    pq.write_table(_items_table(items, probes), out / ITEMS.file)
    return report | {"duplicates": _duplicates(items, duplicates), "excluded": excluded}


def _shares(params: DatasetParams) -> Splits:
    if isinstance(params, ImageFolderParams) and isinstance(params.splits, Splits):
        return params.splits
    return Splits()


def _items_table(items: pd.DataFrame, probes: list[Probe]) -> pa.Table:
    found = pd.DataFrame(
        {
            "width_px": pd.array([probe.width_px for probe in probes], "Int32"),
            "height_px": pd.array([probe.height_px for probe in probes], "Int32"),
            "size_bytes": [probe.size_bytes for probe in probes],
            "sha256": [probe.sha256 for probe in probes],
            "phash": [probe.phash for probe in probes],
        }
    )
    table = items.assign(attributes=items["attributes"].map(_pairs)).join(found)
    if "created_s" not in table:
        table["created_s"] = pd.array([None] * len(table), "Int64")
    return pa.Table.from_pandas(table, ITEMS.schema, preserve_index=False)


def _pairs(attributes: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(attributes.items())


def _duplicates(items: pd.DataFrame, duplicates: Duplicates) -> dict[str, Any]:
    """Counts, and the groups themselves: each the ids of pictures that are the same."""
    shared = np.flatnonzero(np.bincount(duplicates.groups)[duplicates.groups] > 1)
    groups = items.iloc[shared].groupby(duplicates.groups[shared])["item_id"].agg(list)
    return {
        "exact_pairs": len(duplicates.exact),
        "near_pairs": len(duplicates.near),
        "groups": sorted(groups.tolist()),
    }


def _card(name: str, params: DatasetParams, simulated: bool, report: dict[str, Any], out: Path) -> dict[str, Any]:
    rows = {table.name: pq.read_metadata(out / table.file).num_rows for table in TABLES.values()}
    return {
        "name": name,
        "source": params.source,
        "licence": params.licence,
        "simulated": simulated,
        "rows": rows,
        "report": report,
    }
