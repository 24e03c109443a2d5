"""Training: a log of impressions in, a bundle out."""

from pathlib import Path

import numpy as np
import pandas as pd

from components.features.counters import Counters
from components.features.facts import Facts
from components.system import Progress
from components.systems.feed_ranking.config import Config
from components.systems.feed_ranking.fit_heads import fit_heads
from components.systems.feed_ranking.items import Items
from components.systems.feed_ranking.log import DAY_MS, actions_of, asked_of, begin_with, events_of, impressions_of
from components.systems.feed_ranking.predictor import COUNTS, ITEMS, PEOPLE, RECENT, SETTINGS
from components.systems.feed_ranking.recent import Codes
from components.systems.feed_ranking.signals import SignalMaker
from data.dataset import Dataset
from data.files import write_json

__all__ = ["fit"]

USER = "user_id"


def fit(
    dataset: Dataset,
    config: Config,
    work: Path,  # noqa: ARG001 - minutes in all
    bundle: Path,
    progress: Progress,
) -> None:
    """Replay training and validation, fit the heads to what they would have seen, and keep the counts; see `System`."""
    rows = impressions_of(dataset, config.heads)
    rows = rows[rows["split"] != "test"].reset_index(drop=True)
    users = dataset.table("users").to_pandas()
    maker = _maker(dataset, users, rows, config)
    counters = Counters(maker.definition)
    begin_with(users, config.features, counters, maker, int(rows["time_ms"].min()))
    events = events_of(rows, maker.definition.outcomes, maker)
    codes = Codes.learn(maker.items, rows["item_id"].tolist())
    recent = actions_of(rows, users, config.features, config.heads, codes, maker)
    most = config.network.actions
    asked = asked_of(rows, counters, events, maker, (recent, codes, most), progress)
    old_enough = (rows["time_ms"] >= rows["time_ms"].min() + config.skip_days * DAY_MS).to_numpy()
    training = asked.where((rows["split"] == "train").to_numpy() & old_enough)
    fit_heads(training, asked.where((rows["split"] == "validation").to_numpy()), config, bundle, progress)
    counters.save(bundle / COUNTS)
    recent.kept(most).save(bundle / RECENT, codes)
    maker.items.save(bundle / ITEMS)
    maker.people.save(bundle / PEOPLE)
    write_json(bundle / SETTINGS, {"config": config.model_dump(mode="json"), "surfaces": maker.surfaces})


def _maker(dataset: Dataset, users: pd.DataFrame, rows: pd.DataFrame, config: Config) -> SignalMaker:
    """What makes signals, with what is known of all items and people before the log."""
    definition = config.definition()
    names = {"item_id"} | {name for entity in definition.entities for name in entity if name != USER}
    table = dataset.table("items").to_pandas()
    attributes = [dict(own) for own in table["attributes"]]
    items = Items(Facts.learn(table["item_id"].tolist(), attributes, names), sorted(names))
    made = table["created_s"].astype("object").where(table["created_s"].notna(), None)
    items.put(
        [
            {"item_id": item, "category": category, "attributes": own, "created_s": None if at is None else int(at)}
            for item, category, own, at in zip(table["item_id"], table["category"], attributes, made, strict=True)
        ]
    )
    known = [dict(own) for own in users["attributes"]]
    people = Facts.learn(users[USER].tolist(), known, config.features.histories)
    surfaces = np.unique(rows["surface"].to_numpy(str)).tolist()
    return SignalMaker(definition, config.features.prior, items, people, surfaces)
