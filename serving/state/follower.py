"""Keeps a live index at the state of the items, whichever process changed them."""

import logging
import threading
from collections.abc import Callable

import numpy as np

from components.index.live import Change, LiveIndex
from data.errors import UserError
from serving.state.item import Item, ItemChange
from serving.state.stores import Items, Unavailable
from serving.state.tries import Tries

__all__ = ["Follower"]

EVERY_S = 0.1
log = logging.getLogger(__name__)

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
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def catch_up(self) -> int:
        """Apply new changes; returns how many. Searches then find every write that returned before the call.

        Raises:
            Unavailable: the store cannot be reached.
        """
        applied = 0
        with self._lock:
            while changes := self.items.changes_since(self.index.seq):
                applied += self.index.apply([self._change(change) for change in changes])
        return applied

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
        self.catch_up()
        for work in (self._follow, self._compact):
            thread = threading.Thread(target=self._repeat, args=(work,), name=f"items{work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the background work; a compaction that has begun is waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[], None]) -> None:
        tries = Tries(EVERY_S, log)
        while not self._stop.wait(tries.wait_s):
            try:
                work()
            except Unavailable as error:
                tries.failed("the index does not follow: %s", error)
            except Exception as error:  # the next change may succeed; the index stays as it is
                tries.failed("the index could not be brought up to date: %s", error, trace=True)
            else:
                tries.worked("the index follows again")

    def _follow(self) -> None:
        self.catch_up()

    def _compact(self) -> None:
        if not self.index.refresh() and self.index.needs_compaction:
            self.index.compact()

    def _change(self, change: ItemChange) -> Change:
        item = change.item
        if item is None:
            return Change(change.seq, change.item_id)
        vector_D = item.vector_D
        if vector_D is None or item.model != self.model or vector_D.shape != (self.index.dim,):
            vector_D = self._embed(item)
        metadata = {"category": item.category, **item.attributes} if item.category else dict(item.attributes)
        return Change(change.seq, item.item_id, vector_D, metadata, {"title": item.title} if item.title else {})
