"""What the champions learned from and how old they are; which systems a signal of the log concerns."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from components.lifecycle.bundles import bundle_of
from components.lifecycle.inputs import inputs_of, stale
from components.lifecycle.registry import champion_of, releases
from components.lifecycle.results import Release
from components.monitor.report import Age
from components.monitor.settings import Settings
from components.monitor.signals import Seen, events_seen
from components.roles import ADVERTISE, COMPLETE, FIND, KEEP, MAKE, PARSE, RANK, RECOMMEND, SEARCH, Role
from components.settings import system_names, system_settings
from components.system import load_system
from data.dataset import Dataset
from data.errors import UserError
from data.marks import Marks
from data.times import DAY_S
from data.versioned import current

__all__ = ["age", "champions", "concerned", "looks", "reads_events", "trained_days"]

MOST_EVENTS = 500_000
ROUTES: Mapping[Role, tuple[str, ...]] = {
    SEARCH: ("POST /v1/search", "GET /v1/items/{item_id}/related"),
    RECOMMEND: ("POST /v1/recommendations", "POST /v1/feed"),
    PARSE: ("POST /v1/parse", "POST /v1/shop-the-look"),
    COMPLETE: ("POST /v1/shop-the-look",),
    FIND: ("POST /v1/search", "GET /v1/suggest"),
    RANK: ("POST /v1/feed",),
    KEEP: ("GET /v1/items/{item_id}/related", "POST /v1/boards/similar"),
    ADVERTISE: ("POST /v1/ads",),
    MAKE: ("POST /v1/canvas/generate",),
}


def champions() -> dict[str, Release]:
    """The champion of every system that has one."""
    found = {name: champion_of(releases(name)) for name in system_names()}
    return {name: release for name, release in found.items() if release is not None}


def concerned(signal: str, named: Mapping[str, Release], dataset: str | None) -> list[str]:
    """The systems that a signal concerns. dataset: whose events it is held against, if any."""
    if signal.startswith("events/"):
        return [name for name, one in named.items() if dataset in (None, one.dataset) and reads_events(name)]
    route = signal.rpartition("/")[0]
    return [
        name
        for name in named
        if (serving := system_settings(name).serving) is not None and route in ROUTES.get(serving.role, ())
    ]


def reads_events(system: str) -> bool:
    """Whether a system learns from what people did."""
    declared = load_system(system)
    return "events" in {*declared.tables, *declared.optional}


def age(release: Release, now_s: float, settings: Settings) -> Age:
    """How long ago a champion was trained, whenever it was promoted, and how old what it learned from is."""
    days = (now_s - datetime.fromisoformat(release.created).timestamp()) / DAY_S
    latest = _latest_s(release.dataset)
    data_days = None if latest is None else (now_s - latest) / DAY_S
    limits, old = settings.ages, []
    if days > limits.trained_days:
        old.append(f"was trained {days:.0f} days ago, more than {limits.trained_days:g}")
    if data_days is not None and data_days > limits.data_days and not release.simulated:
        old.append(f"learned from data that ends {data_days:.0f} days ago, more than {limits.data_days:g}")
    return Age(
        system=release.system,
        version=release.version,
        trained_days=round(days, 2),
        data_days=None if data_days is None else round(data_days, 2),
        stale=list(stale(release)),
        old=old,
    )


def _latest_s(name: str) -> float | None:
    """The time of the latest event of a prepared data set."""
    try:
        dataset = current(name)
    except UserError:
        return None
    path = dataset.path / "events.parquet"
    if "events" not in dataset.tables or not path.is_file():
        return None
    latest = pc.max(pq.read_table(path, columns=["time_s"])["time_s"]).as_py()
    return None if latest is None else float(latest)


def looks(named: Mapping[str, Release], marks: Marks) -> dict[str, np.ndarray]:
    """The vectors of items that the searching champion has in its bundle, by mark; none where nothing searches."""
    from components.bundle import read_manifest

    for name, release in named.items():
        serving = system_settings(name).serving
        if serving is not None and serving.role == SEARCH:
            bundle = bundle_of(release)
            searcher = load_system(name).open_role(bundle, 1, inputs_of(read_manifest(bundle)))
            ids, vectors_ND = searcher.known()
            return {marks.item(one): row for one, row in zip(ids, vectors_ND, strict=True)}
    return {}


def trained_days(dataset: Dataset, vectors: Mapping[str, np.ndarray], marks: Marks, settings: Settings) -> list[Seen]:
    """The signals of the last days of the log that training read, a day each."""
    columns = ["user_id", "item_id", "action", "surface", "time_s", "split"]
    events = pq.read_table(dataset.path / "events.parquet", columns=columns)
    events = events.filter(pc.equal(events["split"], "train"))
    ends = pc.max(events["time_s"]).as_py()
    if ends is None:
        return []
    first_s = int(ends) + 1 - settings.training_days * DAY_S
    rows = events.filter(pc.greater_equal(events["time_s"], first_s)).to_pandas().tail(MOST_EVENTS)
    rows = rows.rename(columns={"user_id": "person", "action": "label.action", "surface": "label.surface"})
    rows = rows.merge(_labelled(dataset), on="item_id", how="left")
    rows["item"] = rows["item_id"].map(marks.item)
    return [events_seen(part, vectors) for _, part in rows.groupby((rows["time_s"] - first_s) // DAY_S)]


def _labelled(dataset: Dataset) -> pd.DataFrame:
    """Items with a column for category and each attribute, as the log names them."""
    items = dataset.table("items").to_pandas()
    labels = pd.DataFrame([dict(one) if one is not None else {} for one in items["attributes"]], items.index)
    labels = labels.add_prefix("label.")
    labels["label.category"] = items["category"].where(items["category"] != "", "none")
    return labels.assign(item_id=items["item_id"])
