"""What is looked at in a day's requests and answers: each signal a list of values, or one figure.

Legend: N rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["EVENTS", "WISHES", "Kind", "Seen", "events_seen", "observed", "unfolded"]

EVENTS = "POST /v1/events"
Kind = Literal["category", "number", "vector", "level"]
WISHES = ("click", "save")
UNSEEN = "absent"
OF_ONE = 3  # events of a person that count in a window


@dataclass
class Seen:
    """The signals of a window, by name. levels: one figure each."""

    category: dict[str, np.ndarray] = field(default_factory=dict)
    number: dict[str, np.ndarray] = field(default_factory=dict)
    vector: dict[str, np.ndarray] = field(default_factory=dict)
    level: dict[str, float] = field(default_factory=dict)

    def part(self, of_events: bool) -> "Seen":
        """The signals of events alone, or the others."""
        kept = [
            {name: value for name, value in kind.items() if name.startswith("events/") == of_events}
            for kind in vars(self).values()
        ]
        return Seen(*kept)


def unfolded(requests: pd.DataFrame) -> pd.DataFrame:
    """Requests with a column for each label (`label.colour`) and each figure (`feature.k`), absent where none is."""
    parts = [requests.drop(columns=["labels", "features"])]
    for name, prefix in (("labels", "label."), ("features", "feature.")):
        parts.append(pd.DataFrame([dict(one) for one in requests[name]], requests.index).add_prefix(prefix))
    return pd.concat(parts, axis=1)


def observed(requests: pd.DataFrame, answers: pd.DataFrame, vectors: Mapping[str, np.ndarray]) -> Seen:
    """The signals of a window. requests: `unfolded`. vectors: of items, by mark."""
    told = requests["route"] == EVENTS
    events, asked = requests[told], requests[~told]
    seen = events_seen(events, vectors)
    shown = answers.merge(asked[["request_id", "route", "person", "time_s"]], on="request_id")
    for route, rows in asked.groupby("route"):
        for column in rows.columns[rows.columns.str.startswith("feature.")]:
            if rows[column].notna().any():
                seen.number[f"{route}/{column.removeprefix('feature.')}"] = rows[column].dropna().to_numpy(float)
    for route, rows in shown.groupby("route"):
        seen.category[f"{route}/shown category"] = rows["category"].to_numpy(str)
        if rows["source"].notna().any():
            seen.category[f"{route}/shown source"] = rows["source"].fillna(UNSEEN).to_numpy(str)
        if rows["score"].notna().any():
            seen.number[f"{route}/score"] = rows["score"].dropna().to_numpy(float)
        if len(events):
            seen.level[f"{route}/wished"] = _wished(rows, events)
    return seen


def events_seen(events: pd.DataFrame, vectors: Mapping[str, np.ndarray]) -> Seen:
    """The signals of events, which training has too. Columns `person`, `item` and `label.…`; vectors: by mark of item.

    Of a person only some events of a window count: what one does often would pass for what everybody does.
    """
    seen = Seen()
    counts = events["person"].value_counts()
    if len(counts):
        seen.level["events/busiest"] = float(counts.iloc[0] / counts.sum())
    kept = events[events["person"].isna() | (events.groupby("person").cumcount() < OF_ONE)]
    for column in kept.columns[kept.columns.str.startswith("label.")]:
        if kept[column].notna().any():
            seen.category[f"events/{column.removeprefix('label.')}"] = kept[column].fillna(UNSEEN).to_numpy(str)
    known = [vectors[item] for item in kept["item"] if item in vectors]
    if known:
        seen.vector["events/looks"] = np.stack(known)
    return seen


def _wished(shown: pd.DataFrame, events: pd.DataFrame) -> float:
    """The share of items shown to somebody that they clicked or saved."""
    wishes = events.loc[events["label.action"].isin(WISHES), ["person", "item"]].drop_duplicates()
    there = shown[["person", "item"]].dropna().drop_duplicates()
    return len(there.merge(wishes, on=["person", "item"])) / len(there) if len(there) else 0.0
