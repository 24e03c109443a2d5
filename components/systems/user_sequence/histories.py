"""The table `events` as arrays: every user's actions in order.

Legend: U users, E events; `offset_U1` delimits users as in a CSR matrix. Codes: items are rows of the catalogue,
actions and surfaces positions in their vocabulary, splits positions in `SPLITS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.systems.user_sequence.tokens import NO_TIME, History
from data.dataset import Dataset
from data.errors import UserError
from data.tables import SPLITS

__all__ = ["Histories", "read_histories"]


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

    def owners(self) -> np.ndarray:
        """The number of the user of every event, int64 (E,)."""
        return np.repeat(np.arange(len(self.user_ids)), np.diff(self.offset_U1))


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
