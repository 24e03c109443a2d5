"""Keeps a live index of vectors at the state of the items, whichever process changed them."""

from collections.abc import Callable, Sequence

import numpy as np

from components.index.live import Change, LiveIndex
from data.errors import UserError
from serving.state.following import Following
from serving.state.item import Item, ItemChange
from serving.state.stores import Items

__all__ = ["Follower"]

Embed = Callable[[Item], np.ndarray | None]


class Follower:
    """Applies the changes of `items` to `index`, in the background and on demand.

    embed: the vector of an item whose stored one is missing or another model's, float32 (D,), or None if it cannot have
    one, in which case searches do not find it; called in one thread at a time. It must not raise over one item, since
    no later change would come through.
    model: whose vectors the index holds.
    """

    def __init__(self, items: Items, index: LiveIndex, model: str, embed: Embed) -> None:
        self.items, self.index, self.model, self._embed = items, index, model, embed
        self._following = Following(items, lambda: index.seq, self._applied, self._compact)

    def catch_up(self) -> int:
        """As `Following.catch_up`: searches then find every write that returned before the call."""
        return self._following.catch_up()

    def start(self) -> None:
        """Follow and compact in the background, until `stop`. Catches up first, so that the index is whole.

        Raises:
            UserError: the index is ahead of the store, which is then an older one and would never be followed.
            Unavailable: the store cannot be reached.
        """
        seq, last = self.index.seq, self.items.last_seq()
        if seq > last:
            raise UserError(
                f"the index in {self.index.folder} is at change {seq} and the state only at {last}, as an older backup "
                "is; delete that folder, and the index is made again"
            )
        self._following.start()

    def stop(self) -> None:
        """End the background work; a compaction that has begun is waited for."""
        self._following.stop()

    def _compact(self) -> None:
        if not self.index.refresh() and self.index.needs_compaction:
            self.index.compact()

    def _applied(self, changes: Sequence[ItemChange]) -> int:
        return self.index.apply([self._change(change) for change in changes])

    def _change(self, change: ItemChange) -> Change:
        item = change.item
        if item is None:
            return Change(change.seq, change.item_id)
        vector_D = item.vector_D
        if vector_D is None or item.model != self.model or vector_D.shape != (self.index.dim,):
            vector_D = self._embed(item)
        metadata = {"category": item.category, **item.attributes} if item.category else dict(item.attributes)
        return Change(change.seq, item.item_id, vector_D, metadata, {"title": item.title} if item.title else {})
