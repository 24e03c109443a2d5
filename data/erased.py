"""People whose data were erased: their tombstones, and data sets without their rows.

A tombstone is a hash of the id: enough to recognise the person's rows, and nothing else is kept. They lie in
`erased.json` of the state folder, copied from the service's state by `python -m serving.erased`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.content import describe
from data.dataset import CARD, read_card
from data.files import write_json
from data.project import home, root
from data.table import held
from data.tombstone import mark_of

__all__ = ["PERSON", "drop_cached", "erase", "holders", "noted", "tombstones", "write_tombstones"]

FILE = "erased.json"
PERSON = ("user_id", "owner_id", "unit_id")  # columns that say whose a row is
GROUP_ROWS = 1 << 17
BOARDS, BOARD = "boards", "board_id"  # what lies on the boards of an erased owner goes with them


def tombstones() -> dict[str, int]:
    """When each person was erased, in seconds since 1970, by tombstone."""
    return dict(_content().get("erased", {}))


def noted() -> dict[str, dict[str, int]]:
    """By data set the tombstones whose rows it held, and when it was last seen to hold them."""
    return dict(_content().get("held", {}))


def write_tombstones(erased: Mapping[str, int]) -> None:
    """Add tombstones; none is ever taken away."""
    content = _content()
    known = content.get("erased", {})
    if not erased.keys() <= known.keys():
        write_json(_path(), content | {"erased": dict(erased) | known})


def holders(name: str, folder: Path, now_s: int) -> set[str]:
    """The tombstones whose rows data set `name` in `folder` holds; they are noted."""
    found = {mark_of(one) for ids in _ids(folder).values() for one in ids}
    if found:
        content = _content()
        every = content.setdefault("held", {})
        every[name] = every.get(name, {}) | dict.fromkeys(found, now_s)
        write_json(_path(), content)
    return found


def erase(folder: Path) -> dict[str, int]:
    """Take the rows of erased people out of a prepared folder; how many of each table."""
    gone = _ids(folder)
    boards = _boards(folder, gone)
    removed = {}
    for table in held(folder).values():
        path = folder / table.file
        wrong = {column: ids for (name, column), ids in gone.items() if name == table.name}
        if boards and BOARD in table.schema.names:
            wrong[BOARD] = boards
        if wrong:
            removed[table.name] = _without(path, wrong)
    if removed:
        card = read_card(folder)
        assert card is not None
        card["report"]["erased_rows"] = removed
        write_json(folder / CARD, card | {"tables": describe(folder)})
    return removed


def drop_cached(former: str, present: str) -> int:
    """Delete what DVC's local cache holds of version `former` alone, and not of `present`; how many files."""
    if former == present:
        return 0
    kept = {one["md5"] for one in _listed(present)}
    paths = [_cached(f"{former}.dir"), *(_cached(one["md5"]) for one in _listed(former) if one["md5"] not in kept)]
    there = [path for path in paths if path.is_file()]
    for path in there:
        path.unlink()
    return len(there)


def _ids(folder: Path) -> dict[tuple[str, str], list[str]]:
    """The ids of erased people in each table and column."""
    marks = tombstones().keys()
    found = {}
    for table in held(folder).values() if marks else ():
        with pq.ParquetFile(folder / table.file) as file:
            for column in PERSON:
                if column in file.schema_arrow.names:
                    ids = _unique(file, column)
                    if erased := [one for one in ids if mark_of(one) in marks]:
                        found[table.name, column] = erased
    return found


def _unique(file: pq.ParquetFile, column: str) -> set[str]:
    ids: set[str] = set()
    for batch in file.iter_batches(columns=[column]):
        ids.update(one for one in pc.unique(batch.column(0)).to_pylist() if one is not None)
    return ids


def _boards(folder: Path, gone: Mapping[tuple[str, str], list[str]]) -> list[str]:
    owners = gone.get((BOARDS, "owner_id"))
    if not owners:
        return []
    table = pq.read_table(folder / f"{BOARDS}.parquet", columns=[BOARD, "owner_id"])
    return list(table.filter(pc.is_in(table["owner_id"], pa.array(owners)))[BOARD].to_pylist())


def _without(path: Path, wrong: Mapping[str, list[str]]) -> int:
    """Write the table again without the rows that have one of the values; without any row left, it goes."""
    temporary = path.with_suffix(".erasing")
    values = {column: pa.array(ids) for column, ids in wrong.items()}
    before = kept = 0
    with pq.ParquetFile(path) as file:
        with pq.ParquetWriter(temporary, file.schema_arrow) as writer:
            for group in _groups(file, values):
                writer.write_table(group, row_group_size=GROUP_ROWS)
                kept += group.num_rows
        before = file.metadata.num_rows
    temporary.replace(path)
    if not kept:
        path.unlink()
    return before - kept


def _groups(file: pq.ParquetFile, values: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    for batch in file.iter_batches(GROUP_ROWS):
        rows = pa.Table.from_batches([batch])
        for column, ids in values.items():
            rows = rows.filter(pc.invert(pc.is_in(rows[column], ids)))
        if rows.num_rows:
            yield rows


def _content() -> dict[str, Any]:
    return json.loads(_path().read_text(encoding="utf-8")) if _path().is_file() else {}


def _path() -> Path:
    return home() / FILE


def _listed(version: str) -> list[dict[str, str]]:
    path = _cached(f"{version}.dir")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def _cached(name: str) -> Path:
    return root() / ".dvc" / "cache" / "files" / "md5" / name[:2] / name[2:]
