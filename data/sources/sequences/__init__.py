"""One line per user, `user item item …`, items in the order of time: the text form of S3-Rec and others.

Times are not known. Attributes of items may lie beside it as JSON: `{"item": [attribute, attribute, …]}`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.params import SequencesParams
from data.single import single_file
from data.sources.raw import Log, Progress, Raw
from data.sources.spool import SPOOL, log_schema, spool
from data.tables.items import TABLE as ITEMS

__all__ = ["read"]

BATCH_EVENTS = 1 << 16
ITEMS_SCHEMA = pa.schema(
    [ITEMS.schema.field(name) for name in ("item_id", "title", "category", "attributes", "created_s")]
)


def read(params: SequencesParams, out: Path, progress: Progress) -> Raw:
    """Read the lines and the attributes; the items are those of the lines.

    Raises:
        UserError: a file is missing or differs, a line has no item, or a user has two lines.
    """
    items: set[str] = set()
    with single_file(params, out / SPOOL, progress) as path:
        events = spool(_batches(path, params.action, items), log_schema(), out, progress)
    attributes = {}
    if params.attributes is not None:
        with single_file(params.attributes, out / SPOOL, progress) as path:
            attributes = _attributes(path)
    rows = [
        {
            "item_id": item,
            "title": item,
            "category": "",
            "attributes": {"attribute": "|".join(attributes[item])} if attributes.get(item) else {},
            "created_s": None,
        }
        for item in sorted(items)
    ]
    described = out / SPOOL / "items.parquet"
    pq.write_table(pa.Table.from_pylist(rows, ITEMS_SCHEMA), described)
    return Raw(
        simulated=False,
        report={
            "items_without_attributes": sum(not attributes.get(item) for item in items) if params.attributes else None,
            "attributes_without_events": len(attributes.keys() - items),
        },
        log=Log((events,), (described,)),
    )


def _batches(path: Path, action: str, items: set[str]) -> Iterator[pa.RecordBatch]:
    """Events in batches; `items` is filled with the ids that occur."""
    row = 0
    users: list[str] = []
    item_ids: list[str] = []
    for user, sequence in _lines(path):
        users += [user] * len(sequence)
        item_ids += sequence
        if len(item_ids) >= BATCH_EVENTS:
            yield _batch(users, item_ids, row, action)
            items.update(item_ids)
            row, users, item_ids = row + len(item_ids), [], []
    if item_ids:
        yield _batch(users, item_ids, row, action)
        items.update(item_ids)
    if not items:
        raise UserError(f"{path.name} holds no events; expected a line a user, `user item item …`")


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    seen: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                words = line.split()
                if not words:
                    continue
                if len(words) < 2:
                    raise UserError(f"{path.name} line {number}: user {words[0]} has no items; remove the line")
                if words[0] in seen:
                    raise UserError(
                        f"{path.name} line {number}: user {words[0]} was on line {seen[words[0]]} already; join the "
                        f"two, since a line holds all that a user did"
                    )
                seen[words[0]] = number
                yield words[0], words[1:]
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path.name} is no UTF-8 text ({error}); save it so, a line a user, `user item item …`"
        ) from None


def _batch(users: list[str], items: list[str], row: int, action: str) -> pa.RecordBatch:
    count = len(items)
    known = {
        "row": pa.array(range(row, row + count), pa.int64()),
        "user_id": pa.array(users),
        "item_id": pa.array(items),
        "action": pa.repeat(pa.scalar(action), count),
        "surface": pa.repeat(pa.scalar(""), count),
    }
    schema = log_schema()
    return pa.record_batch([known.get(field.name, pa.nulls(count, field.type)) for field in schema], schema)


def _attributes(path: Path) -> dict[str, list[str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is no JSON ({error}); expected an object, item to a list of attributes") from None
    if not isinstance(content, dict) or not all(isinstance(attributes, list) for attributes in content.values()):
        raise UserError(f"{path.name} is not what was expected, an object of JSON, item to a list of attributes")
    return {str(item): [str(one) for one in attributes] for item, attributes in content.items()}
