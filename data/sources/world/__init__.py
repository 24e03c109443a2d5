"""The world of `data/world`, as a source."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.params import WorldParams
from data.sources.raw import Log, Progress, Raw
from data.sources.world.boards import boards
from data.sources.world.judged import judged
from data.sources.world.shown import shown
from data.tables.items import TABLE as ITEMS
from data.tables.outfits import TABLE as OUTFITS
from data.tables.regions import TABLE as REGIONS
from data.world.behaviour.simulation import Behaviour, simulate
from data.world.behaviour.stock import Goods
from data.world.rendering import Row, jobs, render
from data.world.undrawn import describe

__all__ = ["read"]


def read(params: WorldParams, out: Path, progress: Progress, workers: int | None = None) -> Raw:
    """Make the world of `params` below `out` and return its rows; splits are left to be assigned.

    Writes `images/<item>.jpg` and `masks/<item>.png`, `params.size_px` square, unless it is without pictures; with
    `behaviour`, the events of its people as files below `log`, and the ground truth below `truth`. The same
    parameters give the same bytes, whatever the number of `workers` (by default one a core).
    """
    if not params.pictures:
        return _undrawn(params, out, progress)
    rows = render(jobs(params.seed, params.objects, params.scenes, params.size_px), out, progress, workers)
    regions = [region for row in rows for region in row.regions]
    items = pd.DataFrame([row.item for row in rows])
    goods = _goods(items.itertuples())
    log = behaviour = None
    if params.behaviour is not None:
        behaviour = _behave(params, goods, out, progress)
        items["created_s"] = items["item_id"].map(behaviour.created_s).astype("Int64")
        log = Log(behaviour.events)
    return Raw(
        tables={
            ITEMS.name: items,
            REGIONS.name: pd.DataFrame(regions),
            **judged(params.seed, goods, params.queries, params.pages),
            **boards(params.seed, goods, params.boards),
            **shown(params, behaviour),
            OUTFITS.name: pd.DataFrame(_outfits(rows, params.size_px)),
        },
        simulated=True,
        report={"labels": dict(sorted(Counter(region["label"] for region in regions).items()))},
        log=log,
    )


def _outfits(rows: Iterable[Row], size_px: int) -> Iterator[dict[str, Any]]:
    """What each scene shows, as an outfit; its split will be the scene's."""
    for row in rows:
        if row.item["category"]:
            continue
        for place, region in enumerate(row.regions):
            yield {
                "outfit_id": row.item["item_id"],
                "place": place,
                "item_id": region["product_id"],
                "category": region["label"],
                **{edge: region[f"{edge}_px"] / size_px for edge in ("x0", "y0", "x1", "y1")},
                "split": "",
            }


def _behave(params: WorldParams, goods: list[Goods], out: Path, progress: Progress) -> Behaviour:
    """Simulate what people do with the objects."""
    assert params.behaviour is not None
    return simulate(params.behaviour, params.seed, goods, out, progress)


def _goods(rows: Iterable[Any]) -> list[Goods]:
    """The objects among the rows. Scenes, which have no category, are not shown to people, nor asked for."""
    return [Goods(row.item_id, row.category, row.attributes) for row in rows if row.category]


def _undrawn(params: WorldParams, out: Path, progress: Progress) -> Raw:
    """The log and the queries of a world without pictures, with its objects as a file of the log."""
    rows = describe(params.seed, params.objects)
    goods = _goods(rows)
    behaviour = _behave(params, goods, out, progress)
    names = ("item_id", "title", "category", "attributes", "created_s")
    values = [
        (row.item_id, row.title, row.category, sorted(row.attributes.items()), behaviour.created_s[row.item_id])
        for row in rows
    ]
    columns = [list(column) for column in zip(*values, strict=True)]
    schema = pa.schema([ITEMS.schema.field(name) for name in names])
    path = out / "log" / "items.parquet"
    pq.write_table(pa.table(columns, schema=schema), path)
    asked = judged(params.seed, goods, params.queries, params.pages)
    asked |= boards(params.seed, goods, params.boards)
    asked |= shown(params, behaviour)
    return Raw(tables=asked, simulated=True, log=Log(behaviour.events, (path,)))
