"""The tables `items` and `events` of a data set as arrays: the catalogue, and every user's actions in order.

Legend: N items, A attributes of all items, U users, E events; `offset_N1` and `offset_U1` delimit items and users as in
a CSR matrix. Codes: items are rows of the catalogue, actions and surfaces positions in their vocabulary, splits
positions in `SPLITS`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.systems.user_sequence.freshness import NO_DATE
from components.systems.user_sequence.history import NO_TIME, History, People
from data.dataset import Dataset
from data.errors import UserError
from data.tables import SPLITS

__all__ = ["Attributes", "Catalogue", "Histories", "read_catalogue", "read_histories"]

HIDE = "hide"
STORED = 500  # newest events kept of a user


@dataclass(frozen=True)
class Attributes:
    """The attributes of every item, as positions in `vocabulary`."""

    offset_N1: np.ndarray
    code_A: np.ndarray
    vocabulary: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All items, by id; `attributes` holds those of the table, and the category. `created_s_N` is -1 where unknown."""

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    attributes: tuple[dict[str, str], ...]
    created_s_N: np.ndarray

    def metadata(self) -> dict[str, list[str | None]]:
        """Attributes as columns to filter by, None where an item lacks one."""
        names = sorted({name for values in self.attributes for name in values})
        return {name: [values.get(name) for values in self.attributes] for name in names}

    def codes(self) -> Attributes:
        """`name=value` of every attribute that two items share; several values joined by | count as several."""
        words = [
            sorted({f"{name}={part}" for name, value in values.items() for part in value.split("|") if part})
            for values in self.attributes
        ]
        times = Counter(word for line in words for word in line)
        vocabulary = tuple(sorted(word for word, count in times.items() if count > 1))
        code = {word: position for position, word in enumerate(vocabulary)}
        words = [[word for word in line if word in code] for line in words]
        return Attributes(
            offset_N1=np.cumsum([0, *(len(line) for line in words)], dtype=np.int64),
            code_A=np.array([code[word] for line in words for word in line], np.int64),
            vocabulary=vocabulary,
        )


def read_catalogue(dataset: Dataset) -> Catalogue:
    """Read `items` of `dataset`.

    Raises:
        UserError: there are none.
    """
    items = (
        dataset.table("items").select(["item_id", "title", "category", "attributes", "created_s"]).sort_by("item_id")
    )
    if not items.num_rows:
        raise UserError(f"data set {dataset.name!r} has no items; there is nothing to recommend")
    categories = items["category"].to_pylist()
    attributes = [dict(pairs) for pairs in items["attributes"].to_pylist()]
    return Catalogue(
        item_ids=tuple(items["item_id"].to_pylist()),
        titles=tuple(items["title"].to_pylist()),
        attributes=tuple(
            values | ({"category": category} if category else {})
            for values, category in zip(attributes, categories, strict=True)
        ),
        created_s_N=pc.fill_null(items["created_s"], NO_DATE).to_numpy(),
    )


@dataclass(frozen=True)
class Histories:
    """Every user's events, user after user, oldest first. `time_s_E` is `NO_TIME` where only the order is known."""

    user_ids: np.ndarray
    offset_U1: np.ndarray
    item_E: np.ndarray
    action_E: np.ndarray
    surface_E: np.ndarray
    time_s_E: np.ndarray
    split_E: np.ndarray
    actions: tuple[str, ...]
    surfaces: tuple[str, ...]

    def within(self, *splits: str) -> "Histories":
        """The events of some splits; users that have none stay, with no event."""
        return self._kept(np.isin(self.split_E, [SPLITS.index(split) for split in splits]))

    def doing(self, actions: Sequence[str] | None) -> "Histories":
        """The events of some actions; all of them if that is None."""
        if actions is None:
            return self
        return self._kept(
            np.isin(self.action_E, [self.actions.index(name) for name in actions if name in self.actions])
        )

    def _kept(self, kept_E: np.ndarray) -> "Histories":
        before_E1 = np.concatenate([[0], np.cumsum(kept_E)])
        columns = {
            name: getattr(self, name)[kept_E] for name in ("item_E", "action_E", "surface_E", "time_s_E", "split_E")
        }
        return Histories(
            user_ids=self.user_ids,
            offset_U1=before_E1[self.offset_U1],
            actions=self.actions,
            surfaces=self.surfaces,
            **columns,
        )

    def between(self, first: int, stop: int) -> History:
        """Some events of one user as the transformer reads them, without those of unknown items."""
        part = first + np.flatnonzero(self.item_E[first:stop] >= 0)
        return History(self.item_E[part], self.action_E[part] + 1, self.surface_E[part] + 1, self.time_s_E[part])

    def people(self) -> People:
        """The newest `STORED` events of every user who has any, as a bundle keeps them."""
        stop_U, size_U = self.offset_U1[1:], np.diff(self.offset_U1)
        kept_U = np.minimum(size_U, STORED)
        kept_E = np.arange(len(self.item_E)) >= np.repeat(stop_U - kept_U, size_U)
        codes = self.action_E[kept_E] + 1, self.surface_E[kept_E] + 1
        some_U = kept_U > 0
        row_of = {user_id: row for row, user_id in enumerate(self.user_ids[some_U].tolist())}
        offset_U1 = np.concatenate([[0], np.cumsum(kept_U[some_U])])
        return People(row_of, offset_U1, History(self.item_E[kept_E], *codes, self.time_s_E[kept_E]))

    def owners(self) -> np.ndarray:
        """The number of the user of every event, int64 (E,)."""
        return np.repeat(np.arange(len(self.user_ids)), np.diff(self.offset_U1))

    def is_positive(self, actions: Sequence[str] | None) -> np.ndarray:
        """bool (E,): whether each event is one of some actions, or of all but hide if that is None."""
        return np.isin(self.action_E, [self.actions.index(name) for name in self.positive_actions(actions)])

    def positive_actions(self, actions: Sequence[str] | None) -> tuple[str, ...]:
        """The vocabulary's actions that are among some, or all but hide if that is None."""
        return tuple(name for name in self.actions if (name in actions if actions else name != HIDE))


def read_histories(
    dataset: Dataset,
    item_ids: Sequence[str],
    actions: Sequence[str] | None = None,
    surfaces: Sequence[str] | None = None,
) -> Histories:
    """Read `events` of `dataset` in the terms of a catalogue and of vocabularies.

    item_ids: in the catalogue's order; an event of another item gets the row -1. actions, surfaces: those that codes
    refer to, where a value that they lack becomes -1; None: all that occur.

    Raises:
        UserError: there are no events.
    """
    events = dataset.table("events").combine_chunks()
    if not events.num_rows:
        raise UserError(f"data set {dataset.name!r} has no events; there is nothing to learn from")
    actions = _values(events["action"]) if actions is None else tuple(actions)
    surfaces = _values(events["surface"]) if surfaces is None else tuple(surfaces)
    user_ids = _values(events["user_id"])
    user_E = _codes(events["user_id"], user_ids, np.int64)
    order_E = np.lexsort((events["place"].to_numpy(), user_E))
    return Histories(
        user_ids=np.array(user_ids, np.str_),
        offset_U1=np.concatenate([[0], np.cumsum(np.bincount(user_E, minlength=len(user_ids)))]),
        item_E=_codes(events["item_id"], item_ids, np.int32)[order_E],
        action_E=_codes(events["action"], actions, np.int16)[order_E],
        surface_E=_codes(events["surface"], surfaces, np.int16)[order_E],
        time_s_E=pc.fill_null(events["time_s"], NO_TIME).to_numpy()[order_E],
        split_E=_codes(events["split"], SPLITS, np.int8)[order_E],
        actions=actions,
        surfaces=surfaces,
    )


def _values(column: pa.ChunkedArray) -> tuple[str, ...]:
    return tuple(sorted(pc.unique(column).to_pylist()))


def _codes(column: pa.ChunkedArray, values: Sequence[str], kind: type[np.signedinteger]) -> np.ndarray:
    """Each row's position among `values`, -1 where it is none of them."""
    return pc.fill_null(pc.index_in(column, pa.array(values, pa.string())), -1).to_numpy().astype(kind)
